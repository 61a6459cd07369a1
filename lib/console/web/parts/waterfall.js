/** Spans as bars over time, with those that the whole waited for marked. */
import { useState } from "../core/packages.js";
import { duration } from "../core/format.js";
import { html } from "../core/html.js";
import { Badge, Pairs } from "./parts.js";

/** @param {{spans: object[]}} props as the API has them. */
export function Waterfall({ spans }) {
  const [open, setOpen] = useState(null);
  if (spans.length === 0) return null;
  const rows = treeOf(spans);
  const start = Math.min(...spans.map((span) => span.started_ms));
  const end = Math.max(...spans.map((span) => span.ended_ms ?? span.started_ms));
  const whole = Math.max(end - start, 0.001);
  const critical = criticalPath(spans);
  const x = (time) => (time - start) / whole * 1000;
  return html`<div class="trace" role="tree" aria-label="Spans">
    <ul class="legend" aria-label="Colours">${
    ["gateway", "stage", "provider", "store"].map((kind) =>
      html`<li key=${kind}><i style=${{ background: `var(--${kind})` }}></i>${kind}</li>`
    )
  }</ul>
    ${
    rows.map(({ span, depth }) =>
      html`<div key=${span.span_id} role="none">
      <button type="button" role="treeitem" class="row" aria-level=${depth + 1} aria-expanded=${
        open === span.span_id
      }
        onClick=${() => setOpen(open === span.span_id ? null : span.span_id)}>
        <span class="name ${critical.has(span.span_id) ? "critical" : ""}" style=${{
        paddingLeft: `${depth * 0.9}rem`,
      }} title=${span.name}>
          ${span.status === "error" ? html`<span class="bad">✕ </span>` : null}${span.name}</span>
        <svg viewBox="0 0 1000 16" preserveAspectRatio="none" aria-hidden="true">
          <rect x=${x(span.started_ms)} y="3" width=${
        Math.max(2, x(span.ended_ms ?? end) - x(span.started_ms))
      } height="10" rx="2"
            fill=${span.status === "error" ? "var(--bad)" : `var(--${span.kind})`} opacity=${
        critical.has(span.span_id) ? 1 : 0.55
      } />
          ${
        (span.events ?? []).map((event, index) =>
          html`<rect key=${index} x=${x(event.at_ms)} y="0" width="2.5" height="16" fill="var(--text)" />`
        )
      }
        </svg>
        <span class="took">${duration((span.ended_ms ?? end) - span.started_ms)}</span>
      </button>
      ${
        open === span.span_id
          ? html`<${SpanDetail} span=${span} start=${start} critical=${critical.has(span.span_id)} />`
          : null
      }
    </div>`
    )
  }
  </div>`;
}

function SpanDetail({ span, start, critical }) {
  return html`
    <div class="detail">
      <p>${critical
        ? html`
          <${Badge} tone="accent">on the critical path</${Badge}>
        `
        : null}<span class="soft">begins after ${duration(span.started_ms - start)}</span></p>
      <${Pairs} rows=${[
        ["span id", span.span_id],
        ...Object.entries(span.attributes ?? {}).map((
          [name, value],
        ) => [name, typeof value === "object" ? JSON.stringify(value) : String(value)]),
        ...(span.events ?? []).map((
          event,
        ) => [`event ${event.name}`, `after ${duration(event.at_ms - start)}`]),
      ]} />
    </div>
  `;
}

/** Spans below their parents, in the order in which they began. */
export function treeOf(spans) {
  const ids = new Set(spans.map((span) => span.span_id));
  const children = new Map();
  for (const span of [...spans].sort((a, b) => a.started_ms - b.started_ms)) {
    const parent = ids.has(span.parent_span_id) ? span.parent_span_id : "";
    children.set(parent, [...children.get(parent) ?? [], span]);
  }
  const rows = [], seen = new Set();
  const add = (parent, depth) => {
    for (const span of children.get(parent) ?? []) {
      if (seen.has(span.span_id)) continue;
      seen.add(span.span_id);
      rows.push({ span, depth });
      add(span.span_id, depth + 1);
    }
  };
  add("", 0);
  return rows;
}

/**
 * The spans without which the whole would have ended sooner: from the end backwards, the child that ended last, then
 * the one that ended last before that began, and so on; and so within each of them.
 * @returns {Set<string>} their ids.
 */
export function criticalPath(spans) {
  const rows = treeOf(spans);
  const path = new Set();
  const childrenOf = (id) => spans.filter((span) => span.parent_span_id === id && span.span_id !== id);
  const walk = (span) => {
    if (path.has(span.span_id)) return;
    path.add(span.span_id);
    let until = span.ended_ms ?? Infinity;
    const children = childrenOf(span.span_id).sort((a, b) =>
      (b.ended_ms ?? Infinity) - (a.ended_ms ?? Infinity)
    );
    for (const child of children) {
      if ((child.ended_ms ?? Infinity) > until + 0.001) continue;
      walk(child);
      until = child.started_ms;
    }
  };
  const roots = rows.filter(({ depth }) => depth === 0).map(({ span }) => span);
  for (const root of roots) walk(root);
  return path;
}

/** Time of one kind that no span of a deeper one covers, milliseconds; overlapping spans count once. */
export function timeOf(spans, kind) {
  const pieces = spans.filter((span) => span.kind === kind).map((
    span,
  ) => [span.started_ms, span.ended_ms ?? span.started_ms]).sort((a, b) => a[0] - b[0]);
  let sum = 0, until = -Infinity;
  for (const [from, to] of pieces) {
    if (to <= until) continue;
    sum += to - Math.max(from, until);
    until = to;
  }
  return sum;
}
