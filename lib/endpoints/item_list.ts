import { GatewayError, invalidParam } from "../errors.ts";
import type { ItemPage, ItemQuery } from "../stores/item_store.ts";
import type { JsonObject } from "../wire/canonical.ts";
import { INCLUDE_NAMES, shownItem } from "../wire/openai_responses/shown_items.ts";

/** What the query string of a list of items asks for. */
export interface ItemListQuery extends ItemQuery {
  readonly include: ReadonlySet<string>;
}

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

/** @param query with its `?`, or empty. @throws {GatewayError} `invalid_request` naming the parameter. */
export function itemListQuery(query: string): ItemListQuery {
  const params = new URLSearchParams(query);
  const limit = params.get("limit") ?? String(DEFAULT_LIMIT);
  if (!/^\d{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > MAX_LIMIT) {
    throw invalidParam("limit", `an integer from 1 to ${MAX_LIMIT}`);
  }
  const order = params.get("order") ?? "desc";
  if (order !== "asc" && order !== "desc") throw invalidParam("order", "'asc' or 'desc'");
  return { after: params.get("after"), limit: Number(limit), order, include: includeOf(params) };
}

/** What `include` names, once or several times, with brackets (OpenAI's SDKs) or without. */
export function includeOf(params: URLSearchParams): ReadonlySet<string> {
  const include = new Set([...params.getAll("include"), ...params.getAll("include[]")]);
  for (const name of include) {
    if (!INCLUDE_NAMES.includes(name)) throw invalidParam("include", `one of ${INCLUDE_NAMES.join(", ")}`);
  }
  return include;
}

/** A page as OpenAI's lists show it. */
export function itemList(page: ItemPage, include: ReadonlySet<string>): JsonObject {
  const { items, hasMore } = page;
  return {
    object: "list",
    data: items.map((item) => shownItem(item, include)),
    first_id: items[0]?.id ?? "",
    last_id: items.at(-1)?.id ?? "",
    has_more: hasMore,
  };
}

/** No item has the id after which to go on. */
export function unknownCursor(after: string | null): GatewayError {
  return new GatewayError(
    "invalid_request",
    `Invalid 'after': no item '${shownId(after ?? "")}' in this list.`,
    {
      param: "after",
    },
  );
}

/** An id that a client gave, as an error may repeat it. */
export function shownId(id: string): string {
  return id.length > 100 ? `${id.slice(0, 100)}…` : id;
}
