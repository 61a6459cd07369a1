import { addBytes } from "../../duration_histogram.ts";
import {
  COUNTS,
  type Dimension,
  DIMENSIONS,
  type StatisticsLine,
  type StatisticsQuery,
} from "../../request_store.ts";
import { LineSums, periodOf } from "../../requests/line_sums.ts";
import { PERIODS } from "../../requests/rollup_sums.ts";
import type { Statements } from "../statements.ts";
import type { Names } from "./names.ts";

const [SECONDS] = PERIODS;

/** Lines that some figures are made of, in SQL. */
interface Source {
  readonly table: string;
  /** What their labels are. */
  readonly label: string;
  readonly where: string;
  readonly values: readonly number[];
}

/** Adds up what was counted. */
export class Statistics {
  readonly #statements: Statements;
  readonly #names: Names;

  constructor(statements: Statements, names: Names) {
    this.#statements = statements;
    this.#names = names;
  }

  /** @param now Unix milliseconds. @returns lines by their start, then by their group. */
  read(query: StatisticsQuery, now: number): StatisticsLine[] {
    const { from, to, by, step, groups = Infinity } = query;
    const length = periodOf(query, now);
    const low = Math.floor(from / length) * length;
    const source = this.#source(query, low >= this.#statements.number("SELECT summed_since FROM totals"));
    if (source === null) return [];
    const sums = new LineSums();
    // A step's beginning, in whole numbers.
    const began = step === 0 ? "?" : `start / ${step} * ${step}`;
    const first = step === 0 ? [Math.floor(from)] : [];
    const ranges = [[...first, length, low, to]];
    // What longer spans of time have not been told of yet.
    const high = Math.ceil(to / length) * length;
    const open = Math.max(low, this.#statements.number("SELECT rolled FROM totals"));
    if (length > SECONDS.length && open < high) {
      ranges.push([...first, SECONDS.length, open, high]);
    }
    for (const range of ranges) this.#count(sums, source, began, range);
    sums.leave(groups);
    for (const range of ranges) this.#addHistograms(sums, source, began, range);
    return sums.lines((label) =>
      by === null ? "" : by === "status" ? String(label) : this.#names.valueOf(label)
    );
  }

  /** SQLite adds up numbers far sooner than it hands them over. */
  #count(sums: LineSums, source: Source, began: string, range: readonly number[]): void {
    const counts = COUNTS.map((name) => `sum(${name}) AS ${name}`).join(", ");
    const counted = this.#statements.of(`${selected(source, began, counts)} GROUP BY 1, 2`);
    for (const row of counted.all(...range, ...source.values)) sums.count(row);
  }

  /** Of histograms it knows nothing. */
  #addHistograms(sums: LineSums, source: Source, began: string, range: readonly number[]): void {
    const lines = this.#statements.of(selected(source, began, "duration, ttft, overhead"));
    for (const row of lines.iterate(...range, ...source.values)) {
      const { duration, ttft, overhead } = sums.of(row).histograms;
      addBytes(duration, row["duration"] as Uint8Array);
      addBytes(ttft, row["ttft"] as Uint8Array);
      addBytes(overhead, row["overhead"] as Uint8Array);
    }
  }

  /** The fewest lines that tell it; null: a word that is asked for has no number. */
  #source({ filter, by }: StatisticsQuery, summed: boolean): Source | null {
    const asked: Dimension[] = [];
    const values: number[] = [];
    for (const dimension of DIMENSIONS) {
      const value = filter[dimension];
      if (value === undefined) continue;
      const number = dimension === "status" ? Number(value) : this.#names.find(dimension, value);
      if (number === null) return null;
      asked.push(dimension);
      values.push(number);
    }
    const dimensions = new Set([...asked, ...(by === null ? [] : [by])]);
    if (!summed || dimensions.size > 1) {
      const where = asked.map((dimension) => ` AND ${dimension} = ?`).join("");
      return { table: "rollups", label: by ?? "0", where, values };
    }
    const [one] = dimensions;
    const place = one === undefined ? 0 : DIMENSIONS.indexOf(one) + 1;
    return {
      table: "sums",
      label: by === null ? "0" : "value",
      where: ` AND dimension = ${place}${asked.length === 0 ? "" : " AND value = ?"}`,
      values,
    };
  }
}

function selected({ table, label, where }: Source, began: string, columns: string): string {
  return `SELECT ${began} AS began, ${label} AS label, ${columns} ` +
    `FROM ${table} WHERE period = ? AND start >= ? AND start < ?${where}`;
}
