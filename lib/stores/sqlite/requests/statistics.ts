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
    const rows = this.#database.prepare(
      `SELECT start, ${by ?? "0"} AS label, ${COUNTS.join(", ")}, duration, ttft, overhead FROM rollups ` +
        `WHERE period = ? AND start >= ? AND start < ?${where}`,
    ).iterate(length, Math.floor(from / length) * length, to, ...values);
    const sums = new Map<string, Sum>();
    for (const row of rows) {
      const began = Number(row["start"]);
      const start = step === 0 ? from : Math.floor(began / step) * step;
      const label = Number(row["label"]);
      const key = `${start} ${label}`;
      let sum = sums.get(key);
      if (sum === undefined) sums.set(key, sum = emptySum(start, label));
      const { counts } = sum;
      for (let i = 0; i < COUNTS.length; i++) {
        counts[i] = (counts[i] ?? 0) + Number(row[COUNTS[i] as string]);
      }
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
