import type { DatabaseSync, StatementSync } from "node:sqlite";
import { addBytes, BUCKETS, toBytes } from "../../duration_histogram.ts";
import { COUNTS } from "../../request_store.ts";
import { type Period, Sums } from "../../requests/rollup_sums.ts";

const HISTOGRAMS = ["duration", "ttft", "overhead"] as const;

/** A table of figures: a line for each span of time and labels. */
export class Lines {
  readonly #labels: readonly string[];
  readonly #groups: number;
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #count: StatementSync;
  readonly #read: StatementSync;
  /** How many lines the spans of time have that each period is at, as far as it is known here. */
  readonly #known = new Map<string, { start: number; lines: number }>();

  /**
   * @param labels columns.
   * @param groups how many of them, the first, part a span of time into groups with bounds of their own.
   */
  constructor(database: DatabaseSync, table: string, labels: readonly string[], groups: number) {
    this.#labels = labels;
    this.#groups = groups;
    const columns = ["period", "start", ...labels];
    const all = [...columns, ...COUNTS, ...HISTOGRAMS];
    const are = (names: readonly string[]) => names.map((name) => `${name} = ?`).join(" AND ");
    this.#find = database.prepare(`SELECT ${HISTOGRAMS.join(", ")} FROM ${table} WHERE ${are(columns)}`);
    this.#insert = database.prepare(
      `INSERT INTO ${table} (${all.join(", ")}) VALUES (${all.map(() => "?").join(", ")})`,
    );
    const sets = [
      ...COUNTS.map((name) => `${name} = ${name} + ?`),
      ...HISTOGRAMS.map((name) => `${name} = ?`),
    ];
    this.#update = database.prepare(`UPDATE ${table} SET ${sets.join(", ")} WHERE ${are(columns)}`);
    this.#count = database.prepare(
      `SELECT count(*) AS count FROM ${table} WHERE ${are(columns.slice(0, 2 + groups))}`,
    );
    this.#read = database.prepare(
      `SELECT ${all.slice(1).join(", ")} FROM ${table} WHERE period = ? AND start >= ? AND start < ?`,
    );
  }

  /** @param others the labels of the line that has those for which there is no room. */
  add(
    { length, most }: Period,
    start: number,
    labels: readonly number[],
    sums: Sums,
    others: () => readonly number[],
  ): void {
    if (this.#addTo(length, start, labels, sums)) return;
    const span = this.#span(length, start, labels.slice(0, this.#groups));
    if (span.lines < most) return this.#begin(span, length, start, labels, sums);
    const instead = others();
    if (!this.#addTo(length, start, instead, sums)) this.#begin(span, length, start, instead, sums);
  }

  /** Adds up what spans of one length are, each line of `labels` by itself, as of the second `from`. */
  together(length: number, from: number, to: number): Sums[] {
    const found = new Map<string, Sums>();
    for (const row of this.#read.iterate(length, from, to)) {
      const labels = this.#labels.map((name) => Number(row[name]));
      const key = labels.join(" ");
      let sums = found.get(key);
      if (sums === undefined) {
        sums = new Sums();
        sums.second = Math.floor(from / 1000);
        sums.labels = labels;
        found.set(key, sums);
      }
      for (let i = 0; i < COUNTS.length; i++) {
        sums.counts[i] = (sums.counts[i] ?? 0) + Number(row[COUNTS[i] as string]);
      }
      for (const name of HISTOGRAMS) addBytes(sums[name], row[name] as Uint8Array);
    }
    return [...found.values()];
  }

  /** @returns false: there is no such line. */
  #addTo(length: number, start: number, labels: readonly number[], sums: Sums): boolean {
    const known = this.#find.get(length, start, ...labels);
    if (known === undefined) return false;
    const histograms = HISTOGRAMS.map((name) => bothOf(known[name], sums[name]));
    this.#update.run(...sums.counts, ...histograms, length, start, ...labels);
    return true;
  }

  #begin(
    span: { lines: number },
    length: number,
    start: number,
    labels: readonly number[],
    { counts, duration, ttft, overhead }: Sums,
  ): void {
    span.lines++;
    this.#insert.run(
      length,
      start,
      ...labels,
      ...counts,
      toBytes(duration),
      toBytes(ttft),
      toBytes(overhead),
    );
  }

  /** Those of other processes are looked up once. */
  #span(length: number, start: number, group: readonly number[]): { lines: number } {
    const key = `${length} ${group.join(" ")}`;
    let known = this.#known.get(key);
    if (known === undefined || known.start !== start) {
      known = { start, lines: Number(this.#count.get(length, start, ...group)?.["count"]) };
      this.#known.set(key, known);
    }
    return known;
  }
}

/** Filled anew each time. */
const scratch = new Uint32Array(BUCKETS);

function bothOf(before: unknown, more: Uint32Array): Uint8Array {
  scratch.set(more);
  addBytes(scratch, before as Uint8Array);
  return toBytes(scratch);
}
