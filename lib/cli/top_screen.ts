import type { Figures, Group, Overview } from "../tools/console_api.ts";
import { count, dollars, duration, percent } from "../tools/format.ts";
import { sparkline } from "./bars.ts";
import type { Painter } from "./colour.ts";
import { alignedRows } from "./table.ts";

/** Columns of a sparkline. */
const WIDTH = 48;
/** Groups that are shown of each kind. */
const GROUPS = 8;
/** Above it errors are red. */
const BAD = 0.05;

/** An overview as lines for a terminal. @param about what it is of: the server and the time. */
export function topLines(
  { now, totals, series, models, providers }: Overview,
  about: string,
  paint: Painter,
): string[] {
  const recent = <T>(values: readonly T[]) => values.slice(-WIDTH);
  const rates = recent(series.requests).map((it) => it / (series.step / 1000));
  const numbers = (values: readonly (number | null)[]) => recent(values).map((it) => it ?? 0);
  return [
    `${paint("bold", "llm-gateway")}  ${paint("dim", about)}`,
    "",
    ...alignedRows([
      ["", "now", "in all", ""],
      ["requests", `${count(now.rate, 1)}/s`, count(totals.requests), paint("green", sparkline(rates))],
      ["in flight", count(now.in_flight ?? null), "", ""],
      ["errors", errors(now, paint), errors(totals, paint), ""],
      [
        "P50",
        duration(now.p50_ms),
        duration(totals.p50_ms),
        paint("blue", sparkline(numbers(series.p50_ms))),
      ],
      [
        "P95",
        duration(now.p95_ms),
        duration(totals.p95_ms),
        paint("yellow", sparkline(numbers(series.p95_ms))),
      ],
      ["P99", duration(now.p99_ms), duration(totals.p99_ms), ""],
      ["first token", duration(now.ttft_p50_ms), duration(totals.ttft_p50_ms), ""],
      ["gateway's own", duration(now.overhead_p50_ms), duration(totals.overhead_p50_ms), ""],
      ["tokens in", count(now.input_tokens), count(totals.input_tokens), ""],
      ["tokens out", count(now.output_tokens), count(totals.output_tokens), ""],
      ["spend", spend(now), spend(totals), ""],
    ], new Set([1, 2])),
    ...table("MODEL", models, paint),
    ...table("PROVIDER", providers, paint),
  ];
}

function table(title: string, groups: readonly Group[], paint: Painter): string[] {
  if (groups.length === 0) return [];
  const head = [title, "REQUESTS", "RATE", "ERRORS", "P50", "P95", "FIRST TOKEN", "SPEND"];
  const rows = groups.slice(0, GROUPS).map((it) => [
    printable(it.name) || "none",
    count(it.requests),
    `${count(it.rate, 1)}/s`,
    errors(it, paint),
    duration(it.p50_ms),
    duration(it.p95_ms),
    duration(it.ttft_p50_ms),
    spend(it),
  ]);
  const [first = "", ...lines] = alignedRows([head, ...rows], new Set([1, 2, 3, 4, 5, 6, 7]));
  return ["", paint("dim", first), ...lines];
}

function errors({ error_rate: rate }: Figures, paint: Painter): string {
  const text = percent(rate);
  return rate !== null && rate > BAD ? paint("red", text) : text;
}

function spend({ cost_usd: cost }: Figures): string {
  return cost === null ? "–" : cost === 0 ? "$0" : dollars(cost);
}

/** Names come from requests, and a terminal obeys what it is sent. */
function printable(name: string): string {
  // deno-lint-ignore no-control-regex -- these are what must not reach a terminal
  return name.replaceAll(/[\x00-\x1f\x7f-\x9f]/g, "?").slice(0, 60);
}
