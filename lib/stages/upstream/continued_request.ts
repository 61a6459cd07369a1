import { GatewayError } from "../../errors.ts";
import type { Exchange } from "../../telemetry/exchange.ts";
import type { ChatRequest, JsonObject, Message, WireFormat } from "../../wire/canonical.ts";
import type { Codec } from "../../wire/codec.ts";
import { jsonBytes } from "../json_request.ts";
import { ModelRequest } from "../model_request.ts";
import type { Target } from "../model_table.ts";
import { type PreparedRequest, prepareRequest } from "./prepare_request.ts";

/** How a model is brought to go on with a text. */
type Way =
  /** The last message is an answer, which Anthropic's models of before 4.6 go on with. */
  | "prefill"
  /** The same, said by the fields of vLLM and SGLang. */
  | "final_message"
  /** The same, said in the message, as Mistral has it. */
  | "prefix"
  /** It is asked to. */
  | "asked";

/** @see https://platform.claude.com/docs/en/build-with-claude/prompt-engineering/prefill-claudes-response */
const PREFILLED = /claude-(2|3|instant)|claude-(opus|sonnet|haiku)-4(-[015])?($|[-@]\d{8})/;

/** As a user's message: nobody's system prompt is touched. */
const ASK =
  "Your last message was cut off while it was being sent. Send the rest of it, from the very character after its last " +
  "one, in the same language and format. Repeat nothing of it, and do not mention that it was cut off.";

export interface ContinuedRequest {
  readonly prepared: PreparedRequest;
  /** White space at the end of the text that the model is not given, since it must not stand there. */
  readonly cut: string;
}

/**
 * The request of an answer that broke off, for a target that shall go on with it.
 * @param text what the client has of the answer.
 * @param tokens about how many these are, of those that the client asked for at most.
 * @throws {GatewayError} where it cannot be brought to.
 */
export function continuedRequest(
  exchange: Exchange,
  request: ModelRequest,
  target: Target,
  codecs: Readonly<Record<WireFormat, Codec>>,
  { text, tokens }: { readonly text: string; readonly tokens: number },
): ContinuedRequest {
  const { codec, model, reasoning } = request;
  if (codec.format === "completions") throw cannot("plain completions have no messages to go on from");
  const { canonical } = request;
  const way = wayOf(target, codec.format, reasoning !== null || canonical.reasoning !== undefined);
  // Half of a structure is no place to begin for who was asked to speak.
  if (way === "asked" && structured(canonical)) {
    throw cannot("half of a structure can only be given as a prefix");
  }
  const given = way === "prefill" ? text.trimEnd() : text;
  if (given === "") throw cannot("there is nothing to go on with");
  const messages: Message[] = [...canonical.messages, said("assistant", given)];
  if (way === "asked") messages.push(said("user", ASK));
  const asked: ChatRequest = { ...canonical, messages };
  if (canonical.maxOutputTokens !== undefined) {
    asked.maxOutputTokens = Math.max(1, canonical.maxOutputTokens - tokens);
  }
  const { body } = codecs[codec.format].encodeRequest(asked);
  const named = codec.modelInPath === true ? { model, stream: true } : null;
  const continued = new ModelRequest(codec, jsonBytes(body), named);
  continued.reasoning = reasoning;
  const prepared = prepareRequest(exchange, continued, target, codecs);
  return { prepared: marked(prepared, way), cut: text.slice(given.length) };
}

function cannot(why: string): GatewayError {
  return new GatewayError("upstream_stream_incomplete", `The stream cannot be continued: ${why}.`);
}

function wayOf({ provider, model }: Target, client: WireFormat, reasons: boolean): Way {
  const format = provider.speaks(client) ? client : provider.formats[0];
  if (format === "openai_chat") return provider.quirks?.continues ?? "asked";
  return format === "anthropic_messages" && !reasons && PREFILLED.test(model) ? "prefill" : "asked";
}

function structured({ responseFormat }: ChatRequest): boolean {
  return responseFormat !== undefined && responseFormat.type !== "text";
}

function said(role: "assistant" | "user", text: string): Message {
  return { role, parts: [{ type: "text", text }] };
}

function marked(prepared: PreparedRequest, way: Way): PreparedRequest {
  if (way !== "final_message" && way !== "prefix") return prepared;
  const body = JSON.parse(new TextDecoder().decode(prepared.body)) as JsonObject;
  if (way === "final_message") {
    Object.assign(body, { add_generation_prompt: false, continue_final_message: true });
  } else {
    const last = (body["messages"] as JsonObject[] | undefined)?.at(-1);
    if (last !== undefined) last["prefix"] = true;
  }
  return { ...prepared, body: jsonBytes(body) };
}
