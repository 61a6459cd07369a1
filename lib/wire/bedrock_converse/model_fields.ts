import { type ModelRules, rulesOf } from "../anthropic_messages/model_rules.ts";
import { decodeThinking, encodeThinking } from "../anthropic_messages/thinking.ts";
import type { ChatRequest, JsonObject } from "../canonical.ts";
import type { Dropped } from "../extensions.ts";
import { effortOf } from "../reasoning_effort.ts";
import { type Fields, isObject, put, unknownFields } from "../shape.ts";

/**
 * `additionalModelRequestFields`: what a model takes besides what all do, in its maker's words. Those of Claude are
 * Anthropic's, those of OpenAI's open models OpenAI's.
 * @see https://docs.aws.amazon.com/bedrock/latest/userguide/model-parameters.html
 */

const KNOWN = new Set(["thinking", "output_config", "top_k", "reasoning_effort"]);

/** @returns the fields that the model does not know. */
export function decodeModelFields(body: Fields, request: ChatRequest): JsonObject | undefined {
  const fields = body.optionalFields("additionalModelRequestFields");
  if (fields === undefined) return undefined;
  put(request, "topK", fields.optionalInteger("top_k"));
  const effort = fields.optionalString("reasoning_effort");
  put(request, "reasoning", decodeThinking(fields) ?? (effort === undefined ? undefined : { effort }));
  return unknownFields(fields.object, KNOWN);
}

/** What kind of model it is, as far as its fields differ. */
interface Maker {
  readonly model: RegExp;
  encode(request: ChatRequest, fields: JsonObject, dropped: Dropped): void;
}

const MAKERS: readonly Maker[] = [
  {
    model: /claude/,
    encode(request, fields, dropped) {
      const rules = rulesOf(request.model);
      const { thinking, effort } = encodeThinking(
        request,
        rules,
        request.maxOutputTokens ?? rules.maxTokens,
        dropped,
      );
      put(fields, "thinking", thinking);
      if (effort !== undefined) fields.output_config = { effort };
      if (request.topK === undefined) return;
      if (thinks(thinking) || !rules.sampling) dropped.add("top_k");
      else fields.top_k = request.topK;
    },
  },
  {
    model: /gpt-oss|openai\./,
    encode(request, fields, dropped) {
      if (request.reasoning !== undefined) put(fields, "reasoning_effort", effortOf(request.reasoning));
      if (request.topK !== undefined) dropped.add("top_k");
    },
  },
  {
    // https://docs.aws.amazon.com/nova/latest/nova2-userguide/using-converse-api.html
    model: /nova/,
    encode(request, fields, dropped) {
      const effort = request.reasoning === undefined ? undefined : effortOf(request.reasoning);
      if (effort !== undefined && /nova-2/.test(request.model)) {
        const none = effort === "none";
        fields.reasoningConfig = none
          ? { type: "disabled" }
          : { type: "enabled", maxReasoningEffort: NOVA_EFFORTS[effort] ?? "medium" };
      } else if (effort !== undefined) dropped.add("reasoning");
      if (request.topK !== undefined) fields.inferenceConfig = { topK: request.topK };
    },
  },
];

const NOVA_EFFORTS: Readonly<Record<string, string>> = {
  minimal: "low",
  low: "low",
  medium: "medium",
  high: "high",
  xhigh: "high",
  max: "high",
};

export function encodeModelFields(
  request: ChatRequest,
  own: unknown,
  dropped: Dropped,
): JsonObject | undefined {
  const fields: JsonObject = {};
  const maker = MAKERS.find(({ model }) => model.test(request.model));
  if (maker !== undefined) {
    maker.encode(request, fields, dropped);
  } else {
    if (request.reasoning !== undefined && effortOf(request.reasoning) !== undefined) {
      dropped.add("reasoning");
    }
    if (request.topK !== undefined) dropped.add("top_k");
  }
  if (isObject(own as JsonObject)) Object.assign(fields, own);
  return Object.keys(fields).length === 0 ? undefined : fields;
}

/** What sampling Claude takes; null for the models of other makers, which take all. */
export function claudeRules(model: string): ModelRules | null {
  return /claude/.test(model) ? rulesOf(model) : null;
}

/** Whether Claude is told to think. */
export function thinks(thinking: unknown): boolean {
  return isObject(thinking as JsonObject) && (thinking as JsonObject).type !== "disabled";
}
