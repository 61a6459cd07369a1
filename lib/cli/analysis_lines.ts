import { count, dollars, duration, percent } from "../tools/format.ts";
import type { LogAnalysis, Usage } from "../tools/logs/log_analysis.ts";
import type { LogHistogram } from "../tools/logs/log_histogram.ts";
import { bar, sparkline } from "./bars.ts";
import type { Painter } from "./colour.ts";
import { alignedRows } from "./table.ts";

export interface AnalysisView {
  readonly files: readonly string[];
  readonly slowMs: number;
  readonly only: "errors" | "performance" | null;
  readonly paint: Painter;
}

const MOST_ROWS = 15;
const BAR_WIDTH = 40;

/** An analysis of a log for people. */
export function analysisLines(analysis: LogAnalysis, view: AnalysisView): string[] {
  const { only, paint } = view;
  const sections: (readonly [title: string, lines: readonly string[]])[] = [];
  if (only === null) sections.push(["", summaryLines(analysis, view)]);
  if (only !== "performance") sections.push(["ERRORS", errorLines(analysis, paint)]);
  if (only !== "errors") {
    sections.push(["LATENCY", latencyLines(analysis)]);
    sections.push([
      `SLOWEST (${count(analysis.slow)} took over ${duration(view.slowMs)})`,
      slowLines(analysis, paint),
    ]);
  }
  if (only === null) {
    sections.push(["MODELS", usageLines("MODEL", analysis.models.sorted(({ requests }) => requests), paint)]);
    sections.push([
      "KEYS",
      usageLines("KEY", analysis.keys.sorted(({ costUsd, requests }) => costUsd * 1e9 + requests), paint),
    ]);
  }
  return sections.filter(([, lines]) => lines.length > 0).flatMap(([title, lines], index) => [
    ...(index === 0 ? [] : [""]),
    ...(title === "" ? [] : [paint("bold", title)]),
    ...lines,
  ]);
}

function summaryLines(analysis: LogAnalysis, { files, paint }: AnalysisView): string[] {
  const { all, broken } = analysis;
  const columns = analysis.timeLine.columns();
  const rate = all.requests === 0 ? 0 : all.errors / all.requests;
  const rows = [
    [
      "log",
      files.length > 3 ? `${files.slice(0, 3).join(", ")} and ${files.length - 3} more` : files.join(", "),
    ],
    ["time", timeRange(analysis)],
    [
      "lines",
      `${count(analysis.lines)}${broken === 0 ? "" : paint("yellow", `, ${count(broken)} of them broken`)}`,
    ],
    ["requests", `${count(all.requests)}${perSecond(analysis)}`],
    [
      "errors",
      paint(
        rate > 0.05 ? "red" : rate > 0 ? "yellow" : "green",
        `${count(all.errors)} (${percent(rate)})`,
      ) + (analysis.cancelled > 0 ? `, ${count(analysis.cancelled)} cancelled by clients` : ""),
    ],
    [
      "tokens",
      `${count(all.inputTokens)} in${all.cachedTokens > 0 ? ` (${count(all.cachedTokens)} cached)` : ""}, ${
        count(all.outputTokens)
      } out`,
    ],
    ["cost", dollars(all.costUsd)],
    ...(columns.length < 2 ? [] : [
      ["requests over time", paint("cyan", sparkline(columns.map(({ requests }) => requests)))],
      ["errors over time", paint("red", sparkline(columns.map(({ errors }) => errors)))],
    ]),
  ];
  return alignedRows(rows.map(([label = "", value = ""]) => [paint("bold", label), value]));
}

function errorLines(analysis: LogAnalysis, paint: Painter): string[] {
  const patterns = analysis.patterns.sorted(({ count }) => count);
  if (patterns.length === 0) return [paint("green", "none")];
  const total = patterns.reduce((sum, [, group]) => sum + group.count, 0);
  const lines = patterns.slice(0, MOST_ROWS).flatMap(([, group]) => {
    const about = [
      [...group.statuses].join(", "),
      listed([...group.models]),
      span(group.first, group.last),
      group.example === "" ? "" : `e.g. ${group.example}`,
    ].filter((text) => text !== "");
    return [
      `${count(group.count).padStart(8)}  ${percent(group.count / total).padStart(6)}  ${
        paint("red", group.type)
      }  ${group.pattern}`,
      `${" ".repeat(18)}${paint("dim", about.join("; "))}`,
    ];
  });
  const left = patterns.length - MOST_ROWS;
  return left > 0 ? [...lines, `          and ${count(left)} more kinds; --json has them all`] : lines;
}

