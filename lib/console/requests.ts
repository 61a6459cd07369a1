import { jsonAnswer } from "../endpoints/json_answer.ts";
import { GatewayError } from "../errors.ts";
import type { ListedField, StoredDetail } from "../stores/request_store.ts";
import type { JsonObject } from "../wire/canonical.ts";
import type { AskedStore } from "./answering_store.ts";
import type { ConsoleEndpoint } from "./guard.ts";
import { Query } from "./query.ts";
import { asJson } from "./as_json.ts";

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 500;
const TRACE_ID = /^[0-9a-f]{32}$/;

/** `GET /requests`: rows, the newest first. */
export function listRequests(store: AskedStore, now: () => number): ConsoleEndpoint {
  return async function listRequests(exchange) {
    const query = new Query(exchange);
    const page = await store.list({
      filter: query.filter(now()),
      before: query.number("before"),
      after: query.number("after"),
      limit: query.number("limit", { least: 1, most: MAX_LIMIT }) ?? DEFAULT_LIMIT,
    });
    return jsonAnswer(exchange, asJson({ ...page }));
  };
}

/** `GET /requests/{id}`. */
export function showRequest(store: AskedStore): ConsoleEndpoint {
  return async function showRequest(exchange, { id = "" }) {
    const found = await requestOf(store, id);
    return jsonAnswer(
      exchange,
      asJson({ row: found.row, detail: { ...found.detail, curl: curlOf(found, exchange) } }),
    );
  };
}

const NO_REPLAY =
  "The console has no key of a client to ask with. Copy the request as a command, or use 'gateway replay'.";

/** `POST /requests/{id}/replay`: says how, since it takes a key of a client, and none is kept. */
export function replay(store: AskedStore): ConsoleEndpoint {
  return async function replay(_exchange, { id = "" }) {
    await requestOf(store, id);
    throw new GatewayError("unsupported_operation", NO_REPLAY);
  };
}

/** @throws {GatewayError} where it is not kept. */
async function requestOf(store: AskedStore, id: string): Promise<StoredDetail> {
  const number = Number(id);
  const found = Number.isSafeInteger(number) && number > 0 ? await store.find(number) : null;
  if (found === null) {
    throw new GatewayError("not_found", `The request '${id}' is not kept, or not any more.`);
  }
  return found;
}

/** A command that asks the same again; null: nobody knows what was asked. */
function curlOf(
  { row, detail }: StoredDetail,
  { scheme, host }: { scheme: string; host: string },
): string | null {
  if (detail.request === null || detail.request.startsWith("[") || row.method !== "POST") return null;
  return [
    `curl ${quoted(`${scheme}://${host}${row.path}`)}`,
    `-H 'content-type: application/json'`,
    `-H "authorization: Bearer $GATEWAY_KEY"`,
    `-d ${quoted(detail.request)}`,
  ].join(" \\\n  ");
}

/** For a shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** `GET /traces/{id}`. */
export function showTrace(store: AskedStore): ConsoleEndpoint {
  return async function showTrace(exchange, { id = "" }) {
    const found = TRACE_ID.test(id) ? await store.trace(id) : null;
    if (found === null) throw new GatewayError("not_found", `No request of the trace '${id}' is kept.`);
    return jsonAnswer(exchange, asJson({ ...found }));
  };
}

const LISTS: Readonly<Record<string, ListedField>> = {
  models: "model",
  providers: "provider",
  teams: "team",
  categories: "category",
  routes: "route",
  caches: "cache",
  error_types: "error_type",
};

/** `GET /values`: what filters may be set to. */
export function listValues(store: AskedStore): ConsoleEndpoint {
  return async function listValues(exchange) {
    const lists = await Promise.all(
      Object.entries(LISTS).map(async ([name, field]) =>
        [name, (await store.values(field)).map(({ value }) => value)] as const
      ),
    );
    const keys = (await store.values("key")).map(({ value, label }) => ({ id: value, name: label }));
    return jsonAnswer(exchange, { ...Object.fromEntries(lists), keys } satisfies JsonObject);
  };
}
