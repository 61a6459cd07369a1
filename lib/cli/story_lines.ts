import { count, dollars, duration } from "../tools/format.ts";
import type { LogEntry } from "../tools/logs/log_entry.ts";
import type { StoryReader } from "../tools/logs/request_story.ts";
import { bar } from "./bars.ts";
import type { Painter } from "./colour.ts";
import { alignedRows } from "./table.ts";

const BAR_WIDTH = 40;

/** Fields that the head of a story, or its time, tells already. */
const TOLD = new Set(
  ("time timestamp ts level msg message event request_id trace_id span_id method path status duration_ms overhead_ms " +
    "ttfb_ms input_tokens output_tokens cached_tokens cost_usd error error_type attempt_errors request_body " +
    "response_body metadata stacktrace").split(" "),
);

/** Everything that a log tells of one request, or of the requests of one trace. */
export function storyLines(id: string, story: StoryReader, paint: Painter): string[] {
  const entries = story.story();
  if (entries.length === 0) {
    return [`nothing in ${count(story.lines)} lines is about ${id}`];
  }
  const start = entries[0]?.time ?? NaN;
  return [
    ...entries.flatMap((entry, index) => [...(index === 0 ? [] : [""]), ...entryLines(entry, start, paint)]),
    ...(story.left > 0 ? ["", `and ${count(story.left)} more lines`] : []),
  ];
}

function entryLines(entry: LogEntry, start: number, paint: Painter): string[] {
  const { record } = entry;
  const after = entry.time > start ? ` (${duration(entry.time - start)} after the first)` : "";
  const what = [entry.event || entry.message, entry.method, entry.path, entry.status > 0 ? entry.status : ""];
  const head = `${iso(entry.time)}  ${paint(entry.failed ? "red" : "green", entry.level)}  ${
    what.filter((word) => word !== "").join(" ")
  }`;
  const rows: [string, string][] = [
    ["request", entry.requestId],
    ["trace", entry.traceId],
    ["tokens", tokens(entry)],
    ["cost", entry.costUsd >= 0 ? dollars(entry.costUsd) : ""],
    ...Object.entries(record).flatMap(([name, value]): [string, string][] =>
      TOLD.has(name) || typeof value === "object" ? [] : [[name.replaceAll("_", " "), String(value)]]
    ),
    ...Object.entries(record.metadata ?? {}).map(([name, value]): [string, string] => [
      `metadata ${name}`,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  ];
  return [
    paint("bold", head) + after,
    ...indented(
      alignedRows(
        rows.filter(([, value]) => value !== "").map(([label, value]) => [paint("dim", label), value]),
      ),
    ),
    ...section("TIME", timeLines(entry, paint)),
    ...section("ATTEMPTS THAT FAILED", attemptLines(record.attempt_errors)),
    ...section("ERROR", entry.error === "" ? [] : [paint("red", `${entry.errorType}: ${entry.error}`)]),
    ...section("STACK", textLines(record.stacktrace)),
    ...section("REQUEST", bodyLines(record.request_body)),
    ...section("ANSWER", bodyLines(record.response_body)),
  ];

  function section(title: string, lines: readonly string[]): string[] {
    return lines.length === 0 ? [] : indented(["", paint("bold", title), ...lines]);
  }
}

function timeLines({ durationMs, ttfbMs, overheadMs }: LogEntry, paint: Painter): string[] {
  if (!(durationMs > 0)) return [];
  const spans: readonly (readonly [label: string, from: number, to: number])[] = [
    ["whole", 0, durationMs],
    ["to first byte", 0, ttfbMs],
    ["answer", ttfbMs, durationMs],
    ["gateway's own", 0, overheadMs],
  ];
  return alignedRows(
    spans.filter(([, from, to]) => to >= from).map(([label, from, to]) => {
      const offset = Math.floor(from / durationMs * BAR_WIDTH);
      const drawn = bar((to - from) / durationMs, BAR_WIDTH - offset);
      return [label, duration(to - from), " ".repeat(offset) + paint("cyan", drawn)];
    }),
    new Set([1]),
  );
}

function attemptLines(attempts: unknown): string[] {
  if (!Array.isArray(attempts)) return [];
  return alignedRows(
    attempts.map((attempt, index) => [
      String(index + 1),
      ...["provider", "model", "status", "error_type"].map((name) => String(attempt?.[name] ?? "")),
    ]),
  );
}

function tokens(entry: LogEntry): string {
  if (!(entry.inputTokens >= 0) && !(entry.outputTokens >= 0)) return "";
  const cached = entry.cachedTokens > 0 ? ` (${count(entry.cachedTokens)} cached)` : "";
  return `${count(entry.inputTokens)} in${cached}, ${count(entry.outputTokens)} out`;
}

/** JSON in several lines, anything else as it is. */
function bodyLines(body: unknown): string[] {
  if (typeof body !== "string") return [];
  try {
    return JSON.stringify(JSON.parse(body), null, 2).split("\n");
  } catch {
    return textLines(body);
  }
}

function textLines(text: unknown): string[] {
  return typeof text === "string" && text !== "" ? text.trimEnd().split("\n") : [];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => line === "" ? "" : `  ${line}`);
}

function iso(time: number): string {
  return Number.isFinite(time) ? new Date(time).toISOString() : "(no time)";
}
