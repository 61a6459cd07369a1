import { jsonAnswer } from "../endpoints/json_answer.ts";
import { upperBound } from "../stores/duration_histogram.ts";
import { type Dimension, REST, type StatisticsLine, type StatisticsQuery } from "../stores/request_store.ts";
import { periodOf } from "../stores/requests/line_sums.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import type { AskedStore } from "./answering_store.ts";
import { asJson } from "./as_json.ts";
import { type Figures, figuresOf, seriesOf, sumOf } from "./figures.ts";
import type { ConsoleEndpoint } from "./guard.ts";
import { Query } from "./query.ts";

export interface StatisticsOptions {
  readonly store: AskedStore;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Requests that have not ended, of all processes. */
  readonly inFlight: () => Promise<number>;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Lengths of steps, and how far back there are such, milliseconds. */
const STEPS = [
  { length: 10_000, within: HOUR / 3 },
  ...[60_000, 300_000, 900_000].map((length) => ({ length, within: 2 * DAY })),
  ...[HOUR, 3 * HOUR, 6 * HOUR].map((length) => ({ length, within: 90 * DAY })),
  ...[DAY, 7 * DAY, 28 * DAY].map((length) => ({ length, within: Infinity })),
];
const MAX_POINTS = 240;
/** Lines of the store for each group of a chart, which are read one by one. */
const MAX_SPANS = 400;
/** What is called "now". */
const NOW_MS = 10_000;
/** Rows are counted with their batch. */
const NOW_LATE = 1_000;
const GROUPS = 10;
const BY = ["model", "provider", "key", "team", "none"] as const;

type Asked = Pick<StatisticsQuery, "from" | "to" | "filter">;

function asked(exchange: Exchange, now: number): Asked {
  const query = new Query(exchange);
  const { from, to } = query.range(now);
  const of = (name: "model" | "provider" | "key" | "team") => query.text(name) || undefined;
  const filter = { model: of("model"), provider: of("provider"), key: of("key"), team: of("team") };
  const until = Math.min(to ?? now, now);
  return { from: from ?? until - HOUR, to: until, filter };
}

/** The shortest step of which there are not too many points. @param mostSpans kept ones that they may be made of. */
function stepOf({ from, to }: Asked, now: number, mostSpans = Infinity): number {
  const step = STEPS.find(({ length, within }) =>
    now - from <= within && (to - from) / length <= MAX_POINTS &&
    (to - from) / periodOf({ from, to, step: length }, now) <= mostSpans
  );
  return (step ?? STEPS.at(-1))?.length ?? DAY;
}

/** The last ten seconds, as far as they are counted. */
export async function figuresNow(
  { store, now, inFlight }: StatisticsOptions,
): Promise<Figures & { in_flight: number }> {
  const to = Math.floor((now() - NOW_LATE) / 1000) * 1000;
  const [lines, in_flight] = await Promise.all([
    store.statistics({ from: to - NOW_MS, to, filter: {}, by: null, step: 0 }),
    inFlight(),
  ]);
  return { ...figuresOf(sumOf(lines), NOW_MS), in_flight };
}

/** `GET /overview`. */
export function overview(options: StatisticsOptions): ConsoleEndpoint {
  const { store, now } = options;
  return async function overview(exchange) {
    const range = asked(exchange, now());
    const step = stepOf(range, now());
    const [current, lines, models, providers] = await Promise.all([
      figuresNow(options),
      store.statistics({ ...range, by: null, step }),
      groupsOf(store, range, "model"),
      groupsOf(store, range, "provider"),
    ]);
    return jsonAnswer(
      exchange,
      asJson({
        now: current,
        totals: figuresOf(sumOf(lines), range.to - range.from),
        series: seriesOf(lines, { ...range, step }),
        models: byRequests(models, range.to - range.from),
        providers: byRequests(providers, range.to - range.from),
      }),
    );
  };
}

/** `GET /series`: a chart's lines. */
export function series({ store, now }: StatisticsOptions): ConsoleEndpoint {
  return async function series(exchange) {
    const range = asked(exchange, now());
    const by = new Query(exchange).oneOf("by", BY, "none");
    const step = stepOf(range, now(), by === "none" ? Infinity : MAX_SPANS);
    const lines = await store.statistics({ ...range, by: by === "none" ? null : by, step, groups: GROUPS });
    const labels = by === "key" ? await keyNames(store) : null;
    const groups = [...Map.groupBy(lines, ({ name }) => name)].map(([id, lines]) => ({
      id,
      name: labels?.get(id) ?? id,
      totals: figuresOf(sumOf(lines), range.to - range.from),
      series: seriesOf(lines, { ...range, step }),
    }));
    const place = ({ id, totals }: (typeof groups)[number]) => id === REST ? -1 : totals.requests;
    return jsonAnswer(exchange, asJson({ groups: groups.sort((a, b) => place(b) - place(a)) }));
  };
}

/** `GET /usage`: what it came to, the dearest first. */
export function usage({ store, now }: StatisticsOptions): ConsoleEndpoint {
  return async function usage(exchange) {
    const range = asked(exchange, now());
    const by = new Query(exchange).oneOf("by", [...BY, "day"] as const, "model");
    const groups = by === "day"
      ? await daysOf(store, range)
      : await groupsOf(store, range, by === "none" ? null : by);
    const dearest = by === "day"
      ? groups
      : groups.toSorted((a, b) => b.line.counts.cost_usd - a.line.counts.cost_usd || more(a, b));
    const ms = range.to - range.from;
    return jsonAnswer(
      exchange,
      asJson({
        groups: dearest.map((group) => shownGroup(group, by === "day" ? DAY : ms)),
        totals: figuresOf(sumOf(groups.map(({ line }) => line)), ms),
      }),
    );
  };
}

/** Octaves of the heatmap's cells, in buckets of the histogram. */
const CELL = 4;

/** `GET /heatmap` of durations: how many requests took how long, when. */
export function heatmap({ store, now }: StatisticsOptions): ConsoleEndpoint {
  return async function heatmap(exchange) {
    const range = asked(exchange, now());
    const step = stepOf(range, now());
    const lines = await store.statistics({ ...range, by: null, step });
    const byStart = new Map(lines.map((line) => [line.start, line]));
    const rows = lines.flatMap(({ duration }) => duration.filter((_, i) => i % 2 === 0)).map(cellOf);
    const least = rows.reduce((a, b) => Math.min(a, b), Infinity);
    const most = rows.reduce((a, b) => Math.max(a, b), -Infinity);
    const count = rows.length === 0 ? 0 : most - least + 1;
    const times: number[] = [];
    const cells: number[][] = [];
    for (let time = Math.floor(range.from / step) * step; time < range.to; time += step) {
      const column = Array<number>(count).fill(0);
      const duration = byStart.get(time)?.duration ?? [];
      for (let i = 0; i + 1 < duration.length; i += 2) {
        const cell = cellOf(duration[i] ?? 0) - least;
        column[cell] = (column[cell] ?? 0) + (duration[i + 1] ?? 0);
      }
      times.push(time);
      cells.push(column);
    }
    // Up to where each row goes, milliseconds.
    const bounds = Array.from({ length: count }, (_, i) => upperBound((least + i + 1) * CELL - 1));
    return jsonAnswer(exchange, { step, times, bounds, cells });
  };
}

function cellOf(bucket: number): number {
  return Math.floor(bucket / CELL);
}

interface Group {
  readonly id: string;
  readonly name: string;
  readonly line: StatisticsLine;
}

/** What figures are, by a field; all of the time asked for. */
async function groupsOf(
  store: AskedStore,
  range: Asked,
  by: Exclude<Dimension, "status"> | null,
): Promise<Group[]> {
  const lines = await store.statistics({ ...range, by, step: 0 });
  const labels = by === "key" ? await keyNames(store) : null;
  return lines.map((line) => ({ id: line.name, name: labels?.get(line.name) ?? line.name, line }));
}

async function daysOf(store: AskedStore, range: Asked): Promise<Group[]> {
  const lines = await store.statistics({ ...range, by: null, step: DAY });
  return lines.map((line) => {
    const day = new Date(line.start).toISOString().slice(0, 10);
    return { id: day, name: day, line };
  });
}

/** @param ms of the time that they are of. */
function byRequests(groups: readonly Group[], ms: number) {
  return groups.toSorted(more).map((group) => shownGroup(group, ms));
}

function more(a: Group, b: Group): number {
  return b.line.counts.requests - a.line.counts.requests;
}

function shownGroup({ id, name, line }: Group, ms: number) {
  return { id, name, ...figuresOf(line, ms) };
}

async function keyNames(store: AskedStore): Promise<Map<string, string>> {
  return new Map((await store.values("key")).map(({ value, label }) => [value, label]));
}

/** Figures by provider of the time that is asked for. */
export async function providerFigures({ store, now }: StatisticsOptions, exchange: Exchange) {
  const range = asked(exchange, now());
  return byRequests(await groupsOf(store, range, "provider"), range.to - range.from);
}

/** The share of requests of the last five minutes that the gateway and its providers did not fail. */
export async function healthScore({ store, now }: StatisticsOptions): Promise<number> {
  const lines = await store.statistics({ from: now() - 300_000, to: now(), filter: {}, by: null, step: 0 });
  return 1 - figuresOf(sumOf(lines), 300_000).error_rate;
}

/** What today's requests cost so far, by the day of UTC. */
export async function costToday({ store, now }: StatisticsOptions): Promise<number> {
  const from = Math.floor(now() / DAY) * DAY;
  const lines = await store.statistics({ from, to: now(), filter: {}, by: null, step: DAY });
  return figuresOf(sumOf(lines), DAY).cost_usd;
}
