import type { Transfer, TransferFilter } from "./transfer.ts";

/** Of the lines; a gateway reads files up to its own. */
export const EXPORT_VERSION = 1;

export interface ExportAbout {
  /** The gateway's version. */
  readonly version: string;
  /** Unix milliseconds. */
  readonly now: number;
}

/**
 * Everything that is meant, as lines of JSON without their ends: one that says what this is, one a record, and one that
 * says that it is whole. No more is in memory than a few records.
 */
export async function* exportLines(
  transfers: readonly Transfer[],
  filter: TransferFilter,
  { version, now }: ExportAbout,
): AsyncGenerator<string> {
  yield JSON.stringify({
    llm_gateway_export: EXPORT_VERSION,
    gateway: version,
    exported_at: new Date(now).toISOString(),
    kinds: transfers.flatMap(({ kinds }) => kinds),
    owner: filter.owner,
    since: filter.since === 0 ? null : new Date(filter.since).toISOString(),
  });
  let records = 0;
  for (const transfer of transfers) {
    for await (const record of transfer.records(filter)) {
      yield JSON.stringify(record);
      records++;
    }
  }
  yield JSON.stringify({ end: true, records });
}