function latencyLines(analysis: LogAnalysis): string[] {
  const { all, overhead } = analysis;
  if (all.duration.count === 0) return ["no line tells how long a request took"];
  const rows = ([
    ["whole request", all.duration],
    ["first byte", all.ttfb],
    ["gateway's own", overhead],
  ] as const).filter(([, histogram]) => histogram.count > 0).map(([label, histogram]) => [
    label,
    ...quantiles(histogram),
  ]);
  return [
    ...alignedRows([["", "P50", "P95", "P99", "MAX"], ...rows], new Set([1, 2, 3, 4])),
    "",
    ...histogramLines(all.duration),
  ];
}

/** A histogram lying on its side. */
function histogramLines(histogram: LogHistogram): string[] {
  const columns = histogram.columns(12);
  const most = Math.max(...columns.map((column) => column.count));
  return alignedRows(
    columns.map(({ from, to, count: many }) => [
      duration(from),
      "–",
      duration(to),
      bar(many / most, BAR_WIDTH).padEnd(BAR_WIDTH),
      count(many),
      percent(many / histogram.count),
    ]),
    new Set([0, 2, 4, 5]),
  );
}

function slowLines(analysis: LogAnalysis, paint: Painter): string[] {
  const entries = analysis.slowest.items();
  if (entries.length === 0) return [];
  const rows = entries.map((entry) => [
    moment(entry.time),
    duration(entry.durationMs),
    duration(entry.ttfbMs),
    entry.failed ? paint("red", String(entry.status)) : String(entry.status || "–"),
    count(entry.outputTokens),
    entry.model,
    entry.requestId || entry.traceId,
  ]);
  return alignedRows(
    [["TIME", "TOOK", "FIRST BYTE", "STATUS", "OUT", "MODEL", "REQUEST"], ...rows],
    new Set([1, 2, 3, 4]),
  );
}

function usageLines(
  heading: string,
  groups: readonly (readonly [string, Usage])[],
  paint: Painter,
): string[] {
  if (groups.length === 0) return [];
  const rows = groups.slice(0, MOST_ROWS).map(([name, usage]) => {
    const rate = usage.errors / usage.requests;
    const [p50 = "", p95 = "", p99 = ""] = quantiles(usage.duration);
    return [
      name,
      count(usage.requests),
      paint(rate > 0.05 ? "red" : rate > 0 ? "yellow" : "green", percent(rate)),
      p50,
      p95,
      p99,
      count(usage.inputTokens),
      count(usage.outputTokens),
      dollars(usage.costUsd),
    ];
  });
  const headings = [heading, "REQUESTS", "ERRORS", "P50", "P95", "P99", "TOKENS IN", "OUT", "COST"];
  const left = groups.length - rows.length;
  return [
    ...alignedRows([headings, ...rows], new Set([1, 2, 3, 4, 5, 6, 7, 8])),
    ...(left > 0 ? [`and ${count(left)} more; --json has them all`] : []),
  ];
}

function quantiles(histogram: LogHistogram): string[] {
  return [0.5, 0.95, 0.99, 1].map((q) => duration(histogram.quantile(q)));
}

function timeRange({ first, last }: LogAnalysis): string {
  return Number.isFinite(first)
    ? `${moment(first)} to ${moment(last)} (${duration(last - first)})`
    : "no line has a time";
}

function perSecond({ all, first, last }: LogAnalysis): string {
  return last > first ? `, ${count(all.requests / (last - first) * 1000, 1)} a second` : "";
}

function span(first: number, last: number): string {
  if (Number.isNaN(first)) return "";
  return first === last ? moment(first) : `${moment(first)} to ${moment(last)}`;
}

function listed(names: readonly string[]): string {
  return names.length > 3 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");
}

/** To the second, UTC. */
function moment(time: number): string {
  return Number.isFinite(time) ? new Date(time).toISOString().slice(0, 19).replace("T", " ") : "–";
}
