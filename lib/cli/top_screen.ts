import type { Figures, Group, Overview } from "../tools/console_api.ts";
import { count, dollars, duration, percent } from "../tools/format.ts";
import { sparkline } from "./bars.ts";
import type { Painter } from "./colour.ts";
import type { Screen } from "./system.ts";
import { alignedRows, cutTo, shownLength } from "./table.ts";

/** Columns of a sparkline, at most and at least. */
const WIDTH = 48;
const NARROW = 8;
/** Rows of a screen without room for empty ones. */
const LOW = 15;
/** Groups that are shown of each kind. */
const GROUPS = 8;
/** Above it errors are red. */
const BAD = 0.05;

const UNBOUNDED: Screen = { columns: Infinity, rows: Infinity };

/** An overview as lines for a terminal. @param about what it is of: the server and the time. */
export function topLines(
  overview: Overview,
  about: string,
  paint: Painter,
  screen: Screen = UNBOUNDED,
): string[] {
  const { models, providers } = overview;
  const lines = [
    `${paint("bold", "llm-gateway")}  ${paint("dim", about)}`,
    ...(screen.rows > LOW ? [""] : []),
    ...figures(overview, paint, screen.columns),
  ];
  const [ofModels, ofProviders] = shares([models.length, providers.length], screen.rows - lines.length);
  lines.push(
    ...table("MODEL", models.slice(0, ofModels), paint, screen.columns),
    ...table("PROVIDER", providers.slice(0, ofProviders), paint, screen.columns),
  );
  return lines.slice(0, screen.rows).map((line) => cutTo(line, screen.columns));
}

function figures({ now, totals, series }: Overview, paint: Painter, columns: number): string[] {
  const rows: string[][] = [
    ["", "now", "in all"],
    ["requests", `${count(now.rate, 1)}/s`, count(totals.requests)],
    ["in flight", count(now.in_flight ?? null), ""],
    ["errors", errors(now, paint), errors(totals, paint)],
    ["P50", duration(now.p50_ms), duration(totals.p50_ms)],
    ["P95", duration(now.p95_ms), duration(totals.p95_ms)],
    ["P99", duration(now.p99_ms), duration(totals.p99_ms)],
    ["first token", duration(now.ttft_p50_ms), duration(totals.ttft_p50_ms)],
    ["gateway's own", duration(now.overhead_p50_ms), duration(totals.overhead_p50_ms)],
    ["tokens in", count(now.input_tokens), count(totals.input_tokens)],
    ["tokens out", count(now.output_tokens), count(totals.output_tokens)],
    ["spend", spend(now), spend(totals)],
  ];
  const lines = alignedRows(rows, new Set([1, 2]));
  const taken = Math.max(...lines.map(shownLength));
  const width = Math.min(WIDTH, columns - taken - 2);
  if (width < NARROW) return lines;
  const drawn = (values: readonly (number | null)[]) => sparkline(values.slice(-width).map((it) => it ?? 0));
  const pictures: Readonly<Record<string, string>> = {
    requests: paint("green", drawn(series.requests)),
    P50: paint("blue", drawn(series.p50_ms)),
    P95: paint("yellow", drawn(series.p95_ms)),
  };
  return lines.map((line, index) => {
    const picture = pictures[rows[index]?.[0] ?? ""];
    return picture === undefined ? line : `${line}${" ".repeat(taken - shownLength(line))}  ${picture}`;
  });
}

/** How many groups of each kind there is room for, with an empty line and a head before each kind. */
function shares(counts: readonly [number, number], room: number): [number, number] {
  const shown: [number, number] = [Math.min(GROUPS, counts[0]), Math.min(GROUPS, counts[1])];
  const taken = () => shown.reduce((sum, it) => sum + (it === 0 ? 0 : it + 2), 0);
  // Of the kind with more of them one goes; of models last, which say more.
  while (taken() > room && taken() > 0) shown[shown[0] > shown[1] ? 0 : shown[1] > 0 ? 1 : 0]--;
  return shown;
}

function table(title: string, groups: readonly Group[], paint: Painter, places: number): string[] {
  if (groups.length === 0) return [];
  const columns = [...COLUMNS];
  for (;;) {
    const rows = groups.map((
      it,
    ) => [printable(it.name) || "none", ...columns.map(({ cell }) => cell(it, paint))]);
    const [first = "", ...lines] = alignedRows(
      [[title, ...columns.map(({ head }) => head)], ...rows],
      new Set(columns.map((_, index) => index + 1)),
    );
    const least = columns.reduce((a, b) => a.worth < b.worth ? a : b);
    if (columns.length === 1 || Math.max(...[first, ...lines].map(shownLength)) <= places) {
      return ["", paint("dim", first), ...lines];
    }
    columns.splice(columns.indexOf(least), 1);
  }
}

/** Of a narrow screen those that are worth less are left out. */
const COLUMNS: readonly {
  readonly head: string;
  readonly worth: number;
  readonly cell: (group: Group, paint: Painter) => string;
}[] = [
  { head: "REQUESTS", worth: 7, cell: (it) => count(it.requests) },
  { head: "RATE", worth: 1, cell: (it) => `${count(it.rate, 1)}/s` },
  { head: "ERRORS", worth: 6, cell: errors },
  { head: "P50", worth: 3, cell: (it) => duration(it.p50_ms) },
  { head: "P95", worth: 4, cell: (it) => duration(it.p95_ms) },
  { head: "FIRST TOKEN", worth: 2, cell: (it) => duration(it.ttft_p50_ms) },
  { head: "SPEND", worth: 5, cell: spend },
];

function errors({ error_rate: rate }: Figures, paint: Painter): string {
  const text = percent(rate);
  return rate !== null && rate > BAD ? paint("red", text) : text;
}

function spend({ cost_usd: cost }: Figures): string {
  return cost === null ? "–" : cost === 0 ? "$0" : dollars(cost);
}

// deno-lint-ignore no-control-regex -- these are what must not reach a terminal, and what turns the direction of a line
const COMMANDS = /[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const LONGEST_NAME = 40;

/** Names come from requests, and a terminal obeys what it is sent. */
function printable(name: string): string {
  return name.replaceAll(COMMANDS, "?").slice(0, LONGEST_NAME);
}
