import type { JsonObject, JsonValue } from "../canonical.ts";
import { isObject } from "../shape.ts";
import { isForeignSeal } from "./encrypted_content.ts";
import { responseIdOf } from "./item_ids.ts";
import { referenceOf } from "./item_reference.ts";

/** A stored turn of a conversation, as far as its history needs it. */
export interface Turn {
  /** The turn's own input items. */
  readonly input: readonly JsonValue[];
  /** The response object as it was answered. */
  readonly response: JsonObject;
}

/** A request's `input` as a list of items: a text is one message of the user's. */
export function inputItems(input: JsonValue | undefined): JsonValue[] {
  if (Array.isArray(input)) return input;
  if (typeof input !== "string") return [];
  return [{ type: "message", role: "user", content: [{ type: "input_text", text: input }] }];
}

/**
 * The output of an answer as items of the next turn's input. Ids stay, since OpenAI pairs calls with their
 * reasoning by them. What an output item has and an input item must not have goes: `created_by`, and the status of a
 * reasoning.
 */
export function outputAsInput(response: JsonObject): JsonObject[] {
  const { output } = response;
  if (!Array.isArray(output)) return [];
  return output.filter(isObject).map(asInput);
}

function asInput(item: JsonObject): JsonObject {
  const { created_by: _by, ...input } = item;
  if (item.type === "reasoning") delete input.status;
  return input;
}

/**
 * The whole input of a turn that goes on from a chain: everything that was said before, oldest first, and what
 * is said now. An item of the chain that is named or given again is left out, because it stands there already.
 * `instructions` of earlier turns are not carried over, as OpenAI does not.
 */
export function expandInput(chain: readonly Turn[], input: JsonValue | undefined): JsonValue[] {
  const history = chain.flatMap((turn) => [...turn.input, ...outputAsInput(turn.response)]);
  const known = new Set(history.map(idOf));
  known.delete(null);
  return [...history, ...inputItems(input).filter((item) => !known.has(idOf(item)))];
}

/** An item's id, or null: a message of the user's has none. */
function idOf(item: JsonValue): JsonValue {
  return isObject(item) ? item.id ?? null : null;
}

/**
 * Ids of the stored responses whose items an input refers to by id alone, each once. Clients that keep their own
 * history do so for items that they know to be stored. Items whose ids the gateway did not make lead nowhere.
 */
export function referencedResponses(input: JsonValue | undefined): string[] {
  const ids = new Set<string>();
  for (const item of inputItems(input)) {
    const id = responseIdOf(referenceOf(item) ?? "");
    if (id !== null) ids.add(id);
  }
  return [...ids];
}

/** Puts the items in place of the references to them; a reference to none of these responses' stays. */
export function resolveReferences(
  input: readonly JsonValue[],
  responses: readonly JsonObject[],
): JsonValue[] {
  const items = new Map<JsonValue | undefined, JsonObject>();
  for (const response of responses) {
    for (const item of outputAsInput(response)) items.set(item.id, item);
  }
  return input.map((item) => items.get(referenceOf(item) ?? undefined) ?? item);
}

/**
 * Input items for a provider that speaks this format itself: without reasoning that came from another format's
 * provider through this gateway, which it could neither read nor find.
 */
export function withoutForeignReasoning(items: readonly JsonValue[]): JsonValue[] {
  return items.filter((item) => {
    if (!isObject(item) || item.type !== "reasoning") return true;
    if (typeof item.encrypted_content === "string") return !isForeignSeal(item.encrypted_content);
    return typeof item.id !== "string" || responseIdOf(item.id) === null;
  });
}
