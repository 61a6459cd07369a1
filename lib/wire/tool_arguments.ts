import type { JsonObject, JsonValue } from "./canonical.ts";
import { isObject } from "./shape.ts";

/**
 * A tool call's arguments as the object that some formats want. The model's own text is kept wherever a format
 * takes text; here it has to become JSON. Empty text is a call without arguments; text that is no JSON object
 * (a model's slip, a free-text tool) is wrapped, so that nothing of it is lost and the request stays valid.
 */
export function parseArguments(text: string): JsonObject {
  if (text.trim() === "") return {};
  const value = parseJson(text);
  return isObject(value) ? value : { input: value ?? text };
}

/** Arguments given as JSON, as the text that the other formats carry. */
export function printArguments(input: JsonValue | undefined): string {
  return typeof input === "string" ? input : JSON.stringify(input ?? {});
}

/** Whether the text is a whole JSON object, so that no more of it can follow. */
export function isCompleteObject(text: string): boolean {
  return text.trimEnd().endsWith("}") && isObject(parseJson(text));
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
