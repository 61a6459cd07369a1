import type { Clock } from "../clock.ts";
import type { JsonRequest } from "../stages/json_request.ts";
import type { OwnedIdStore } from "../stores/owned_id_store.ts";
import type { Exchange } from "../telemetry/exchange.ts";
import type { JsonObject, JsonValue } from "../wire/canonical.ts";
import { ByteSearch } from "./byte_search.ts";
import { notThere, type OwnedFamily, OwnedIds } from "./owned_ids.ts";

/**
 * Fields by which the APIs name what a provider keeps for its account, with an id or an array of them.
 * @see https://platform.openai.com/docs/api-reference/responses/create
 * @see https://platform.claude.com/docs/en/build-with-claude/files
 */
const NAMING: ReadonlyMap<string, OwnedFamily> = new Map([
  ["file_id", "files"],
  ["file_ids", "files"],
  ["input_file_id", "files"],
  ["vector_store_id", "vector_stores"],
  ["vector_store_ids", "vector_stores"],
]);

/** What clients say for themselves or to tools, and what answers said of their sources: nobody looks there for an id. */
const NOT_CONTENT: ReadonlySet<string> = new Set([
  ...["metadata", "parameters", "input_schema", "arguments", "args"],
  ...["annotations", "citations"],
]);

/** The same by the `type` of what it stands in: calls of tools, and what providers' own tools had to say. */
const SAID: ReadonlyMap<unknown, string> = new Map([
  ["tool_use", "input"],
  ["server_tool_use", "input"],
  ["file_search_call", "results"],
  ["code_execution_output", "file_id"],
  ["bash_code_execution_output", "file_id"],
]);

/** What each of the names above has in it, and how the characters of these may be escaped: `_`, a to o, p to z. */
const NAMES = new ByteSearch("file_id", "vector_store_id", "\\u005", "\\u006", "\\u007");

/** Looks whether what a request names of a provider's account is its caller's. */
export class NamedIds {
  readonly #owners: OwnedIdStore;
  readonly #common: ReadonlySet<string>;
  readonly #clock: Clock;

  /** @param common ids that everybody may name. */
  constructor(owners: OwnedIdStore, common: ReadonlySet<string>, clock: Clock) {
    this.#owners = owners;
    this.#common = common;
    this.#clock = clock;
  }

  /** Costs a search through the bytes where nothing is named. @throws as {@linkcode requireOwn} does. */
  async requireOwnIn(exchange: Exchange, request: JsonRequest): Promise<void> {
    if (mayName(request.bytes)) await this.requireOwn(exchange, request.json);
  }

  /** @throws {GatewayError} 404 for what is another's, or not there. */
  async requireOwn(exchange: Exchange, json: JsonValue): Promise<void> {
    await this.requireAll(exchange, namedIds(json));
  }

  /** @throws as {@linkcode requireOwn} does. */
  async requireAll(exchange: Exchange, ids: ReadonlyMap<string, OwnedFamily>): Promise<void> {
    const { principal } = exchange;
    const named = [...ids].filter(([id]) => !this.#common.has(id));
    if (principal === null || named.length === 0) return;
    const own = await new OwnedIds(exchange, principal.owner, this.#owners, this.#clock).owned(
      named.map(([id]) => id),
    );
    for (const [id, family] of named) if (!own.has(id)) throw notThere(family, id);
  }
}

/** Whether it is worth a look at what JSON says. */
export function mayName(json: Uint8Array): boolean {
  return NAMES.isIn(json);
}

/** What is named in a body, wherever a provider may look for it. */
export function namedIds(body: JsonValue): Map<string, OwnedFamily> {
  const named = new Map<string, OwnedFamily>();
  const left: JsonValue[] = [body];
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    if (Array.isArray(value)) {
      // Pushing all at once takes a stack as large as the array.
      for (const each of value) left.push(each);
    } else if (typeof value === "object" && value !== null) {
      addNamed(value, named, left);
    }
  }
  return named;
}

function addNamed(object: JsonObject, named: Map<string, OwnedFamily>, left: JsonValue[]): void {
  const said = SAID.get(object["type"]);
  for (const [key, inner] of Object.entries(object)) {
    if (key === said || NOT_CONTENT.has(key)) continue;
    const family = NAMING.get(key);
    if (family === undefined) {
      left.push(inner);
      continue;
    }
    for (const id of Array.isArray(inner) ? inner : [inner]) {
      if (typeof id === "string") named.set(id, family);
    }
  }
}
