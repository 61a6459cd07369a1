import type { DatabaseSync } from "node:sqlite";
import { isFallback, isSlow, outcomeOf, searchedText } from "../../../telemetry/projections/request_row.ts";
import type { RequestRecord } from "../../../telemetry/projections/record_fields.ts";
import { RecordReader } from "../../../telemetry/projections/record_reader.ts";
import { wallTime } from "../../../telemetry/projections/durations.ts";
import { IdIndex } from "./id_index.ts";
import { InsertMany } from "./insert_many.ts";
import type { Names } from "./names.ts";
import { RollupWriter } from "./rollup_writer.ts";
import { OUTCOMES } from "./schema.ts";

/** Keeps batches: a block with the records, a row for each to be found by, and what is counted of them. */
export class Append {
  readonly #names: Names;
  readonly #slowMs: number;
  readonly #rollups: RollupWriter;
  readonly #lastId;
  readonly #setLastId;
  readonly #insertBlock;
  readonly #rows: InsertMany;
  readonly #ids: IdIndex;
  #last = NaN;

  constructor(database: DatabaseSync, names: Names, slowMs: number) {
    this.#names = names;
    this.#slowMs = slowMs;
    this.#rollups = new RollupWriter(database, names);
    this.#lastId = database.prepare("SELECT last_id FROM totals");
    this.#setLastId = database.prepare("UPDATE totals SET last_id = ?");
    this.#insertBlock = database.prepare("INSERT INTO blocks VALUES (?, ?)");
    this.#rows = new InsertMany(database, "rows", 18);
    this.#ids = new IdIndex(database);
  }

  /** Within a transaction. @param now Unix milliseconds. @returns the id of the last row. */
  append(batch: ArrayBuffer, now: number): number {
    const reader = new RecordReader(batch);
    const last = Number(this.#lastId.get()?.["last_id"]);
    // The rows before were undone, with the names that came with them, or another process has written.
    if (last !== this.#last) {
      this.#names.forget();
      this.#ids.forget();
    }
    this.#rows.forget();
    this.#rollups.forget();
    const first = last + 1;
    // A block has the number of its first row, which no other has.
    this.#insertBlock.run(first, new Uint8Array(batch));
    let id = first;
    for (let record = reader.next(); record !== null; record = reader.next()) {
      this.#add(id, first, id - first, record);
      id++;
    }
    this.#rows.flush();
    this.#ids.flush();
    this.#rollups.flush(now);
    this.#last = id - 1;
    this.#setLastId.run(this.#last);
    return this.#last;
  }

  #add(id: number, block: number, place: number, record: RequestRecord): void {
    const { exchange } = record;
    const { call, principal, status } = exchange;
    const names = this.#names;
    const ended = Math.floor(wallTime(exchange, exchange.endedAt));
    const outcome = outcomeOf(exchange);
    const slow = isSlow(exchange, this.#slowMs) ? 1 : 0;
    const fallback = call !== null && isFallback(call) ? 1 : 0;
    const model = names.add("model", call?.model ?? "");
    const provider = names.add("provider", call?.provider ?? "");
    const key = principal === null ? 0 : names.add("key", principal.keyId, principal.name);
    const team = names.add("team", principal?.team ?? "");
    this.#rows.add(
      id,
      block,
      place,
      ended,
      status,
      OUTCOMES.indexOf(outcome),
      slow,
      exchange.stream ? 1 : 0,
      fallback,
      model,
      provider,
      key,
      team,
      names.add("route", exchange.route),
      names.add("category", exchange.category),
      names.add("cache", exchange.cache),
      names.add("error_type", exchange.errorType),
      searchedText(record),
    );
    this.#ids.add(id, exchange.requestId, exchange.traced ? exchange.traceId : "");
    this.#rollups.add(exchange, { ended, model, provider, key, team, slow, fallback });
  }
}
