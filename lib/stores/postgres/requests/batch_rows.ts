import type { Exchange } from "../../../telemetry/exchange.ts";
import { HandedRecords } from "../../../telemetry/projections/handed_records.ts";
import { hashOf } from "../../requests/id_hash.ts";
import { type RowColumns, rowColumns } from "../../requests/row_columns.ts";

/** Records that are read without a pause: what reads them shares its thread with requests. */
const AT_ONCE = 32;

export interface BatchRow {
  readonly exchange: Exchange;
  readonly columns: RowColumns;
  readonly requestHash: number;
  /** 0: it has none. */
  readonly traceHash: number;
  /** A batch of this one alone. */
  readonly record: Uint8Array;
}

/** The rows of batches, each with a record of its own, so that one is read without its neighbours. */
export async function rowsOf(batches: readonly Uint8Array[], slowMs: number): Promise<BatchRow[]> {
  const rows: BatchRow[] = [];
  for (const batch of batches) {
    const records = new HandedRecords(batch);
    while (records.left > 0) {
      const record = records.next();
      const { exchange } = record;
      rows.push({
        exchange,
        columns: rowColumns(record, slowMs),
        requestHash: hashOf(exchange.requestId),
        traceHash: exchange.traced ? hashOf(exchange.traceId) : 0,
        record: records.takeStored(),
      });
      await pause(rows.length);
    }
  }
  return rows;
}

/** Lets others have the thread after each few of many things. @param done how many were done. */
export async function pause(done: number): Promise<void> {
  if (done % AT_ONCE === 0) await new Promise((resolve) => setTimeout(resolve, 0));
}
