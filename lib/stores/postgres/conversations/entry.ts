import { byteLength } from "../../../byte_length.ts";
import type { StoredResponse } from "../../conversation_store.ts";
import type { StoredConversation } from "../../item_store.ts";
import type { Row, Value } from "../postgres_client.ts";
import { kept } from "../text.ts";

/** What an entry takes besides its texts, about, bytes: columns and its places in the indexes. */
const ENTRY_BYTES = 512;

/** An entry that is to be put. */
export interface NewEntry {
  readonly bytes: number;
  /** The values of the statement up to its bytes, then the rest of them. */
  readonly values: (changedAt: number, partBytes: number) => readonly Value[];
}

export interface Lease {
  readonly process: string;
  readonly until: number;
}

/** @param lease of a run; null: an ordinary turn. */
export function turnEntry(
  { response, ...turn }: StoredResponse,
  lease: Lease | null,
  lastSequence: number | null,
): NewEntry {
  const run = [lease !== null, lease?.process ?? null, lease?.until ?? null, lastSequence];
  return newEntry("turn", turn, turn.previousId, response, run);
}

export function conversationEntry({ metadata, ...conversation }: StoredConversation): NewEntry {
  return newEntry("conversation", conversation, null, metadata, [false, null, null, null]);
}

function newEntry(
  kind: string,
  fixed: { readonly owner: string; readonly id: string },
  previousId: string | null,
  state: unknown,
  run: readonly Value[],
): NewEntry {
  const texts = [JSON.stringify(fixed), JSON.stringify(state)] as const;
  const bytes = ENTRY_BYTES + byteLength(texts[0]) + byteLength(texts[1]);
  const place = [kept(fixed.owner), kind, kept(fixed.id), previousId === null ? null : kept(previousId)];
  return {
    bytes,
    values: (changedAt, partBytes) => [...place, changedAt, bytes + partBytes, ...texts, ...run],
  };
}

/** A turn as a row has it. */
export function turnOf(row: Row): StoredResponse {
  return { ...JSON.parse(String(row["json"])), response: JSON.parse(String(row["state"])) };
}

/** A conversation as a row has it. */
export function conversationOf(row: Row): StoredConversation {
  return { ...JSON.parse(String(row["json"])), metadata: JSON.parse(String(row["state"])) };
}
