import type { ChatRequest, JsonObject } from "../canonical.ts";
import type { EncodedRequest } from "../codec.ts";
import { Dropped } from "../extensions.ts";
import { Fields, put } from "../shape.ts";
import { decodeMessages } from "./decode_messages.ts";
import { encodeMessages } from "./encode_messages.ts";
import { decodeSettings, encodeSettings } from "./settings.ts";
import { decodeTool, encodeTools } from "./tools.ts";

const FORMAT = "ollama_chat";

/** https://docs.ollama.com/api/chat */
export function decodeRequest(body: JsonObject): ChatRequest {
  const fields = new Fields(body, "", "invalid_request");
  const request: ChatRequest = { model: fields.string("model"), messages: decodeMessages(fields) };
  put(request, "tools", fields.optionalItems("tools")?.map(decodeTool));
  decodeSettings(fields, request, FORMAT, ["messages", "tools"]);
  return request;
}

export function encodeRequest(request: ChatRequest): EncodedRequest {
  const dropped = new Dropped();
  const body: JsonObject = { model: request.model, messages: encodeMessages(request.messages, dropped) };
  put(body, "tools", encodeTools(request, dropped));
  encodeSettings(request, body, FORMAT, dropped);
  return { body, dropped: dropped.names() };
}
