import { GatewayError } from "../../errors.ts";
import type { ChatRequest, JsonObject, JsonValue } from "../canonical.ts";
import { Fields, put, unknownFields } from "../shape.ts";

/** `best_of` is no loss where it asks for no more than `n` gives. */
const KNOWN = new Set([
  ...["model", "prompt", "suffix", "max_tokens", "temperature", "top_p", "n", "stream", "stream_options"],
  ...["logprobs", "echo", "stop", "presence_penalty", "frequency_penalty", "logit_bias", "seed", "user"],
]);

/**
 * A request for completions as chat: the prompt is a user's message.
 * @throws {GatewayError} 400 for what chat cannot be asked: several prompts, token ids, text in the middle.
 */
export function decodeRequest(body: JsonObject): ChatRequest {
  const fields = new Fields(body, "", "invalid_request");
  if (fields.optionalString("suffix")) {
    throw unsupported("suffix", "text can be continued, not filled in");
  }
  const request: ChatRequest = {
    model: fields.string("model"),
    messages: [{ role: "user", parts: [{ type: "text", text: promptOf(fields) }] }],
  };
  put(request, "maxOutputTokens", fields.optionalInteger("max_tokens"));
  put(request, "temperature", fields.optionalNumber("temperature"));
  put(request, "topP", fields.optionalNumber("top_p"));
  put(request, "frequencyPenalty", fields.optionalNumber("frequency_penalty"));
  put(request, "presencePenalty", fields.optionalNumber("presence_penalty"));
  put(request, "logitBias", fields.optionalObject("logit_bias"));
  put(request, "seed", fields.optionalInteger("seed"));
  put(request, "n", fields.optionalInteger("n"));
  put(request, "user", fields.optionalString("user"));
  put(request, "stream", fields.optionalBoolean("stream"));
  put(request, "includeUsage", fields.optionalFields("stream_options")?.optionalBoolean("include_usage"));
  put(request, "stop", fields.oneOrMoreStrings("stop"));
  const logprobs = fields.optionalInteger("logprobs");
  if (logprobs !== undefined) {
    request.logprobs = true;
    request.topLogprobs = logprobs;
  }
  fields.optionalBoolean("echo");
  const { best_of: best, ...others } = unknownFields(body, KNOWN) ?? {};
  const more = typeof best === "number" && best > (request.n ?? 1);
  const unknown: JsonObject = more ? { best_of: best, ...others } : others;
  if (Object.keys(unknown).length > 0) request.extensions = { format: "completions", fields: unknown };
  return request;
}

/** The prompt that the answer begins with, where that is asked for. */
export function echoOf(request: JsonObject): string {
  const { prompt } = request;
  if (request["echo"] !== true) return "";
  const text = Array.isArray(prompt) ? prompt[0] : prompt;
  return typeof text === "string" ? text : "";
}

function promptOf(fields: Fields): string {
  const prompt = fields.raw("prompt");
  if (typeof prompt === "string") return prompt;
  if (!Array.isArray(prompt) || prompt.length === 0) fields.fail("prompt", "a string or an array");
  if (prompt.some((each) => typeof each !== "string")) {
    if (prompt.every(isTokens) || isTokens(prompt)) {
      throw unsupported("prompt", "it takes text, no token ids");
    }
    fields.fail("prompt", "a string or an array of strings");
  }
  const [only] = prompt;
  if (prompt.length > 1 || typeof only !== "string") {
    throw unsupported("prompt", "it takes one prompt a request, not an array of several");
  }
  return only;
}

function isTokens(value: JsonValue): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === "number");
}

function unsupported(param: string, why: string): GatewayError {
  return new GatewayError(
    "unsupported_parameter",
    `Unsupported '${param}': this model answers completions by chat; ${why}.`,
    { param },
  );
}
