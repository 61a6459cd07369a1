import type { DatabaseSync } from "node:sqlite";
import { addBytes, BUCKETS, sparse } from "../../duration_histogram.ts";
import {
  COUNTS,
  type Counts,
  DIMENSIONS,
  type StatisticsLine,
  type StatisticsQuery,
} from "../../request_store.ts";
import type { Names } from "./names.ts";
import { PERIODS } from "./rollup_writer.ts";

/** Spans of time that a query may be made of. */
const MOST_SPANS = 400;

interface Sum {
  readonly start: number;
  readonly label: number;
  readonly counts: Float64Array;
  readonly duration: Uint32Array;
  readonly ttft: Uint32Array;
  readonly overhead: Uint32Array;
}

/** Adds up what was counted. */
export class Statistics {
  readonly #database: DatabaseSync;
  readonly #names: Names;

  constructor(database: DatabaseSync, names: Names) {
    this.#database = database;
    this.#names = names;
  }

  /** @param now Unix milliseconds. @returns lines by their start, then by their group. */
  read({ from, to, filter, by, step }: StatisticsQuery, now: number): StatisticsLine[] {
    const length = periodOf(from, to, step, now);
    const values: number[] = [];
    let where = "";
    for (const dimension of DIMENSIONS) {
      const value = filter[dimension];
      if (value === undefined) continue;
      const number = dimension === "status" ? Number(value) : this.#names.find(dimension, value);
      if (number === null) return [];
      where += ` AND ${dimension} = ?`;
      values.push(number);
    }
    const scope = `FROM rollups WHERE period = ? AND start >= ? AND start < ?${where}`;
    const range = [length, Math.floor(from / length) * length, to, ...values];
    const label = by ?? "0";
    // A step's beginning, in whole numbers.
    const began = step === 0 ? String(Math.floor(from)) : `start / ${step} * ${step}`;
    const sums = new Map<string, Sum>();
    const sumOf = (row: Record<string, unknown>): Sum => {
      const start = Number(row["began"]);
      const number = Number(row["label"]);
      const key = `${start} ${number}`;
      let sum = sums.get(key);
      if (sum === undefined) sums.set(key, sum = emptySum(start, number));
      return sum;
    };
    // SQLite adds up numbers far sooner than it hands them over, and knows nothing of histograms.
    const counted = this.#database.prepare(
      `SELECT ${began} AS began, ${label} AS label, ${
        COUNTS.map((name) => `sum(${name}) AS ${name}`).join(", ")
      } ` +
        `${scope} GROUP BY 1, 2`,
    );
    for (const row of counted.all(...range)) {
      const { counts } = sumOf(row);
      for (let i = 0; i < COUNTS.length; i++) counts[i] = Number(row[COUNTS[i] as string]);
    }
    const histograms = this.#database.prepare(
      `SELECT ${began} AS began, ${label} AS label, duration, ttft, overhead ${scope}`,
    );
    for (const row of histograms.iterate(...range)) {
      const sum = sumOf(row);
      addBytes(sum.duration, row["duration"] as Uint8Array);
      addBytes(sum.ttft, row["ttft"] as Uint8Array);
      addBytes(sum.overhead, row["overhead"] as Uint8Array);
    }
    return [...sums.values()].sort((a, b) => a.start - b.start || a.label - b.label).map((sum) => ({
      start: sum.start,
      name: by === null ? "" : by === "status" ? String(sum.label) : this.#names.valueOf(sum.label),
      counts: Object.fromEntries(COUNTS.map((name, i) => [name, sum.counts[i] ?? 0])) as Counts,
      duration: sparse(sum.duration),
      ttft: sparse(sum.ttft),
      overhead: sparse(sum.overhead),
    }));
  }
}

function emptySum(start: number, label: number): Sum {
  return {
    start,
    label,
    counts: new Float64Array(COUNTS.length),
    duration: new Uint32Array(BUCKETS),
    ttft: new Uint32Array(BUCKETS),
    overhead: new Uint32Array(BUCKETS),
  };
}

/** Steps are made of the longest spans of time that fit; where there are none, of the shortest that are still kept. */
function periodOf(from: number, to: number, step: number, now: number): number {
  const lengths = PERIODS.filter(({ kept }) => now - from <= kept).map(({ length }) => length);
  const found = step > 0
    ? lengths.findLast((length) => step % length === 0)
    : lengths.find((length) => (to - from) / length <= MOST_SPANS);
  return found ?? lengths.at(-1) ?? PERIODS[0].length;
}
