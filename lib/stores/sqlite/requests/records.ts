import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { RequestRecord } from "../../../telemetry/projections/record_fields.ts";
import { RecordReader } from "../../../telemetry/projections/record_reader.ts";

/** Reads records out of their blocks; neighbours share one, which is read once. */
export class Records {
  readonly #read: StatementSync;
  #block = 0;
  #reader: RecordReader | null = null;

  constructor(database: DatabaseSync) {
    this.#read = database.prepare("SELECT records FROM blocks WHERE number = ?");
  }

  /** All of a block. */
  batch(block: number): Uint8Array | null {
    return (this.#read.get(block)?.["records"] ?? null) as Uint8Array | null;
  }

  at(block: number, place: number): RequestRecord | null {
    if (block !== this.#block || this.#reader === null) {
      const row = this.#read.get(block);
      if (row === undefined) return null;
      this.#reader = new RecordReader(row["records"] as Uint8Array);
      this.#block = block;
    }
    return this.#reader.at(place);
  }
}
