import type { DatabaseSync } from "node:sqlite";
import { isFallback, isSlow, outcomeOf, searchedText } from "../../../telemetry/projections/request_row.ts";
import type { RequestRecord } from "../../../telemetry/projections/record_fields.ts";
import { RecordReader } from "../../../telemetry/projections/record_reader.ts";
import { wallTime } from "../../../telemetry/projections/durations.ts";
import { hashOf } from "./hash.ts";
import type { Names } from "./names.ts";
import { RollupWriter } from "./rollup_writer.ts";
import { BUCKET_BITS, OUTCOMES } from "./schema.ts";

/** Keeps batches: a block with the records, a row for each to be found by, and what is counted of them. */
export class Append {
  readonly #names: Names;
  readonly #slowMs: number;
  readonly #rollups: RollupWriter;
  readonly #lastId;
  readonly #setLastId;
  readonly #insertBlock;
  readonly #insertRow;
  readonly #insertId;
  #last = NaN;

  constructor(database: DatabaseSync, names: Names, slowMs: number) {
    this.#names = names;
    this.#slowMs = slowMs;
    this.#rollups = new RollupWriter(database, names);
    this.#lastId = database.prepare("SELECT last_id FROM totals");
    this.#setLastId = database.prepare("UPDATE totals SET last_id = ?");
    this.#insertBlock = database.prepare("INSERT INTO blocks VALUES (?, ?)");
    this.#insertRow = database.prepare(`INSERT INTO rows VALUES (${Array(18).fill("?").join(", ")})`);
    this.#insertId = database.prepare("INSERT OR IGNORE INTO ids VALUES (?, ?, ?)");
  }

  /** Within a transaction. @returns the id of the last row. */
  append(batch: ArrayBuffer): number {
    const reader = new RecordReader(batch);
    const last = Number(this.#lastId.get()?.["last_id"]);
    // The rows before were undone, with the names that came with them, or another process has written.
    if (last !== this.#last) this.#names.forget();
    this.#rollups.forget();
    const first = last + 1;
    // A block has the number of its first row, which no other has.
    this.#insertBlock.run(first, new Uint8Array(batch));
    let id = first;
    for (let record = reader.next(); record !== null; record = reader.next()) {
      this.#add(id, first, id - first, record);
      id++;
    }
    this.#rollups.flush();
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
    this.#insertRow.run(
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
    const bucket = id >>> BUCKET_BITS;
    this.#insertId.run(bucket, hashOf(exchange.requestId), id);
    if (exchange.traced) this.#insertId.run(bucket, hashOf(exchange.traceId), id);
    this.#rollups.add(exchange, { ended, model, provider, key, team, slow, fallback });
  }
}
