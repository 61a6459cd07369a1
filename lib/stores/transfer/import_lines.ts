import type { JsonObject, JsonValue } from "../../wire/canonical.ts";
import { EXPORT_VERSION } from "./export_lines.ts";
import { isObject } from "./is_object.ts";
import type { Taken, Transfer, TransferFilter, TransferRecord } from "./transfer.ts";
import { TransferError } from "./transfer_error.ts";

export interface ImportCounts {
  /** Lines with a record, whoever's. */
  records: number;
  /** What became of things, those that were not asked for aside. */
  readonly taken: Record<Taken, number>;
  /** Records of kinds that nobody here keeps, by kind. */
  readonly unknown: Map<string, number>;
}

/**
 * Takes in what {@linkcode exportLines} gave. Nothing that is there is changed: where it broke off it can be done again.
 * @throws {TransferError} where a line is none of an export, with its number, or the last ones are missing.
 * @throws {Error} where a store fails.
 */
export async function importLines(
  lines: AsyncIterable<string>,
  transfers: readonly Transfer[],
  { owner, since }: TransferFilter,
  counts: ImportCounts = newCounts(),
): Promise<ImportCounts> {
  const byKind = new Map(transfers.flatMap((transfer) => transfer.kinds.map((kind) => [kind, transfer])));
  let number = 0;
  let whole = false;
  for await (const line of lines) {
    number++;
    const value = parsed(line, number);
    if (number === 1) checkHeader(value);
    else if (value["end"] === true) whole = true;
    else {
      const record = recordOf(value, number);
      counts.records++;
      if (owner !== null && record.owner !== owner || record.at < since) continue;
      const transfer = byKind.get(record.kind);
      if (transfer === undefined) {
        counts.unknown.set(record.kind, (counts.unknown.get(record.kind) ?? 0) + 1);
        continue;
      }
      await transfer.take(record, (taken) => counts.taken[taken]++).catch((error) => {
        throw error instanceof TransferError ? new TransferError(`line ${number}: ${error.message}`) : error;
      });
    }
  }
  for (const transfer of transfers) await transfer.flush(whole);
  if (number === 0) throw new TransferError("there is nothing in it");
  if (!whole) {
    throw new TransferError("its last line is missing: it was cut short. What is there was imported");
  }
  return counts;
}

export function newCounts(): ImportCounts {
  return { records: 0, taken: { added: 0, there: 0, expired: 0, refused: 0 }, unknown: new Map() };
}

function parsed(line: string, number: number): JsonObject {
  let value: JsonValue | undefined;
  try {
    value = JSON.parse(line);
  } catch {
    // Said below.
  }
  if (isObject(value)) return value;
  throw new TransferError(
    number === 1 ? "it is no export of a gateway" : `line ${number}: it is no JSON object`,
  );
}

function checkHeader({ llm_gateway_export: version }: JsonObject): void {
  if (typeof version !== "number") throw new TransferError("it is no export of a gateway");
  if (version > EXPORT_VERSION) {
    throw new TransferError(
      `it was written by a newer gateway: its version is ${version}, and this one knows ${EXPORT_VERSION}`,
    );
  }
}

function recordOf({ kind, owner, at, value }: JsonObject, number: number): TransferRecord {
  if (
    typeof kind === "string" && (owner === null || typeof owner === "string") && typeof at === "number" &&
    isObject(value)
  ) return { kind, owner, at, value };
  throw new TransferError(`line ${number}: it is no record`);
}
