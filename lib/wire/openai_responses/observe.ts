import type { JsonObject, JsonValue } from "../canonical.ts";
import type { Observed } from "../codec.ts";
import { nothingObserved } from "../observed.ts";
import { Fields, isObject } from "../shape.ts";
import { finishReasonOf } from "./finish.ts";
import { decodeUsage } from "./usage.ts";

/** The error of an answer that failed without saying why. */
export const FAILED = {
  code: "upstream_error",
  message: "The provider ended the answer as failed.",
} as const;

/** What a whole answer says, read without decoding its contents. */
export function observeResponse(body: JsonObject): Observed {
  const observed = nothingObserved();
  observeInto(observed, body);
  return observed;
}

/** Reads a `response` object: who it is, how it ended, what it used. Never throws. */
export function observeInto(observed: Observed, body: JsonObject): void {
  if (typeof body.id === "string") observed.responseId = body.id;
  if (typeof body.model === "string") observed.model = body.model;
  observed.error = errorOf(body.error) ?? observed.error;
  if (!Array.isArray(body.output)) return;
  observed.final = body;
  observed.finishReason = finishReasonOf(body);
  if (isObject(body.usage) && typeof body.usage.input_tokens === "number") {
    observed.usage = usageOf(body.usage);
  }
}

/** An error object as both of a response's `error`, an `error` event and an error body have it. */
export function errorOf(value: JsonValue | undefined): { code: string; message: string } | null {
  if (!isObject(value)) return null;
  const code = [value.code, value.type].find((each) => typeof each === "string" && each !== "error");
  return {
    code: typeof code === "string" ? code : "upstream_error",
    message: typeof value.message === "string"
      ? value.message
      : "The provider gave an error without a message.",
  };
}

function usageOf(usage: JsonObject): Observed["usage"] {
  try {
    return decodeUsage(new Fields(usage, "usage", "upstream_invalid_response"));
  } catch {
    // Counts of the wrong kind are no reason to fail an answer that is only passed through.
    return null;
  }
}
