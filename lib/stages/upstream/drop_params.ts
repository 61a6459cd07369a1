import { GatewayError } from "../../errors.ts";
import type { ClientFormat, JsonObject, WireFormat } from "../../wire/canonical.ts";
import { THOUGHTS } from "../../wire/extensions.ts";
import { nameInFormat, valueAt } from "../../wire/param_names.ts";
import { isObject } from "../../wire/shape.ts";

/** Fields that an API has and no codec writes; null: it, or many who speak it, take fields that it does not know. */
const TAKES: Readonly<Record<WireFormat, ReadonlySet<string> | null>> = {
  openai_chat: null,
  openai_responses: null,
  ollama_chat: null,
  ollama_generate: null,
  // The model's maker decides.
  bedrock_converse: null,
  anthropic_messages: new Set([
    ...["thinking", "top_k", "container", "context_management", "mcp_servers", "inference_geo", "speed"],
    ...["cache_control", "output_config", "output_format"],
  ]),
  google_generate_content: new Set(["safetySettings", "cachedContent", "labels", "toolConfig"]),
  google_interactions: new Set([
    ...["safety_settings", "cached_content", "response_modalities", "environment", "webhook_config"],
  ]),
  cohere_chat: new Set([
    ...["documents", "citation_options", "safety_mode", "thinking", "strict_tools", "priority", "k", "p"],
  ]),
};

/** A client's request. Its JSON is parsed for whoever asks first, so that it is read only where something is lost. */
export interface Sent {
  readonly format: ClientFormat;
  readonly request: { readonly json: JsonObject };
}

/** Where Bedrock wants what only the model knows. */
const MODEL_FIELDS = "additionalModelRequestFields";

/**
 * Puts what was left out into a request after all, as the client wrote it, where the target may know the name.
 * @returns the names of what is left out still.
 */
export function passOn(
  dropped: readonly string[],
  sent: Sent,
  format: WireFormat,
  body: JsonObject,
): string[] {
  return dropped.filter((name) => {
    const takes = TAKES[format];
    if (name.includes(".") || (takes !== null && !takes.has(name))) return true;
    const { json } = sent.request;
    const value = valueAt(json, nameInFormat(sent.format, name, json));
    if (value === undefined) return true;
    const own = body[MODEL_FIELDS];
    const place = format === "bedrock_converse" ? body[MODEL_FIELDS] = isObject(own) ? own : {} : body;
    // What was fitted to the target stays as it was fitted.
    if (place[name] !== undefined) return true;
    place[name] = value;
    return false;
  });
}

/** @throws {GatewayError} `unsupported_parameter` where something is lost. Others' thoughts are no parameter. */
export function refuseDropped(dropped: readonly string[], { format, request }: Sent, provider: string): void {
  const lost = dropped.filter((name) => name !== THOUGHTS)
    .map((name) => nameInFormat(format, name, request.json));
  const [param] = lost;
  if (param === undefined) return;
  const names = lost.map((name) => `'${name}'`).join(", ");
  throw new GatewayError(
    "unsupported_parameter",
    `The provider '${provider}' cannot be told ${names}: remove ${
      lost.length > 1 ? "them" : "it"
    }, or let the ` +
      "gateway do so (`drop_params: drop`).",
    { param },
  );
}
