import type { FinishReason, JsonObject, JsonValue, Part } from "../canonical.ts";
import { isObject } from "../shape.ts";

/** The fields of a response that say how it ended. */
export interface Ending {
  readonly status: string;
  readonly incomplete_details: JsonValue;
  readonly error: JsonValue;
}

const STATUS_REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ["failed", "error"],
  ["cancelled", "error"],
  ["queued", "pause"],
  ["in_progress", "pause"],
]);

/** Why an answer ended: `status` and `incomplete_details`, and for a completed one what it consists of. */
export function finishReasonOf(body: JsonObject): FinishReason {
  const status = typeof body.status === "string" ? body.status : "completed";
  if (status === "incomplete") {
    return incompleteReason(body.incomplete_details) === "content_filter" ? "content_filter" : "length";
  }
  const reason = STATUS_REASONS.get(status);
  if (reason !== undefined) return reason;
  return completedReason(body.output);
}

/** A call that the client has to make goes before a refusal, and both before a plain end. */
function completedReason(output: JsonValue | undefined): FinishReason {
  let reason: FinishReason = "stop";
  for (const item of Array.isArray(output) ? output : []) {
    if (!isObject(item)) continue;
    if (item.type === "function_call" || item.type === "custom_tool_call") return "tool_calls";
    if (item.type === "message" && Array.isArray(item.content) && item.content.some(isRefusal)) {
      reason = "refusal";
    }
  }
  return reason;
}

function isRefusal(content: JsonValue): boolean {
  return isObject(content) && content.type === "refusal";
}

/** The fields of an ending that its reason alone would not bring back. */
export function ownEnding(body: JsonObject): JsonObject {
  const reason = finishReasonOf(body);
  const own: JsonObject = {};
  if (body.status !== undefined && body.status !== "completed" && body.status !== "incomplete") {
    own.status = body.status;
  }
  if (isObject(body.error)) own.error = body.error;
  const details = body.incomplete_details;
  if (isObject(details) && incompleteReason(details) !== reasonName(reason)) own.incomplete_details = details;
  return own;
}

/**
 * How a response shows an end.
 * @param own What {@linkcode ownEnding} kept of an answer in this format.
 */
export function endingOf(reason: FinishReason, parts: readonly Part[], own: JsonObject = {}): Ending {
  switch (reason) {
    case "stop":
    case "tool_calls":
      return COMPLETED;
    case "refusal":
      // A refusal in words is an answer; a refusal that only stops the answer is what a filter does here.
      return hasRefusal(parts) ? COMPLETED : incomplete({ reason: "content_filter" });
    case "pause":
      if (typeof own.status === "string") {
        return { status: own.status, incomplete_details: null, error: null };
      }
      return incomplete(own.incomplete_details ?? { reason: "max_output_tokens" });
    case "length":
    case "content_filter":
      return incomplete(own.incomplete_details ?? { reason: reasonName(reason) });
    case "error":
      return {
        status: typeof own.status === "string" ? own.status : "failed",
        incomplete_details: null,
        error: own.error ??
          (own.status === "cancelled" ? null : responseError("", "The model gave no answer.")),
      };
  }
}

/** A response's `error`: its codes are a closed list, so that an unknown one becomes `server_error`. */
export function responseError(code: string, message: string): JsonObject {
  return { code: RESPONSE_ERROR_CODES.has(code) ? code : "server_error", message };
}

/** `ResponseErrorCode` of OpenAI's API description, as far as a model's call can end with it. */
const RESPONSE_ERROR_CODES: ReadonlySet<string> = new Set([
  "server_error",
  "rate_limit_exceeded",
  "invalid_prompt",
  "data_residency_mismatch",
  "bio_policy",
  "vector_store_timeout",
  "invalid_image",
  "invalid_image_format",
  "invalid_base64_image",
  "invalid_image_url",
  "image_too_large",
  "image_too_small",
  "image_parse_error",
  "image_content_policy_violation",
  "invalid_image_mode",
  "image_file_too_large",
  "unsupported_image_media_type",
  "empty_image_file",
  "failed_to_download_image",
  "image_file_not_found",
]);

const COMPLETED: Ending = { status: "completed", incomplete_details: null, error: null };

function incomplete(details: JsonValue): Ending {
  return { status: "incomplete", incomplete_details: details, error: null };
}

function incompleteReason(details: JsonValue | undefined): string {
  return isObject(details) && typeof details.reason === "string" ? details.reason : "";
}

function reasonName(reason: FinishReason): string {
  return reason === "content_filter" ? reason : "max_output_tokens";
}

function hasRefusal(parts: readonly Part[]): boolean {
  return parts.some((part) => part.type === "refusal");
}
