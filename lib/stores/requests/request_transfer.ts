import { Buffer } from "node:buffer";
import type { Clock } from "../../clock.ts";
import { handedRecords, storedOf } from "../../telemetry/projections/handed_records.ts";
import type { RequestRecord } from "../../telemetry/projections/record_fields.ts";
import { RecordReader } from "../../telemetry/projections/record_reader.ts";
import { RecordWriter } from "../../telemetry/projections/record_writer.ts";
import { requestRow } from "../../telemetry/projections/request_row.ts";
import type { RequestStore } from "../request_store.ts";
import { DISORDER } from "./disorder.ts";
import { endOf } from "./row_columns.ts";
import type { Taken, Transfer, TransferFilter, TransferRecord } from "../transfer/transfer.ts";
import { TransferError } from "../transfer/transfer_error.ts";

export interface RequestTransferOptions {
  readonly store: RequestStore;
  readonly clock: Clock;
  /** How long a request is kept there, milliseconds. */
  readonly maxAge: number;
  /** Milliseconds after which a success was slow; 0: never. */
  readonly slowMs: number;
}

/** What is taken in at a time: requests, and bytes of their records. */
const AT_ONCE = 500;
const BYTES_AT_ONCE = 512 * 1024;

/**
 * Finished requests, each with its whole story: as its row, which is for whoever reads the file, and as its record,
 * which is what is kept. A store has them in the order of their ends, so what is older than its newest stays out.
 */
export class RequestTransfer implements Transfer {
  readonly kinds = ["request"] as const;
  readonly #options: RequestTransferOptions;
  readonly #writer = new RecordWriter();
  /** Of the records that were taken in and not yet written, whom to tell. */
  #waiting: ((taken: Taken) => void)[] = [];

  constructor(options: RequestTransferOptions) {
    this.#options = options;
  }

  async *records({ owner, since }: TransferFilter): AsyncGenerator<TransferRecord> {
    const { store, slowMs } = this.#options;
    const from = Math.max(since, this.#oldest());
    const writer = new RecordWriter();
    for await (const batch of store.records(from)) {
      for (const { exchange, said } of storedRecords(batch)) {
        const at = endOf(exchange);
        const its = exchange.principal?.owner ?? null;
        if (at < from || owner !== null && its !== owner) continue;
        writer.add(exchange, said);
        const row = requestRow(exchange, slowMs);
        const record = Buffer.from(storedOf(writer.take())).toString("base64");
        yield {
          kind: "request",
          owner: its,
          at,
          value: { ...row, record } as unknown as TransferRecord["value"],
        };
      }
    }
  }

  async take({ value }: TransferRecord, tell: (taken: Taken) => void): Promise<void> {
    const { exchange, said } = recordOf(value["record"]);
    if (endOf(exchange) < this.#oldest()) return tell("expired");
    this.#writer.add(exchange, said);
    this.#waiting.push(tell);
    if (this.#waiting.length >= AT_ONCE || this.#writer.length >= BYTES_AT_ONCE) await this.#write();
  }

  async flush(): Promise<void> {
    await this.#write();
  }

  close(): Promise<void> {
    return this.#options.store.close();
  }

  #oldest(): number {
    return this.#options.clock.wall() - this.#options.maxAge;
  }

  async #write(): Promise<void> {
    const { store } = this.#options;
    const waiting = this.#waiting.splice(0);
    if (waiting.length === 0) return;
    const batch = this.#writer.take().slice();
    const there = await store.has(batch);
    const { newest } = await store.state();
    const first = (newest ?? 0) - DISORDER;
    const taken: Taken[] = [];
    for (const [index, { exchange, said }] of handedRecords(batch).entries()) {
      const late = endOf(exchange) < first;
      taken.push(there[index] === true ? "there" : late ? "expired" : "added");
      if (taken[index] === "added") this.#writer.add(exchange, said);
    }
    if (this.#writer.count > 0) await store.append([this.#writer.take().slice()]);
    for (const [index, tell] of waiting.entries()) tell(taken[index] ?? "refused");
  }
}

function* storedRecords(batch: Uint8Array): Generator<RequestRecord> {
  const reader = new RecordReader(batch);
  for (let record = reader.next(); record !== null; record = reader.next()) yield record;
}

/** @throws {TransferError} */
function recordOf(text: unknown): RequestRecord {
  try {
    const [record, more] = storedRecords(Buffer.from(String(text), "base64"));
    if (record !== undefined && more === undefined && Number.isFinite(endOf(record.exchange))) return record;
  } catch {
    // Said below.
  }
  throw new TransferError("it is no request");
}
