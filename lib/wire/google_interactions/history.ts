import type { JsonObject, JsonValue } from "../canonical.ts";
import { unseal } from "../google_signature.ts";
import { isObject } from "../shape.ts";
import { CONTENT_TYPES } from "./content.ts";
import { FORMAT } from "./format.ts";

/** A stored turn of a conversation, as far as its history needs it. */
export interface Turn {
  /** The turn's own input as steps. */
  readonly input: readonly JsonValue[];
  /** The interaction as it was answered. */
  readonly response: JsonObject;
}

/** A request's `input` as steps: what is not one already is something that the user says. */
export function inputSteps(input: JsonValue | undefined): JsonValue[] {
  if (typeof input === "string") return [userInput([{ type: "text", text: input }])];
  if (isObject(input)) return inputSteps([input]);
  if (!Array.isArray(input)) return [];
  const steps: JsonValue[] = [];
  let contents: JsonValue[] | null = null;
  for (const item of input) {
    const isContent = isObject(item) && item.role === undefined && CONTENT_TYPES.has(String(item.type));
    if (!isContent) {
      contents = null;
      steps.push(item);
    } else if (contents === null) {
      steps.push(userInput(contents = [item]));
    } else {
      contents.push(item);
    }
  }
  return steps;
}

function userInput(content: JsonValue[]): JsonObject {
  return { type: "user_input", content };
}

/** All that was said before, oldest first, and what is said now. */
export function expandInput(chain: readonly Turn[], input: JsonValue | undefined): JsonValue[] {
  const history = chain.flatMap(({ input, response }) => [
    ...input,
    ...Array.isArray(response.steps) ? response.steps : [],
  ]);
  return [...history, ...inputSteps(input)];
}

/** Steps without the thoughts of another provider's models, which Google could not read. */
export function withoutForeignThoughts(steps: readonly JsonValue[]): readonly JsonValue[] {
  const own = steps.filter((step) => !isForeignThought(step));
  return own.length === steps.length ? steps : own;
}

function isForeignThought(step: JsonValue): boolean {
  if (!isObject(step) || step.type !== "thought") return false;
  const { signature } = step;
  return typeof signature === "string" && unseal(signature, FORMAT).signatureFormat !== FORMAT;
}
