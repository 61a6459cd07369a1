import type { ClientFormat, JsonObject, JsonValue } from "../wire/canonical.ts";
import { isObject } from "../wire/shape.ts";
import type { Quirks } from "./catalog.ts";
import { shortId } from "./short_id.ts";

/** A request's top-level fields, wherever they are: parsed, or to be edited in the client's bytes. */
export interface EditableFields {
  get(name: string): JsonValue | undefined;
  set(name: string, value: JsonValue): void;
  remove(name: string): void;
}

/**
 * Changes a request of a format to what the provider takes.
 * @param model its name at the provider.
 * @param policy `pass`: what the provider is said to refuse is sent all the same.
 * @returns fields that were left out and said something, as `logit_bias` or `messages.name`.
 */
export function applyQuirks(
  quirks: Quirks,
  format: ClientFormat,
  model: string,
  fields: EditableFields,
  policy?: "refuse" | "drop" | "pass",
): string[] {
  if (format === "openai_responses") {
    if (quirks.developerRole !== undefined) rewriteItems("input", fields, (item) => inRole(item, quirks));
    return [];
  }
  if (format !== "openai_chat") return [];
  const dropped: string[] = [];
  // What it asks for comes anyway, or is estimated: nothing is lost.
  if (quirks.refusesStreamOptions) remove("stream_options", fields);
  renameAll(quirks.renames, fields);
  for (const { models, renames } of quirks.modelsRename ?? []) {
    if (models.test(model)) renameAll(renames, fields);
  }
  if (policy !== "pass") leaveOut(quirks, model, fields, dropped);
  const schema = quirks.schemaInPrompt && policy !== "pass" ? takeSchema(fields, dropped) : null;
  const messages = policy === "pass" ? { ...quirks, messagesRefuse: [] } : quirks;
  if (changesMessages(messages) || schema !== null) {
    rewriteItems("messages", fields, (message) => rewriteMessage(message, messages, dropped), schema ?? []);
  }
  return dropped;
}

function leaveOut(quirks: Quirks, model: string, fields: EditableFields, dropped: string[]): void {
  for (const name of quirks.refuses ?? []) drop(name, fields, dropped);
  for (const { models, fields: names } of quirks.modelsRefuse ?? []) {
    if (models.test(model)) { for (const name of names) drop(name, fields, dropped); }
  }
  chooseTool(quirks, model, fields, dropped);
}

/** What of a request the gateway wrote itself is renamed, besides what always is. */
export function renameTranslated(quirks: Quirks, format: ClientFormat, fields: EditableFields): void {
  if (format !== "openai_chat") return;
  renameAll(quirks.renamesTranslated, fields);
}

function chooseTool(quirks: Quirks, model: string, fields: EditableFields, dropped: string[]): void {
  if (quirks.toolChoice === undefined || quirks.toolChoice.models?.test(model) === false) return;
  const choice = fields.get("tool_choice");
  const word = typeof choice === "string" ? quirks.toolChoice.words[choice] : undefined;
  if (word === undefined) return;
  fields.set("tool_choice", word);
  dropped.push("tool_choice");
}

/** Asks for JSON in place of JSON by a schema. @returns the message that tells of the schema, or null. */
function takeSchema(fields: EditableFields, dropped: string[]): [JsonObject] | null {
  const format = fields.get("response_format");
  if (!isObject(format) || format.type !== "json_schema" || !isObject(format.json_schema)) return null;
  fields.set("response_format", { type: "json_object" });
  dropped.push("response_format.json_schema");
  const { schema = {} } = format.json_schema;
  return [{
    role: "system",
    content: `Answer with JSON alone, valid by this JSON schema:\n${JSON.stringify(schema)}`,
  }];
}

function changesMessages(quirks: Quirks): boolean {
  return quirks.developerRole !== undefined || quirks.messagesRefuse !== undefined ||
    quirks.toolCallIdLength !== undefined;
}

function renameAll(renames: Readonly<Record<string, string>> | undefined, fields: EditableFields): void {
  if (renames === undefined) return;
  for (const [from, to] of Object.entries(renames)) rename(from, to, fields);
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

/** What a model does unasked. */
const DEFAULTS: Readonly<Record<string, JsonValue>> = {
  temperature: 1,
  top_p: 1,
  presence_penalty: 0,
  frequency_penalty: 0,
};

/**
 * SDKs write null, false, empty lists and the API's own defaults for what their users did not set: of these nothing
 * is told.
 */
function note(name: string, value: JsonValue, dropped: string[]): void {
  const says = value !== null && value !== false && value !== DEFAULTS[name] &&
    !(Array.isArray(value) && value.length === 0);
  if (says && !dropped.includes(name)) dropped.push(name);
}

/** Sets a list's field anew where one of its objects becomes another, or some come before them. */
function rewriteItems(
  name: string,
  fields: EditableFields,
  change: (item: JsonObject) => JsonObject,
  before: readonly JsonObject[] = [],
): void {
  const items = fields.get(name);
  if (!Array.isArray(items)) return;
  const changed = items.map((item) => isObject(item) ? change(item) : item);
  if (before.length === 0 && changed.every((item, index) => item === items[index])) return;
  fields.set(name, [...before, ...changed]);
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
