import { GatewayError } from "../errors.ts";
import { jsonBytes } from "../stages/json_request.ts";
import type { RelayedAnswer } from "../stages/relay.ts";
import type { JsonObject, JsonValue } from "../wire/canonical.ts";
import { isObject } from "../wire/shape.ts";
import type { OwnedIds } from "./owned_ids.ts";

/** Fields of a batch that name files which the provider makes of it: they are whose it is. */
const MADE = ["output_file_id", "error_file_id"] as const;
/** Pages that are looked through at most for one of a caller's own, and how long those are that the gateway asks for. */
const MAX_PAGES = 10;
const PAGE = 100;
/** How long a page is where the client does not say. */
const DEFAULTS = { files: 10_000, batches: 20, vector_stores: 20 } as const;

const decoder = new TextDecoder();

/** The answer's object. @throws {GatewayError} where it cannot be looked into. */
function objectIn({ body }: RelayedAnswer): JsonObject {
  if (body instanceof Uint8Array) {
    const json = JSON.parse(decoder.decode(body)) as JsonValue;
    if (isObject(json)) return json;
  } else {
    body.cancel().catch(() => {});
  }
  throw new GatewayError(
    "upstream_invalid_response",
    "The provider's answer cannot be looked into, so that it cannot be told whose it is.",
  );
}

/** Notes whose is what an answer tells of: itself, where it was made just now, and what was made of it. */
export async function claim(answer: RelayedAnswer, ids: OwnedIds, made: boolean): Promise<RelayedAnswer> {
  if (!succeeded(answer)) return answer;
  const object = objectIn(answer);
  await ids.add([...(made ? texts([object["id"]]) : []), ...madeOf(object)]);
  return answer;
}

/** Forgets whose it was what an answer says is deleted. */
export async function release(answer: RelayedAnswer, ids: OwnedIds, id: string): Promise<RelayedAnswer> {
  if (succeeded(answer)) await ids.remove(id);
  return answer;
}

/**
 * A list of a caller's own alone, as long as was asked for: where a page of the provider's has too few, the next ones
 * are looked through.
 * @param query the client's. @param ask for a page.
 */
export async function ownList(
  family: keyof typeof DEFAULTS,
  query: string,
  ids: OwnedIds,
  ask: (query: string, first: boolean) => Promise<RelayedAnswer>,
): Promise<RelayedAnswer> {
  const first = await ask(query, true);
  if (!succeeded(first)) return first;
  const list = objectIn(first);
  const asked = new URLSearchParams(query);
  const limit = Number(asked.get("limit") ?? NaN);
  const most = limit > 0 ? limit : DEFAULTS[family];
  const shown: JsonObject[] = [];
  let page = list;
  let more = false;
  for (let pages = 1;; pages++) {
    const all = objectsIn(page);
    const own = await ids.owned(all.flatMap(({ id }) => texts([id])));
    shown.push(...all.filter(({ id }) => own.has(String(id))));
    const last = all.at(-1)?.["id"];
    more = page["has_more"] === true && typeof last === "string";
    // Backwards there is one page, the one that was asked for.
    if (!more || shown.length >= most || pages >= MAX_PAGES || asked.has("before")) break;
    asked.set("after", String(last));
    asked.set("limit", String(PAGE));
    const next = await ask(`?${asked}`, false);
    if (!succeeded(next)) return next;
    page = objectIn(next);
  }
  const data = shown.slice(0, most);
  await ids.add(data.flatMap(madeOf));
  const ends = "first_id" in list || "last_id" in list;
  const whole: JsonObject = {
    ...list,
    data,
    ...(ends ? { first_id: data[0]?.["id"] ?? null, last_id: data.at(-1)?.["id"] ?? null } : {}),
    // Where there is none to go on after, the list is at its end.
    ...("has_more" in list ? { has_more: data.length > 0 && (more || shown.length > data.length) } : {}),
  };
  return { ...first, body: jsonBytes(whole) as Uint8Array<ArrayBuffer> };
}

function succeeded({ status }: RelayedAnswer): boolean {
  return status >= 200 && status < 300;
}

function objectsIn({ data }: JsonObject): JsonObject[] {
  return Array.isArray(data) ? data.filter(isObject) : [];
}

function madeOf(object: JsonObject): string[] {
  return texts(MADE.map((name) => object[name]));
}

function texts(values: readonly (JsonValue | undefined)[]): string[] {
  return values.filter((value) => typeof value === "string");
}
