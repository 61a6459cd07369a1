import { bytes, count, duration, percent } from "../format.ts";
import { type Html, html } from "../report/html.ts";
import { type Fact, htmlTable, page } from "../report/page.ts";
import { rounded } from "../rounded.ts";
import type { Growth } from "./growth.ts";
import { loadCharts } from "./load_charts.ts";
import type { Results } from "./results.ts";

/** A run as one file of HTML. */
export function loadReport(results: Results): string {
  const { thresholds } = results;
  return page({
    title: `Load test: ${results.scenario}`,
    subtitle: `${results.target} · ${results.started.slice(0, 16).replace("T", " ")} UTC · ${
      duration(results.duration_s * 1000)
    } of ${duration(results.planned_s * 1000)}${results.stopped_early ? ", stopped" : ""} · ${
      results.loop === "open" ? "open loop, latency from when a request was due" : "closed loop"
    }`,
    facts: loadFacts(results),
    sections: [
      ...loadCharts(results.timeline).map(({ title, chart }) => ({ title, content: chart })),
      { title: "Requests", content: kindTable(results) },
      ...(results.failures.length === 0 ? [] : [{ title: "Failures", content: failureTable(results) }]),
      ...(thresholds.length === 0 ? [] : [{ title: "Thresholds", content: thresholdTable(results) }]),
      ...(results.growth.memory === null && results.growth.latency === null
        ? []
        : [{ title: "Growth", content: growthTable(results) }]),
    ],
    data: rounded(results),
  });
}

/** The figures that matter most. */
export function loadFacts({ summary, thresholds }: Results): Fact[] {
  const missed = thresholds.filter(({ kept }) => !kept).length;
  return [
    { label: "requests", value: count(summary.requests) },
    { label: "answered a second", value: count(summary.rps, 1) },
    { label: "failed", value: percent(summary.error_rate), tone: summary.failures === 0 ? "good" : "bad" },
    { label: "p50", value: duration(summary.p50_latency_ms) },
    { label: "p95", value: duration(summary.p95_latency_ms) },
    { label: "p99", value: duration(summary.p99_latency_ms) },
    ...(summary.p95_ttft_ms === null ? [] : [{ label: "TTFT, p95", value: duration(summary.p95_ttft_ms) }]),
    ...(thresholds.length === 0 ? [] : [{
      label: "thresholds",
      value: missed === 0 ? "kept" : `${missed} missed`,
      tone: missed === 0 ? "good" as const : "bad" as const,
    }]),
  ];
}

/** All kinds of requests and their sum. */
export function kindTable({ kinds, total }: Results): Html {
  const streamed = total.ttft !== null;
  const headings = ["", "requests", "failed", "a second", "p50", "p90", "p95", "p99", "p99.9", "max"];
  const more = streamed ? ["TTFT p50", "TTFT p95", "between tokens p50", "p95"] : [];
  return htmlTable(
    [...headings, ...more],
    (kinds.length === 1 ? kinds : [...kinds, { ...total, name: "all" }]).map((kind) => [
      kind.name,
      count(kind.requests),
      count(kind.failures),
      count(kind.rps, 1),
      duration(kind.latency.p50_ms),
      duration(kind.latency.p90_ms),
      duration(kind.latency.p95_ms),
      duration(kind.latency.p99_ms),
      duration(kind.latency.p99_9_ms),
      duration(kind.latency.max_ms),
      ...(streamed
        ? [kind.ttft?.p50_ms, kind.ttft?.p95_ms, kind.inter_token?.p50_ms, kind.inter_token?.p95_ms]
          .map((ms) => duration(ms ?? null))
        : []),
    ]),
  );
}

export function failureTable({ failures }: Results): Html {
  return htmlTable(
    ["what", "request", "times", "the first one said"],
    failures.map(({ reason, kind, count: times, example }) => [reason, kind, count(times), example]),
  );
}

export function thresholdTable({ thresholds }: Results): Html {
  return htmlTable(
    ["threshold", "measured", ""],
    thresholds.map(({ threshold, shown, kept }) => [
      threshold,
      shown,
      html`<b class="${kept ? "good" : "bad"}">${kept ? "kept" : "missed"}</b>`,
    ]),
  );
}

function growthTable({ growth }: Results): Html {
  const row = (name: string, it: Growth | null, unit: (value: number) => string) =>
    it === null ? [] : [[
      name,
      unit(it.per_hour),
      `${unit(it.low)} to ${unit(it.high)}`,
      percent(it.share),
      it.low > 0 ? "grows" : it.high < 0 ? "falls" : "none that could be told",
    ]];
  return htmlTable(["", "an hour", "95 % interval", "in this run", ""], [
    ...row("memory of the gateway", growth.memory, signed(bytes)),
    ...row("median latency", growth.latency, signed(duration)),
  ]);
}

function signed(shown: (value: number) => string): (value: number) => string {
  return (value) => `${value < 0 ? "−" : "+"}${shown(Math.abs(Math.round(value * 1000) / 1000))}`;
}
