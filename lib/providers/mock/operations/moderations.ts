import type { JsonObject, JsonValue } from "../../../wire/canonical.ts";
import { isObject } from "../../../wire/shape.ts";
import { missing, MockRefusal } from "../prompt.ts";
import type { MockOperation } from "./operation.ts";

const CATEGORIES = [
  "hate",
  "hate/threatening",
  "harassment",
  "harassment/threatening",
  "illicit",
  "illicit/violent",
  "self-harm",
  "self-harm/intent",
  "self-harm/instructions",
  "sexual",
  "sexual/minors",
  "violence",
  "violence/graphic",
];

/** `POST /v1/moderations`: a text that names a category falls into it. */
export const moderations: MockOperation = ({ fields, model, newId }) => ({
  json: {
    id: newId("modr-"),
    model: model || "omni-moderation-latest",
    results: textsOf(fields["input"]).map(resultOf),
  },
});

function textsOf(input: JsonValue | undefined): string[] {
  if (input === undefined) throw missing("input");
  if (typeof input === "string") return [input];
  if (!Array.isArray(input) || input.length === 0) throw new MockRefusal(400, "Invalid 'input'.", "input");
  if (input.every((each) => typeof each === "string")) return input;
  const texts = input.map((part) => isObject(part) && typeof part["text"] === "string" ? part["text"] : "");
  return [texts.join(" ")];
}

function resultOf(text: string): JsonObject {
  const lower = text.toLowerCase();
  const named = new Set(CATEGORIES.filter((category) => lower.includes(category)));
  const each = (value: (category: string) => JsonValue): JsonObject =>
    Object.fromEntries(CATEGORIES.map((category) => [category, value(category)]));
  return {
    flagged: named.size > 0,
    categories: each((category) => named.has(category)),
    category_scores: each((category) => named.has(category) ? 0.99 : 0.001),
    category_applied_input_types: each(() => ["text"]),
  };
}
