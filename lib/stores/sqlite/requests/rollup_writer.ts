import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Exchange } from "../../../telemetry/exchange.ts";
import { addBytes, BUCKETS, toBytes } from "../../duration_histogram.ts";
import { COUNTS } from "../../request_store.ts";
import { type Period, RollupSums, type RowFacts, type Sums } from "../../requests/rollup_sums.ts";
import { othersOf } from "../../requests/other_labels.ts";
import type { Names } from "./names.ts";

const LABELS = "model = ? AND provider = ? AND key = ? AND team = ? AND status = ?";

/** Counts rows as they come, by the second, the minute, the quarter, the hour and the day; nothing is ever counted by reading rows. */
export class RollupWriter {
  readonly #names: Names;
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #update: StatementSync;
  readonly #lines: StatementSync;
  readonly #sums = new RollupSums();
  /** Lines of the span of time that each period is at, as far as they are known here. */
  readonly #known = new Map<number, { start: number; lines: number }>();

  constructor(database: DatabaseSync, names: Names) {
    this.#names = names;
    this.#find = database.prepare(
      `SELECT duration, ttft, overhead FROM rollups WHERE period = ? AND start = ? AND ${LABELS}`,
    );
    this.#insert = database.prepare(
      `INSERT INTO rollups VALUES (${Array(7 + COUNTS.length + 3).fill("?").join(", ")})`,
    );
    const adds = COUNTS.map((name) => `${name} = ${name} + ?`).join(", ");
    this.#update = database.prepare(
      `UPDATE rollups SET ${adds}, duration = ?, ttft = ?, overhead = ? WHERE period = ? AND start = ? AND ${LABELS}`,
    );
    this.#lines = database.prepare("SELECT count(*) AS count FROM rollups WHERE period = ? AND start = ?");
  }

  add(exchange: Exchange, row: RowFacts): void {
    this.#sums.add(exchange, row);
  }

  /** Writes what came since the last time. @param now Unix milliseconds: what is not kept for so long is not written. */
  flush(now: number): void {
    for (const { period, sums } of this.#sums.lines(now)) this.#write(period, sums);
    this.forget();
  }

  forget(): void {
    this.#sums.forget();
  }

  /** How many lines a span of time has. Those of other processes are looked up once. */
  #linesOf(length: number, start: number): { lines: number } {
    let known = this.#known.get(length);
    if (known === undefined || known.start !== start) {
      known = { start, lines: Number(this.#lines.get(length, start)?.["count"]) };
      this.#known.set(length, known);
    }
    return known;
  }

  #write({ length, most }: Period, sums: Sums): void {
    const start = sums.startOf(length);
    const { counts } = sums;
    let { labels } = sums;
    let known = this.#find.get(length, start, ...labels);
    if (known === undefined && this.#linesOf(length, start).lines >= most) {
      labels = othersOf(labels, (field, value) => this.#names.add(field, value));
      known = this.#find.get(length, start, ...labels);
    }
    if (known === undefined) {
      this.#linesOf(length, start).lines++;
      const { duration, ttft, overhead } = sums;
      this.#insert.run(
        length,
        start,
        ...labels,
        ...counts,
        toBytes(duration),
        toBytes(ttft),
        toBytes(overhead),
      );
      return;
    }
    this.#update.run(
      ...counts,
      together(known["duration"], sums.duration),
      together(known["ttft"], sums.ttft),
      together(known["overhead"], sums.overhead),
      length,
      start,
      ...labels,
    );
  }
}

/** Filled anew each time. */
const scratch = new Uint32Array(BUCKETS);

function together(before: unknown, more: Uint32Array): Uint8Array {
  scratch.set(more);
  addBytes(scratch, before as Uint8Array);
  return toBytes(scratch);
}
