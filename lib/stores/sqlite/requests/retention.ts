import type { DatabaseSync } from "node:sqlite";
import { PERIODS } from "../../requests/rollup_sums.ts";
import type { Statements } from "../statements.ts";
import type { RequestFileOptions } from "./commands.ts";
import { IdIndex } from "./id_index.ts";

/** Blocks that one turn removes at most: nobody waits long for it. */
const BLOCKS_AT_ONCE = 8;
/** How full the file may be: what is removed is used again, and the file itself stays as long as it was. */
const FULL = 0.9;

/** Removes what is too old or too much, the oldest first, a little at a time. */
export class Retention {
  readonly #statements: Statements;
  readonly #options: RequestFileOptions;
  readonly #oldest;
  readonly #ended;
  readonly #removeRows;
  readonly #removeBlock;
  readonly #removeIds;
  readonly #removeRollups;

  constructor(database: DatabaseSync, statements: Statements, options: RequestFileOptions) {
    this.#statements = statements;
    this.#options = options;
    this.#oldest = database.prepare(
      "SELECT number, (SELECT min(b.number) FROM blocks AS b WHERE b.number > blocks.number) AS next " +
        "FROM blocks ORDER BY number LIMIT 1",
    );
    // Rows of a block ended within moments of each other, and the last of them stands for all.
    this.#ended = database.prepare("SELECT ended FROM rows WHERE id < ? ORDER BY id DESC LIMIT 1");
    this.#removeRows = database.prepare("DELETE FROM rows WHERE id < ?");
    this.#removeBlock = database.prepare("DELETE FROM blocks WHERE number = ?");
    this.#removeIds = database.prepare("DELETE FROM ids WHERE bucket < ?");
    this.#removeRollups = database.prepare("DELETE FROM rollups WHERE period = ? AND start < ?");
  }

  /** Bytes that are in use. */
  get bytes(): number {
    const pages = this.#statements.number("PRAGMA page_count") -
      this.#statements.number("PRAGMA freelist_count");
    return pages * this.#statements.number("PRAGMA page_size");
  }

  /** Within a transaction, after rows were added. */
  sweep(now: number, lastId: number): void {
    const { maxAge, maxBytes, maxRows } = this.#options;
    for (let left = BLOCKS_AT_ONCE; left > 0; left--) {
      const oldest = this.#oldest.get();
      const next = oldest?.["next"] ?? null;
      // The newest stays, however large it is.
      if (oldest === undefined || next === null) break;
      const old = Number(this.#ended.get(Number(next))?.["ended"] ?? 0) < now - maxAge;
      const tooMany = lastId - Number(next) >= maxRows;
      if (!old && !tooMany && this.bytes <= maxBytes * FULL) break;
      this.#removeRows.run(Number(next));
      this.#removeBlock.run(Number(oldest["number"]));
      this.#removeIds.run(IdIndex.bucketOf(Number(next)));
    }
  }

  /** Once in a while. */
  sweepRollups(now: number): void {
    for (const { length, kept } of PERIODS) this.#removeRollups.run(length, now - kept);
  }
}
