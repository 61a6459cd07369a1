import type { ChatRequest, JsonObject, WireFormat } from "../canonical.ts";
import { type Dropped, ownFields } from "../extensions.ts";
import { type Fields, put, unknownFields } from "../shape.ts";
import { decodeFormat, encodeFormat } from "./format.ts";
import { decodeOptions, encodeOptions, reportInexpressible } from "./options.ts";
import { decodeThink, encodeThink } from "./think.ts";

const KNOWN = ["model", "format", "options", "stream", "think", "logprobs", "top_logprobs"];

/** Reads what both of Ollama's APIs have. @param content names of the fields that the API reads itself. */
export function decodeSettings(
  body: Fields,
  request: ChatRequest,
  format: WireFormat,
  content: readonly string[],
): void {
  put(request, "responseFormat", decodeFormat(body));
  put(request, "reasoning", decodeThink(body, format));
  put(request, "logprobs", body.optionalBoolean("logprobs"));
  put(request, "topLogprobs", body.optionalInteger("top_logprobs"));
  // An answer is streamed unless asked otherwise.
  request.stream = body.optionalBoolean("stream") ?? true;
  const rest: JsonObject = { ...unknownFields(body.object, new Set([...KNOWN, ...content])) };
  put(rest, "options", decodeOptions(body, request));
  if (Object.keys(rest).length > 0) request.extensions = { format, fields: rest };
}

/** Writes it, and reports what neither API can say. */
export function encodeSettings(
  request: ChatRequest,
  body: JsonObject,
  format: WireFormat,
  dropped: Dropped,
): void {
  const { options, ...own } = ownFields(format, request.extensions) ?? {};
  put(body, "format", encodeFormat(request.responseFormat));
  put(body, "think", encodeThink(request, format));
  put(body, "logprobs", request.logprobs);
  put(body, "top_logprobs", request.topLogprobs);
  put(body, "options", encodeOptions(request, options));
  body.stream = request.stream === true;
  reportInexpressible(request, dropped);
  dropped.addForeign(format, request.extensions);
  Object.assign(body, own);
}
