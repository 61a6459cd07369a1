import type { DatabaseSync } from "node:sqlite";
import { PERIODS } from "../../requests/rollup_sums.ts";
import { DIMENSIONS } from "../../request_store.ts";
import type { Statements } from "../statements.ts";
import type { RequestLimits } from "./commands.ts";
import { bucketOf } from "./buckets.ts";

/** Blocks that one turn removes beside as many as came: nobody waits long for it. */
const BLOCKS_MORE = 8;
/** Blocks that are removed together. */
const BLOCKS_AT_ONCE = 4;
/** How full the file may be: what is removed is used again, and the file itself stays as long as it was. */
const FULL = 0.9;

/** Removes what is too old or too much, the oldest first, a little at a time. */
export class Retention {
  readonly #statements: Statements;
  readonly #options: RequestLimits;
  readonly #oldest;
  readonly #ended;
  readonly #removeRows;
  readonly #removeBlocks;
  readonly #removeIds;
  readonly #removeZones;
  readonly #removeRollups;
  readonly #removeSums;

  constructor(database: DatabaseSync, statements: Statements, options: RequestLimits) {
    this.#statements = statements;
    this.#options = options;
    this.#oldest = database.prepare("SELECT number FROM blocks ORDER BY number LIMIT 1 OFFSET ?");
    // Rows of a block ended within moments of each other, and the last of them stands for all.
    this.#ended = database.prepare("SELECT ended FROM rows WHERE id < ? ORDER BY id DESC LIMIT 1");
    this.#removeRows = database.prepare("DELETE FROM rows WHERE id < ?");
    this.#removeBlocks = database.prepare("DELETE FROM blocks WHERE number < ?");
    this.#removeIds = database.prepare("DELETE FROM ids WHERE bucket < ?");
    this.#removeZones = database.prepare("DELETE FROM zones WHERE bucket < ?");
    this.#removeRollups = database.prepare("DELETE FROM rollups WHERE period = ? AND start < ?");
    this.#removeSums = database.prepare("DELETE FROM sums WHERE period = ? AND dimension = ? AND start < ?");
  }

  /** Bytes that are in use. */
  get bytes(): number {
    const pages = this.#statements.number("PRAGMA page_count") -
      this.#statements.number("PRAGMA freelist_count");
    return pages * this.#statements.number("PRAGMA page_size");
  }

  /** Within a transaction, after rows were added. @param blocks that came. */
  sweep(now: number, lastId: number, blocks: number): void {
    for (let left = blocks + BLOCKS_MORE; left > 0; left -= BLOCKS_AT_ONCE) {
      // A few at once where there are many; the newest stays, however large it is.
      const many = this.#first(BLOCKS_AT_ONCE);
      const next = many !== null && this.#tooMuch(many, now, lastId) ? many : this.#first(1);
      if (next === null || !this.#tooMuch(next, now, lastId)) break;
      this.#removeRows.run(next);
      this.#removeBlocks.run(next);
      this.#removeIds.run(bucketOf(next));
      this.#removeZones.run(bucketOf(next));
    }
  }

  /** Once in a while. */
  sweepRollups(now: number): void {
    for (const { length, kept } of PERIODS) {
      this.#removeRollups.run(length, now - kept);
      for (let dimension = 0; dimension <= DIMENSIONS.length; dimension++) {
        this.#removeSums.run(length, dimension, now - kept);
      }
    }
  }

  /** The first row of the block that so many are before; null: there are not so many. */
  #first(blocks: number): number | null {
    const number = this.#oldest.get(blocks)?.["number"];
    return number === undefined ? null : Number(number);
  }

  /** Whether what is before a row is to go. */
  #tooMuch(next: number, now: number, lastId: number): boolean {
    const { maxAge, maxBytes, maxRows } = this.#options;
    return lastId - next >= maxRows || this.bytes > maxBytes * FULL ||
      Number(this.#ended.get(next)?.["ended"] ?? 0) < now - maxAge;
  }
}
