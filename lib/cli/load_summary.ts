import { bytes, count, duration, percent } from "../tools/format.ts";
import type { Growth } from "../tools/loadtest/growth.ts";
import type { Results } from "../tools/loadtest/results.ts";
import type { Painter } from "./colour.ts";
import { alignedRows } from "./table.ts";

/** What a run came to, for people. */
export function loadSummary(results: Results, paint: Painter): string[] {
  const { summary } = results;
  const failed = `${count(summary.failures)} failed (${percent(summary.error_rate)})`;
  return [
    "",
    `${count(summary.requests)} requests in ${duration(results.duration_s * 1000)}, ${
      count(summary.rps, 1)
    } answered a second, ${summary.failures > 0 ? paint("red", failed) : failed}${
      results.stopped_early ? paint("yellow", "; stopped before its time") : ""
    }`,
    "",
    ...kindLines(results, paint),
    ...failureLines(results, paint),
    ...notes(results, paint),
    ...growthLines(results, paint),
    ...thresholdLines(results, paint),
  ];
}

function kindLines({ kinds, total }: Results, paint: Painter): string[] {
  const streamed = total.ttft !== null;
  const headings = ["", "REQUESTS", "FAILED", "RPS", "P50", "P90", "P95", "P99", "MAX"];
  const more = streamed ? ["TTFT P50", "P95", "TOKEN P50", "P95"] : [];
  const rows = (kinds.length === 1 ? kinds : [...kinds, { ...total, name: "all" }]).map((kind) => [
    kind.name,
    count(kind.requests),
    kind.failures > 0 ? paint("red", count(kind.failures)) : "0",
    count(kind.rps, 1),
    ...[
      kind.latency.p50_ms,
      kind.latency.p90_ms,
      kind.latency.p95_ms,
      kind.latency.p99_ms,
      kind.latency.max_ms,
    ]
      .map(duration),
    ...(streamed
      ? [kind.ttft?.p50_ms, kind.ttft?.p95_ms, kind.inter_token?.p50_ms, kind.inter_token?.p95_ms]
        .map((ms) => duration(ms ?? null))
      : []),
  ]);
  const numbers = new Set([...headings, ...more].keys());
  numbers.delete(0);
  return alignedRows([[...headings, ...more].map((it) => paint("dim", it)), ...rows], numbers);
}

function failureLines({ failures }: Results, paint: Painter): string[] {
  if (failures.length === 0) return [];
  const rows = failures.slice(0, 10).map(({ reason, kind, count: times, example }) => [
    `  ${paint("red", count(times))}`,
    reason,
    kind,
    example.slice(0, 80),
  ]);
  const more = failures.length > 10 ? [`  and ${failures.length - 10} more kinds, in the report`] : [];
  return ["", paint("bold", "Failures"), ...alignedRows(rows, new Set([0])), ...more];
}

/** What the figures do not count. */
function notes({ summary: { abandoned, unsent } }: Results, paint: Painter): string[] {
  return [
    ...(abandoned > 0
      ? ["", `${count(abandoned)} requests were under way at the end and are not counted`]
      : []),
    ...(unsent > 0
      ? [
        "",
        paint(
          "yellow",
          `${
            count(unsent)
          } requests were due and not sent: no connection was free (--users), or this machine ` +
            "is too slow",
        ),
      ]
      : []),
  ];
}

function growthLines({ growth: { memory, latency } }: Results, paint: Painter): string[] {
  const line = (name: string, growth: Growth | null, unit: (value: number) => string) => {
    if (growth === null) return [];
    const verdict = growth.low > 0
      ? paint("yellow", "grows")
      : growth.high < 0
      ? "falls"
      : "no growth that could be told";
    return [[
      `  ${name}`,
      `${unit(growth.per_hour)} an hour`,
      `(${unit(growth.low)} to ${unit(growth.high)})`,
      verdict,
    ]];
  };
  const rows = [...line("memory", memory, signedBytes), ...line("latency", latency, signedTime)];
  return rows.length === 0 ? [] : ["", paint("bold", "Growth"), ...alignedRows(rows, new Set([1]))];
}

function thresholdLines({ thresholds }: Results, paint: Painter): string[] {
  if (thresholds.length === 0) return [];
  const rows = thresholds.map(({ threshold, shown, kept }) => [
    kept ? paint("green", "  ✓") : paint("red", "  ✗"),
    threshold,
    shown,
    kept ? "" : paint("red", "missed"),
  ]);
  return ["", paint("bold", "Thresholds"), ...alignedRows(rows)];
}

function signedBytes(value: number): string {
  return `${value < 0 ? "−" : "+"}${bytes(Math.abs(Math.round(value)))}`;
}

function signedTime(ms: number): string {
  return `${ms < 0 ? "−" : "+"}${duration(Math.abs(ms))}`;
}
