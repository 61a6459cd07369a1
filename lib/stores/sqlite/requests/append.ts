import type { DatabaseSync } from "node:sqlite";
import { HandedRecords } from "../../../telemetry/projections/handed_records.ts";
import type { RequestRecord } from "../../../telemetry/projections/record_fields.ts";
import { rowColumns, WORD_COLUMNS } from "../../requests/row_columns.ts";
import { IdIndex } from "./id_index.ts";
import { InsertMany } from "./insert_many.ts";
import type { Names } from "./names.ts";
import { RollupWriter } from "./rollup_writer.ts";
import { Zones } from "./zones.ts";

/** Bytes after which a block ends, for one record is read with its whole block; names come after them. */
const MAX_BLOCK = 64 * 1024;

/** What there is after batches. */
export interface Appended {
  /** The id of the last row. */
  readonly lastId: number;
  /** That came. */
  readonly blocks: number;
}

/** Keeps batches: their records in blocks, a row for each record to be found by, and what is counted of them. */
export class Append {
  readonly #names: Names;
  readonly #rollups: RollupWriter;
  readonly #lastId;
  readonly #setLastId;
  readonly #insertBlock;
  readonly #rows: InsertMany;
  readonly #ids: IdIndex;
  readonly #zones: Zones;
  #last = NaN;

  constructor(database: DatabaseSync, names: Names) {
    this.#names = names;
    this.#rollups = new RollupWriter(database, names);
    this.#lastId = database.prepare("SELECT last_id FROM totals");
    this.#setLastId = database.prepare("UPDATE totals SET last_id = ?");
    this.#insertBlock = database.prepare("INSERT INTO blocks VALUES (?, ?)");
    this.#rows = new InsertMany(database, "rows", 18);
    this.#ids = new IdIndex(database);
    this.#zones = new Zones(database);
  }

  /**
   * Within a transaction.
   * @param now Unix milliseconds.
   * @param slowMs milliseconds after which a success was slow; 0: never.
   */
  append(batches: readonly Uint8Array[], now: number, slowMs: number): Appended {
    const last = Number(this.#lastId.get()?.["last_id"]);
    // The rows before were undone, with the names that came with them, or another process has written.
    if (last !== this.#last) {
      this.#names.forget();
      this.#ids.forget();
      this.#zones.forget();
    }
    this.#rows.forget();
    this.#rollups.forget();
    let [id, blocks] = [last, 0];
    for (const batch of batches) {
      const records = new HandedRecords(batch, { skim: true });
      while (records.left > 0) {
        // A block has the number of its first row, which no other has.
        const block = id + 1;
        while (records.left > 0 && records.storedLength < MAX_BLOCK) {
          id++;
          this.#add(id, block, id - block, records.next(), { now, slowMs });
        }
        this.#insertBlock.run(block, records.takeStored());
        blocks++;
      }
    }
    this.#rows.flush();
    this.#ids.flush();
    this.#zones.flush();
    this.#rollups.flush(now);
    this.#last = id;
    this.#setLastId.run(id);
    return { lastId: id, blocks };
  }

  #add(
    id: number,
    block: number,
    place: number,
    record: RequestRecord,
    { now, slowMs }: { readonly now: number; readonly slowMs: number },
  ): void {
    const { exchange } = record;
    const { ended, status, outcome, slow, stream, fallback, words, searched } = rowColumns(
      record,
      slowMs,
    );
    const numbers = words.map(({ value, label }, i) =>
      this.#names.add(WORD_COLUMNS[i] as (typeof WORD_COLUMNS)[number], value, label)
    );
    this.#rows.add(
      id,
      block,
      place,
      ended,
      status,
      outcome,
      slow,
      stream,
      fallback,
      ...numbers,
      searched,
    );
    this.#zones.add(id, numbers);
    this.#ids.add(id, exchange.requestId, exchange.traced ? exchange.traceId : "");
    const [model = 0, provider = 0, key = 0, team = 0] = numbers;
    this.#rollups.add(exchange, { ended, model, provider, key, team, slow, fallback }, now);
  }
}
