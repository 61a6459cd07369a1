import type {
  ChatRequest,
  JsonObject,
  JsonValue,
  ReasoningOptions,
  WireFormat,
} from "../../wire/canonical.ts";
import type { Codec } from "../../wire/codec.ts";
import type { JsonEdit } from "../../wire/json_scanner.ts";
import { isObject } from "../../wire/shape.ts";
import { jsonBytes } from "../json_request.ts";
import type { ModelRequest } from "../model_request.ts";
import type { Target } from "../model_table.ts";

/**
 * Edits of a client's body that ask for so much reasoning, as the target's model takes it. Its format's codec knows
 * how that is said: what it writes otherwise with than without is what has to be said. A format without reasoning
 * has no edits.
 */
export function reasoningEdits(
  request: ModelRequest,
  reasoning: ReasoningOptions,
  target: Target,
  codecs: Readonly<Record<WireFormat, Codec>>,
): JsonEdit[] {
  const { format } = request.codec;
  if (format === "completions") return [];
  const { reasoning: _asked, ...plain }: ChatRequest = { ...request.canonical, model: target.model };
  const codec = codecs[format];
  const without = codec.encodeRequest(plain).body;
  const body = codec.encodeRequest({ ...plain, reasoning }).body;
  return Object.entries(body)
    .filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(without[key]))
    .map(([key, value]) => ({ set: key, value: jsonBytes(merged(request.field(key), value)) }));
}

/** What a client says besides in the same object stays. */
function merged(given: JsonValue | undefined, value: JsonValue): JsonValue {
  if (!isObject(given) || !isObject(value)) return value;
  const result: JsonObject = { ...given };
  for (const [key, each] of Object.entries(value)) result[key] = merged(given[key], each);
  return result;
}
