import type { ChatResponse, Choice, JsonObject, JsonValue, Part, Usage } from "../canonical.ts";
import type { EncodeContext } from "../codec.ts";
import { customToolNames } from "../custom_tools.ts";
import { asAsked } from "../openai_chat/response.ts";
import { Fields, isObject, put, unknownFields } from "../shape.ts";
import { echoRequest } from "./echo.ts";
import { type Ending, endingOf, finishReasonOf, ownEnding } from "./finish.ts";
import { extensionsOf, ownFields } from "./format.ts";
import { itemId } from "./item_ids.ts";
import { decodeItem, encodeContents, encodeItem, encodeMessage, groupItems, isContent } from "./items.ts";
import { dealLogprobs, encodeLogprobs } from "./logprobs.ts";
import { decodeUsage, encodeUsage } from "./usage.ts";

/** Fields of a response that have a place of their own in the canonical model, or follow from one. */
const RESPONSE_FIELDS = new Set([
  "id",
  "object",
  "created_at",
  "model",
  "status",
  "error",
  "incomplete_details",
  "output",
  "output_text",
  "usage",
  "service_tier",
]);

export function decodeResponse(body: JsonObject): ChatResponse {
  const fields = new Fields(body, "", "upstream_invalid_response");
  const output = fields.items("output");
  const parts = output.flatMap(decodeItem);
  const choice: Choice = { index: 0, parts, finishReason: finishReasonOf(body) };
  const tokens = output.flatMap((item) => logprobsOf(item.object));
  if (tokens.length > 0) choice.logprobs = { content: tokens };

  const response: ChatResponse = {
    id: fields.string("id"),
    model: fields.optionalString("model") ?? "",
    choices: [choice],
  };
  put(response, "created", fields.optionalNumber("created_at"));
  put(response, "serviceTier", fields.optionalString("service_tier"));
  const usage = fields.optionalFields("usage");
  if (usage !== undefined) response.usage = decodeUsage(usage);
  put(response, "extensions", extensionsOf(responseFields(body)));
  return response;
}

/** What only this format says of an answer: its echo of the request, and an ending out of the ordinary. */
export function responseFields(body: JsonObject): JsonObject | undefined {
  const rest = { ...unknownFields(body, RESPONSE_FIELDS), ...ownEnding(body) };
  return Object.keys(rest).length > 0 ? rest : undefined;
}

/**
 * One answer; the API has one choice, so that others are left out. It validates against `Response` of OpenAI's
 * API description.
 */
export function encodeResponse(response: ChatResponse, context: EncodeContext): JsonObject {
  const custom = customToolNames(context.request);
  const choice = response.choices[0] ?? { index: 0, parts: [], finishReason: "stop" };
  const parts = choice.parts.map((part) => part.type === "tool_call" ? asAsked(part, custom) : part);
  const own = ownFields(response.extensions) ?? {};
  const ending = endingOf(choice.finishReason, parts, own);
  const output = encodeOutput(parts, choice.logprobs?.content, context.id, ending.status);
  return responseBody(context, {
    ending,
    output,
    own,
    serviceTier: response.serviceTier,
    usage: response.usage,
  });
}

/** What a response is made of, beside what its context tells. */
export interface ResponseContent {
  readonly ending: Ending;
  readonly output: JsonObject[];
  readonly own: JsonObject;
  readonly serviceTier: string | undefined;
  readonly usage: Usage | undefined;
}

export function responseBody(context: EncodeContext, content: ResponseContent): JsonObject {
  const { status: _status, incomplete_details: _details, error: _error, ...echoed } = content.own;
  const body: JsonObject = {
    id: context.id,
    object: "response",
    created_at: context.created,
    ...content.ending,
    model: context.model,
    output: content.output,
    ...echoRequest(context, echoed, content.serviceTier),
  };
  if (content.usage !== undefined) body.usage = encodeUsage(content.usage);
  return body;
}

function encodeOutput(
  all: readonly Part[],
  tokens: JsonValue | undefined,
  responseId: string,
  status: string,
): JsonObject[] {
  const texts = all.filter((part) => part.type === "text");
  const dealt = Array.isArray(tokens)
    ? dealLogprobs(encodeLogprobs(tokens), texts.map((part) => part.text))
    : [];
  const groups = groupItems(all);
  return groups.flatMap((parts, index) => {
    const first = parts[0];
    if (first === undefined) return [];
    const id = itemId(first, responseId, index);
    // An answer that was cut short was cut in its last item.
    const itemStatus = status === "incomplete" && index === groups.length - 1 ? "incomplete" : "completed";
    if (isContent(first)) {
      const logprobs = dealt.splice(0, parts.filter((part) => part.type === "text").length);
      return [encodeMessage(first.item, id, itemStatus, encodeContents(parts, logprobs))];
    }
    const item = encodeItem(first, id, itemStatus);
    return item === null ? [] : [item];
  });
}

/** Log probabilities of all texts of a `message` item, in order. */
function logprobsOf(item: JsonObject): JsonValue[] {
  if (item.type !== "message" || !Array.isArray(item.content)) return [];
  return item.content.flatMap((content) =>
    isObject(content) && Array.isArray(content.logprobs) ? content.logprobs : []
  );
}
