import type { ChatResponse, JsonObject } from "../canonical.ts";
import type { EncodeContext } from "../codec.ts";
import { Dropped, ownFields } from "../extensions.ts";
import { Fields, put, unknownFields } from "../shape.ts";
import { FORMAT } from "./format.ts";
import { decodeStatus, encodeStatus } from "./status.ts";
import { decodeModelStep, encodeSteps } from "./steps.ts";
import { decodeUsage, encodeUsage } from "./usage.ts";

const KNOWN = new Set([
  "id",
  "model",
  "status",
  "steps",
  "usage",
  "created",
  "updated",
  "object",
  "service_tier",
]);

/** An `Interaction` that is over. */
export function decodeResponse(body: JsonObject): ChatResponse {
  const fields = new Fields(body, "", "upstream_invalid_response");
  const status = fields.string("status");
  const steps = fields.optionalItems("steps") ?? [];
  // An interaction that was asked for shows what it was made of as well.
  const answer = steps.filter(({ object }) =>
    object.type !== "user_input" && object.type !== "function_result"
  );
  const finishReason = decodeStatus(status, body.errors);
  const response: ChatResponse = {
    id: fields.optionalString("id") ?? "",
    model: fields.optionalString("model") ?? "",
    choices: [{ index: 0, parts: answer.flatMap(decodeModelStep), finishReason }],
  };
  const created = Date.parse(fields.optionalString("created") ?? "");
  if (!Number.isNaN(created)) response.created = Math.floor(created / 1000);
  const usage = fields.optionalObject("usage");
  if (usage !== undefined) put(response, "usage", decodeUsage(usage));
  const tier = fields.optionalString("service_tier");
  if (tier !== undefined) response.serviceTier = tier === "standard" ? "default" : tier;
  put(response, "extensions", restOf(body, status));
  return response;
}

/** What an interaction holds that the model has no place for. */
export function restOf(body: JsonObject, status: string): ChatResponse["extensions"] {
  const rest: JsonObject = { ...unknownFields(body, KNOWN) };
  if (encodeStatus(decodeStatus(status, body.errors)).status !== status) rest.status = status;
  const { created, updated } = body;
  if (updated !== created) put(rest, "updated", updated);
  return Object.keys(rest).length > 0 ? { format: FORMAT, fields: rest } : undefined;
}

export function encodeResponse(response: ChatResponse, context: EncodeContext): JsonObject {
  const [choice] = response.choices;
  const steps = choice === undefined
    ? []
    : encodeSteps(choice.parts, "model_output", new Dropped(), new Map());
  return {
    ...interactionOf(context, response.serviceTier),
    ...encodeStatus(choice?.finishReason ?? "error"),
    ...(response.usage !== undefined && { usage: encodeUsage(response.usage) }),
    steps,
    ...ownFields(FORMAT, response.extensions),
  };
}

/** What an interaction says besides its answer. */
export function interactionOf(context: EncodeContext, serviceTier: string | undefined): JsonObject {
  const time = new Date(context.created * 1000).toISOString().replace(".000Z", "Z");
  const interaction: JsonObject = {
    id: context.id,
    object: "interaction",
    model: context.model,
    created: time,
    updated: time,
  };
  if (serviceTier !== undefined) {
    interaction.service_tier = serviceTier === "default" ? "standard" : serviceTier;
  }
  return interaction;
}
