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

export interface ReasoningEdits {
  readonly edits: readonly JsonEdit[];
  /** Canonical names of what cannot be had with reasoning, or of reasoning itself where it cannot be had. */
  readonly dropped: readonly string[];
}

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
): ReasoningEdits {
  const { format } = request.codec;
  if (target.reasoningSwitch !== undefined && format === "openai_chat") {
    const value = templateSwitch(request.field(TEMPLATE), target.reasoningSwitch, reasoning);
    return { edits: [{ set: TEMPLATE, value: jsonBytes(value) }], dropped: [] };
  }
  if (format === "completions" || reasoning.effort === "none") return { edits: [], dropped: [] };
  const { reasoning: _asked, ...plain }: ChatRequest = { ...request.canonical, model: target.model };
  const codec = codecs[format];
  const { body: without, dropped: before } = codec.encodeRequest(plain);
  const { body, dropped } = codec.encodeRequest({ ...plain, reasoning });
  // Some of what else was asked for cannot be had with it.
  const refused = Object.keys(without).filter((key) => body[key] === undefined);
  const removals = refused.map((key): JsonEdit => ({ remove: key }));
  const additions = Object.entries(body)
    .filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(without[key]))
    .map(([key, value]): JsonEdit => ({ set: key, value: jsonBytes(merged(request.field(key), value)) }));
  return { edits: [...removals, ...additions], dropped: dropped.filter((name) => !before.includes(name)) };
}

/** Where vLLM and SGLang take what a model's chat template knows. */
export const TEMPLATE = "chat_template_kwargs";

/** The client's own values with the switch set. */
export function templateSwitch(
  given: JsonValue | undefined,
  name: string,
  { effort }: ReasoningOptions,
): JsonObject {
  return { ...(isObject(given) ? given : {}), [name]: effort !== "none" };
}

/** What a client says besides in the same object stays. */
function merged(given: JsonValue | undefined, value: JsonValue): JsonValue {
  if (!isObject(given) || !isObject(value)) return value;
  const result: JsonObject = { ...given };
  for (const [key, each] of Object.entries(value)) result[key] = merged(given[key], each);
  return result;
}
