import { GatewayError } from "../../errors.ts";
import type { ChatRequest, JsonObject, Message } from "../canonical.ts";
import type { EncodedRequest } from "../codec.ts";
import { Dropped } from "../extensions.ts";
import { Fields } from "../shape.ts";
import { decodeContent } from "./decode_messages.ts";
import { encodeContent } from "./encode_messages.ts";
import { decodeSettings, encodeSettings } from "./settings.ts";

const FORMAT = "ollama_generate";

/** https://docs.ollama.com/api/generate */
export function decodeRequest(body: JsonObject): ChatRequest {
  const fields = new Fields(body, "", "invalid_request");
  const messages: Message[] = [];
  const system = fields.optionalString("system") ?? "";
  if (system !== "") messages.push({ role: "system", parts: [{ type: "text", text: system }] });
  const parts = decodeContent(fields, "prompt");
  if (parts.length === 0) fields.fail("prompt", "a text that is not empty");
  messages.push({ role: "user", parts });
  const request: ChatRequest = { model: fields.string("model"), messages };
  decodeSettings(fields, request, FORMAT, ["prompt", "system", "images"]);
  return request;
}

/** @throws {GatewayError} `unsupported_parameter` for a conversation of more than one turn, or with tools. */
export function encodeRequest(request: ChatRequest): EncodedRequest {
  const dropped = new Dropped();
  const system = request.messages.filter(isInstruction);
  const [prompt, more] = request.messages.filter((message) => !isInstruction(message));
  if (prompt?.role !== "user" || more !== undefined || (request.tools ?? []).length > 0) {
    throw new GatewayError("unsupported_parameter", "A completion has one prompt and no tools.", {
      param: "messages",
    });
  }
  for (const message of request.messages) {
    if (message.name !== undefined) dropped.add("messages.name");
    dropped.addForeign(FORMAT, message.extensions, "messages.");
  }
  const { content, ...images } = encodeContent(prompt.parts, "\n", dropped);
  const body: JsonObject = { model: request.model, prompt: content, ...images };
  if (system.length > 0) {
    body.system = encodeContent(system.flatMap((message) => message.parts), "\n", dropped).content;
  }
  encodeSettings(request, body, FORMAT, dropped);
  return { body, dropped: dropped.names() };
}

function isInstruction(message: Message): boolean {
  return message.role === "system" || message.role === "developer";
}
