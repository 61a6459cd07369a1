import { addBytes } from "../../duration_histogram.ts";
import { COUNTS, DIMENSIONS, type StatisticsLine, type StatisticsQuery } from "../../request_store.ts";
import { LineSums, periodOf } from "../../requests/line_sums.ts";
import type { Statements } from "../statements.ts";
import type { Names } from "./names.ts";

/** Adds up what was counted. */
export class Statistics {
  readonly #statements: Statements;
  readonly #names: Names;

  constructor(statements: Statements, names: Names) {
    this.#statements = statements;
    this.#names = names;
  }

  /** @param now Unix milliseconds. @returns lines by their start, then by their group. */
  read({ from, to, filter, by, step }: StatisticsQuery, now: number): StatisticsLine[] {
    const length = periodOf({ from, to, step }, now);
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
    const began = step === 0 ? [Math.floor(from)] : [];
    const range = [...began, length, Math.floor(from / length) * length, to, ...values];
    const label = by ?? "0";
    // A step's beginning, in whole numbers.
    const begins = step === 0 ? "?" : `start / ${step} * ${step}`;
    const sums = new LineSums();
    // SQLite adds up numbers far sooner than it hands them over, and knows nothing of histograms.
    const counted = this.#statements.of(
      `SELECT ${begins} AS began, ${label} AS label, ${
        COUNTS.map((name) => `sum(${name}) AS ${name}`).join(", ")
      } ` +
        `${scope} GROUP BY 1, 2`,
    );
    for (const row of counted.all(...range)) sums.count(row);
    const histograms = this.#statements.of(
      `SELECT ${begins} AS began, ${label} AS label, duration, ttft, overhead ${scope}`,
    );
    for (const row of histograms.iterate(...range)) {
      const sum = sums.of(row);
      addBytes(sum.duration, row["duration"] as Uint8Array);
      addBytes(sum.ttft, row["ttft"] as Uint8Array);
      addBytes(sum.overhead, row["overhead"] as Uint8Array);
    }
    return sums.lines((label) =>
      by === null ? "" : by === "status" ? String(label) : this.#names.valueOf(label)
    );
  }
}
