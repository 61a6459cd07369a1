import type { ClientFormat, JsonObject, JsonValue } from "../wire/canonical.ts";
import { isObject } from "../wire/shape.ts";
import type { Quirks } from "./catalog.ts";

/** A request's top-level fields, wherever they are: parsed, or to be edited in the client's bytes. */
export interface EditableFields {
  get(name: string): JsonValue | undefined;
  set(name: string, value: JsonValue): void;
  remove(name: string): void;
}

/**
 * Changes a request of a format to what the provider takes.
 * @param model its name at the provider.
 * @returns fields that were left out and said something, as `logit_bias` or `messages.name`.
 */
export function applyQuirks(
  quirks: Quirks,
  format: ClientFormat,
  model: string,
  fields: EditableFields,
): string[] {
  if (format === "openai_responses") {
    if (quirks.developerRole !== undefined) rewriteItems("input", fields, (item) => inRole(item, quirks));
    return [];
  }
  if (format !== "openai_chat") return [];
  const dropped: string[] = [];
  // What it asks for comes anyway, or is estimated: nothing is lost.
  if (quirks.refusesStreamOptions) remove("stream_options", fields);
  for (const [theirs, own] of Object.entries(quirks.renames ?? {})) rename(theirs, own, fields);
  for (const name of quirks.refuses ?? []) drop(name, fields, dropped);
  for (const { models, fields: names } of quirks.modelsRefuse ?? []) {
    if (models.test(model)) { for (const name of names) drop(name, fields, dropped); }
  }
  const choice = fields.get("tool_choice");
  const word = typeof choice === "string" ? quirks.toolChoice?.[choice] : undefined;
  if (word !== undefined) {
    fields.set("tool_choice", word);
    dropped.push("tool_choice");
  }
  if (changesMessages(quirks)) {
    rewriteItems("messages", fields, (message) => rewriteMessage(message, quirks, dropped));
  }
  return dropped;
}

function changesMessages(quirks: Quirks): boolean {
  return quirks.developerRole !== undefined || quirks.messagesRefuse !== undefined ||
    quirks.toolCallIdLength !== undefined;
}

function rename(from: string, to: string, fields: EditableFields): void {
  const value = fields.get(from);
  if (value === undefined) return;
  fields.remove(from);
  if (fields.get(to) === undefined) fields.set(to, value);
}

function drop(name: string, fields: EditableFields, dropped: string[]): void {
  const value = fields.get(name);
  if (value === undefined) return;
  fields.remove(name);
  note(name, value, dropped);
}

function remove(name: string, fields: EditableFields): void {
  if (fields.get(name) !== undefined) fields.remove(name);
}

/** SDKs write null, false and empty lists for what their users did not set: of these nothing is told. */
function note(name: string, value: JsonValue, dropped: string[]): void {
  const says = value !== null && value !== false && !(Array.isArray(value) && value.length === 0);
  if (says && !dropped.includes(name)) dropped.push(name);
}

/** Sets a list's field anew where one of its objects becomes another. */
function rewriteItems(
  name: string,
  fields: EditableFields,
  change: (item: JsonObject) => JsonObject,
): void {
  const items = fields.get(name);
  if (!Array.isArray(items)) return;
  const changed = items.map((item) => isObject(item) ? change(item) : item);
  if (changed.some((item, index) => item !== items[index])) fields.set(name, changed);
}

function rewriteMessage(message: JsonObject, quirks: Quirks, dropped: string[]): JsonObject {
  let changed = inRole(message, quirks);
  for (const name of quirks.messagesRefuse ?? []) {
    const { [name]: value, ...rest } = changed;
    if (value === undefined) continue;
    changed = rest;
    note(`messages.${name}`, value, dropped);
  }
  return quirks.toolCallIdLength === undefined ? changed : withShortIds(changed, quirks.toolCallIdLength);
}

function inRole(item: JsonObject, { developerRole }: Quirks): JsonObject {
  return item.role === "developer" && developerRole !== undefined ? { ...item, role: developerRole } : item;
}

function withShortIds(message: JsonObject, length: number): JsonObject {
  let changed = message;
  const { tool_call_id: id, tool_calls: calls } = message;
  if (typeof id === "string" && shortId(id, length) !== id) {
    changed = { ...changed, tool_call_id: shortId(id, length) };
  }
  if (Array.isArray(calls)) {
    const renamed = calls.map((call) => {
      if (!isObject(call) || typeof call.id !== "string") return call;
      const short = shortId(call.id, length);
      return short === call.id ? call : { ...call, id: short };
    });
    if (renamed.some((call, index) => call !== calls[index])) changed = { ...changed, tool_calls: renamed };
  }
  return changed;
}

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/**
 * The id itself where it is of that length and of letters and digits; else one made of it, always the same, so
 * that a call and its result still name one another, in this request and in the next.
 */
function shortId(id: string, length: number): string {
  if (id.length === length && /^[A-Za-z0-9]*$/.test(id)) return id;
  // FNV-1a, 64 bits: ids of one conversation are a few hundred.
  let hash = 0xcbf29ce484222325n;
  for (let at = 0; at < id.length; at++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(id.charCodeAt(at))) * 0x100000001b3n);
  }
  let short = "";
  for (let digit = 0; digit < length; digit++) {
    short += DIGITS[Number(hash % 62n)];
    hash /= 62n;
  }
  return short;
}
