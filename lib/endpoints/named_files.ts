import type { Clock } from "../clock.ts";
import type { JsonRequest } from "../stages/json_request.ts";
import type { OwnedIdStore } from "../stores/owned_id_store.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import type { JsonValue } from "../wire/canonical.ts";
import { ByteSearch } from "./byte_search.ts";
import { OwnedIds } from "./owned_ids.ts";

/** What clients say for themselves or to tools: an id in it is no file that a provider looks for. */
const NOT_CONTENT: ReadonlySet<string> = new Set([
  ...["metadata", "parameters", "input_schema", "arguments", "args"],
]);

/**
 * Looks whether the files that a request's content names are its caller's. Costs a search through the bytes where it
 * names none.
 * @throws as {@linkcode requireOwnFiles} does.
 */
export async function requireNamedFiles(
  exchange: Exchange,
  request: JsonRequest,
  owners: OwnedIdStore,
  clock: Clock,
): Promise<void> {
  if (mayName(request.bytes)) await requireOwnFiles(exchange, request.json, owners, clock);
}

/** @throws {GatewayError} where a file is named that is another's, or not there: as {@linkcode OwnedIds.require} has it. */
export async function requireOwnFiles(
  exchange: Exchange,
  json: JsonValue,
  owners: OwnedIdStore,
  clock: Clock,
): Promise<void> {
  const { principal } = exchange;
  const ids = principal === null ? [] : namedFiles(json);
  if (principal === null || ids.length === 0) return;
  const owned = new OwnedIds(exchange, principal.owner, owners, clock);
  const own = await owned.owned(ids);
  const others = ids.find((id) => !own.has(id));
  if (others !== undefined) await owned.require("files", others);
}

const KEY = new ByteSearch("file_id");
/** Its characters may be escaped. */
const ESCAPED = new ByteSearch("\\u00");

/** Whether it is worth a look. */
function mayName(bytes: Uint8Array): boolean {
  return KEY.isIn(bytes) || ESCAPED.isIn(bytes);
}

/** Ids under `file_id` and `file_ids`, each once, wherever a provider may look for them. */
export function namedFiles(body: JsonValue): string[] {
  const ids = new Set<string>();
  const left: JsonValue[] = [body];
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    if (typeof value !== "object" || value === null) continue;
    if (Array.isArray(value)) {
      for (const each of value) left.push(each);
      continue;
    }
    const toTool = value["type"] === "tool_use";
    for (const [key, inner] of Object.entries(value)) {
      if (NOT_CONTENT.has(key) || (toTool && key === "input")) continue;
      if (key === "file_id" && typeof inner === "string") ids.add(inner);
      else if (key === "file_ids" && Array.isArray(inner)) {
        for (const id of inner) if (typeof id === "string") ids.add(id);
      } else left.push(inner);
    }
  }
  return [...ids];
}
