/** The small parts that all pages are made of. */
import { html } from "../core/html.js";
import { useEffect, useRef, useState } from "../core/packages.js";
import { count } from "../core/format.js";
import { go, place, setParams } from "../core/router.js";

/** One figure with its name. @param {{name: string, value: string, more?: string, tone?: string}} props */
export function Fact({ name, value, more, tone = "" }) {
  return html`<div class="fact"><dt>${name}</dt><dd class=${tone}>${value}</dd>${
    more ? html`<dd>${more}</dd>` : null
  }</div>`;
}

export function Facts({ children }) {
  return html`<dl class="facts">${children}</dl>`;
}

export function Card({ title, about, actions, children, id }) {
  return html`<section class="card" id=${id} aria-label=${title}>
    ${
    title
      ? html`<header><h2>${title}</h2>${
        about ? html`<span class="soft">${about}</span>` : null
      }<span class="grow"></span>${actions}</header>`
      : null
  }
    ${children}
  </section>`;
}

export function Badge({ tone = "", children, title }) {
  return html`<span class="badge ${tone}" title=${title}>${children}</span>`;
}

const OUTCOMES = { success: "good", error: "bad", rejected: "warn", cancelled: "warn", blocked: "accent" };

/** A request's status and how it ended. */
export function Status({ status, outcome }) {
  const open = outcome === "" || outcome === undefined;
  return html`<${Badge} tone=${open ? "accent" : OUTCOMES[outcome] ?? ""}>${status || "…"} ${
    open ? "open" : outcome
  }</${Badge}>`;
}

/** What there is to read where there is nothing yet, and what to do about it. */
export function Empty({ title, children, command }) {
  return html`<div class="empty"><strong>${title}</strong>${children}${
    command
      ? html`
        <div>
          <pre>${command}</pre>
        </div>
      `
      : null
  }</div>`;
}

export function Problem({ error }) {
  return error ? html`<p class="problem" role="alert">${error.message ?? String(error)}</p>` : null;
}

/** Names and values. @param {{rows: [string, any][]}} props those whose value is null are left out. */
export function Pairs({ rows }) {
  const there = rows.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return html`<dl class="pairs">${
    there.map(([name, value]) =>
      html`
        <dt key=${name}>${name}</dt>
        <dd>${value}</dd>
      `
    )
  }</dl>`;
}

/** How much of something is used. @param {{share: number, label: string, plain?: boolean}} props share: from 0 to 1. plain: all of it is nothing bad. */
export function Bar({ share, label, plain = false }) {
  const used = Math.max(0, Math.min(1, share || 0));
  const tone = plain ? "" : share >= 1 ? "bad" : share >= 0.8 ? "warn" : "";
  return html`
    <span class="bar" role="img" aria-label=${label}
      title=${label}><i class=${tone} style=${{
        width: `${used * 100}%`,
      }}></i></span>
  `;
}

/** Characters that fit into a cell in any case, and into one that may become narrower than its text. */
const LONG = 24;
const LONG_CUT = 9;

/**
 * A table. A column is `{title, cell(row), number?, wrap?, cut?, main?, aside?}`; a text that is too long for one is cut,
 * and whole in its title, unless the column wraps. Columns with `cut` become narrower than their texts where there is no
 * room for all; then it is the first part of a cell that is cut, and that with `main` keeps more of its text than others.
 * Those with `aside` are only shown where there is much room.
 * @param {{columns: object[], rows: object[], keyOf: (row: object) => string, link?: (row: object) => string, caption: string,
 *   chosen?: number, fresh?: (row: object) => boolean, most?: number}} props link: where a row leads. most: rows that are
 *   shown until all are asked for.
 */
export function Table({ columns, rows: all, keyOf, link, caption, chosen = -1, fresh, most = Infinity }) {
  const rows = all.length > most && place().params.get("whole") !== "1" ? all.slice(0, most) : all;
  const classOf = (column) =>
    ["number", "wrap", "cut", "main", "aside"].filter((name) => column[name]).join(" ") || undefined;
  const cellOf = (column, row) => {
    const cell = column.cell(row);
    const long = column.cut ? LONG_CUT : LONG;
    const title = typeof cell === "string" && cell.length > long ? cell : undefined;
    const shown = column.cut
      ? html`<div>${typeof cell === "string" ? html`<span>${cell}</span>` : cell}</div>`
      : cell;
    return html`<td key=${column.title} class=${classOf(column)} title=${title}>${shown}</td>`;
  };
  return html`
    <div class="scroll" tabindex="0" role="region" aria-label=${caption}>
      <table>
        <caption class="hidden">${caption}</caption>
        <thead>
          <tr>${columns.map((column) =>
            html`<th scope="col" key=${column.title} class=${classOf(column)}>${column.title}</th>`
          )}</tr>
        </thead>
        <tbody>${rows.map((row, index) => {
          const address = link?.(row);
          const classes = [address ? "link" : "", index === chosen ? "chosen" : "", fresh?.(row) ? "new" : ""]
            .filter(Boolean).join(" ");
          return html`<tr key=${keyOf(row)} class=${classes} aria-current=${
            index === chosen ? "true" : undefined
          } onClick=${address ? (event) => event.target.closest("a, button") ?? go(address) : undefined}>${
            columns.map((column) => cellOf(column, row))
          }</tr>`;
        })}</tbody>
      </table>
    </div>
    ${rows.length < all.length
      ? html`
        <button type="button" class="plain" onClick=${() => setParams({ whole: "1" })}>Show all ${count(
          all.length,
        )}</button>
      `
      : null}
  `;
}

export function Field({ label, wide, children }) {
  return html`<label class="field ${wide ? "wide" : ""}"><span>${label}</span>${children}</label>`;
}

/** @param {{options: (string | [string, string])[]}} props a value, or a value and what is shown for it. */
export function Select({ label, value, options, onChange, any }) {
  const all = options.map((option) => Array.isArray(option) ? option : [option, option]);
  return html`<${Field} label=${label}><select value=${value ?? ""} onChange=${(event) =>
    onChange(event.currentTarget.value)}>
    ${any ? html`<option value="">${any}</option>` : null}
    ${
    all.map(([key, name]) => html`<option key=${key} value=${key} selected=${key === value}>${name}</option>`)
  }
  </select></${Field}>`;
}

export function Json({ value, label }) {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return html`<pre class="block" tabindex="0" role="region" aria-label=${label}>${text}</pre>`;
}

const COPY_TOLD_MS = 2_000;

export function Copy({ text, children = "Copy" }) {
  const [told, setTold] = useState("");
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    setTold(await copied(text) ? "Copied" : "Cannot copy");
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setTold(""), COPY_TOLD_MS);
  };
  return html`<button type="button" aria-live="polite" onClick=${copy}>${told || children}</button>`;
}

/** Whether it is in the clipboard now. Without TLS a page has the old way alone, and that not in every browser. */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    field.className = "hidden";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
