import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { Exchange } from "../../../telemetry/exchange.ts";
import { DIMENSIONS, type ListedField } from "../../request_store.ts";
import { othersOf } from "../../requests/other_labels.ts";
import {
  byDimension,
  linesOf,
  type Period,
  PERIODS,
  RollupSums,
  type RowFacts,
  type Sums,
} from "../../requests/rollup_sums.ts";
import { OTHER } from "../../requests/words.ts";
import { Lines } from "./lines.ts";
import type { Names } from "./names.ts";

const [SECONDS, TENS, ...LONGER] = PERIODS;
/** Milliseconds after the end of ten seconds in which most of their rows have come. */
const LATE = 3_000;

/**
 * Counts rows as they come; nothing is ever counted by reading rows. A batch adds to its seconds alone, and once ten
 * of them are over, what they come to is added to all longer spans of time: `totals.rolled` says up to when that was
 * done. What comes later than that adds to all of them at once.
 */
export class RollupWriter {
  readonly #numberOf: (field: ListedField, value: string) => number;
  readonly #sums = new RollupSums();
  /** By all dimensions at once, and by each of them. */
  readonly #tables: readonly Lines[];
  readonly #rolled: StatementSync;
  readonly #setRolled: StatementSync;
  readonly #next: StatementSync;

  constructor(database: DatabaseSync, names: Names) {
    this.#numberOf = (field, value) => names.add(field, value);
    this.#tables = [
      new Lines(database, "rollups", DIMENSIONS, 0),
      new Lines(database, "sums", ["dimension", "value"], 1),
    ];
    this.#rolled = database.prepare("SELECT rolled FROM totals");
    this.#setRolled = database.prepare("UPDATE totals SET rolled = ?");
    this.#next = database.prepare(
      `SELECT min(start) AS start FROM rollups WHERE period = ${SECONDS.length} AND start >= ? AND start < ?`,
    );
  }

  /** @param now Unix milliseconds. */
  add(exchange: Exchange, row: RowFacts, now: number): void {
    this.#sums.add(exchange, row, now);
  }

  /** Writes what came since the last time. @param now Unix milliseconds: what is not kept for so long is not written. */
  flush(now: number): void {
    const rolled = this.#roll(now);
    const { seconds } = this.#sums;
    const each = byDimension(seconds);
    for (const [table, lines] of [[0, seconds], [1, each]] as const) {
      for (const { period, sums } of linesOf(lines, now, rolled)) this.#write(table, period, sums);
    }
    this.forget();
  }

  forget(): void {
    this.#sums.forget();
  }

  /** Adds seconds that are over to longer spans of time. @returns up to when that is done. */
  #roll(now: number): number {
    const rolled = Number(this.#rolled.get()?.["rolled"]);
    const until = Math.floor((now - LATE) / TENS.length) * TENS.length;
    if (until <= rolled) return rolled;
    for (let from = rolled;;) {
      const next = this.#next.get(from, until)?.["start"] ?? null;
      if (next === null) break;
      const start = Math.floor(Number(next) / TENS.length) * TENS.length;
      from = start + TENS.length;
      this.#tables.forEach((lines, table) => {
        for (const sums of lines.together(SECONDS.length, start, from)) {
          for (const period of [TENS, ...LONGER]) this.#write(table, period, sums);
        }
      });
    }
    this.#setRolled.run(until);
    return until;
  }

  #write(table: number, period: Period, sums: Sums): void {
    const { labels } = sums;
    const others = () => table === 0 ? othersOf(labels, this.#numberOf) : this.#otherOf(labels);
    this.#tables[table]?.add(period, sums.startOf(period.length), labels, sums, others);
  }

  /** There are never too many statuses, nor lines of all. */
  #otherOf([dimension = 0, value = 0]: readonly number[]): readonly number[] {
    const field = DIMENSIONS[dimension - 1];
    return [dimension, field === undefined || field === "status" ? value : this.#numberOf(field, OTHER)];
  }
}
