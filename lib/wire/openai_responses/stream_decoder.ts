import type { FinishReason, JsonObject, JsonValue, StreamEvent } from "../canonical.ts";
import type { EventDecoder } from "../codec.ts";
import { GatewayError } from "../../errors.ts";
import { MALFORMED_EVENT, parseEvent } from "../observed.ts";
import { Fields, isObject, put } from "../shape.ts";
import type { WireEvent } from "../framing.ts";
import { finishReasonOf } from "./finish.ts";
import { extensionsOf, FORMAT } from "./format.ts";
import { errorOf, FAILED } from "./observe.ts";
import { responseFields } from "./response.ts";
import { ItemReader } from "./item_reader.ts";
import { decodeUsage } from "./usage.ts";

const FAULT = "upstream_invalid_response";

type Handler = (decoder: ResponsesEventDecoder, event: Fields, out: StreamEvent[]) => void;

/**
 * What to do with an event. Those that only repeat what others say (`…_part.added` and `…_part.done` of a
 * summary) are ignored; those of tools that the provider runs go through as they are.
 */
const HANDLERS: ReadonlyMap<string, Handler> = new Map(Object.entries<Handler>({
  "response.created": (decoder, event, out) => decoder.begin(event.fields("response"), out),
  "response.queued": (decoder, event, out) => decoder.begin(event.fields("response"), out),
  "response.in_progress": (decoder, event, out) => decoder.begin(event.fields("response"), out),
  "response.output_item.added": (decoder, event, out) => decoder.items(out).open(event, out),
  "response.output_item.done": (decoder, event, out) => decoder.items(out).close(event, out),
  "response.content_part.added": (decoder, event, out) => decoder.items(out).openContent(event, out),
  "response.content_part.done": (decoder, event, out) => decoder.items(out).closeContent(event, out),
  "response.output_text.delta": (decoder, event, out) => decoder.items(out).contentDelta(event, "text", out),
  "response.output_text.done": (decoder, event, out) => decoder.items(out).contentDone(event, "text", out),
  "response.output_text.annotation.added": (decoder, event, out) => decoder.items(out).annotation(event, out),
  "response.refusal.delta": (decoder, event, out) => decoder.items(out).contentDelta(event, "refusal", out),
  "response.refusal.done": (decoder, event, out) => decoder.items(out).contentDone(event, "refusal", out),
  "response.reasoning_summary_part.added": () => {},
  "response.reasoning_summary_part.done": () => {},
  "response.reasoning_summary_text.delta": (decoder, event, out) =>
    decoder.items(out).summaryDelta(event, out),
  "response.reasoning_summary_text.done": (decoder, event, out) => decoder.items(out).summaryDone(event, out),
  "response.reasoning_text.delta": (decoder, event, out) => decoder.items(out).reasoningDelta(event, out),
  "response.reasoning_text.done": (decoder, event, out) => decoder.items(out).reasoningDone(event, out),
  "response.function_call_arguments.delta": (decoder, event, out) => decoder.items(out).callDelta(event, out),
  "response.function_call_arguments.done": (decoder, event, out) =>
    decoder.items(out).callDone(event, "arguments", out),
  "response.custom_tool_call_input.delta": (decoder, event, out) => decoder.items(out).callDelta(event, out),
  "response.custom_tool_call_input.done": (decoder, event, out) =>
    decoder.items(out).callDone(event, "input", out),
  "response.completed": (decoder, event, out) => decoder.finish(event.fields("response"), out),
  "response.incomplete": (decoder, event, out) => decoder.finish(event.fields("response"), out),
  "response.failed": (decoder, event, out) => decoder.fail(event.fields("response").raw("error"), out),
  "error": (decoder, event, out) => {
    const { error } = event.object;
    decoder.fail(isObject(error) ? error : event.object, out);
  },
}));

/** Reads the events of one answer. After an error, the provider's or one of shape, nothing more is read. */
export class ResponsesEventDecoder implements EventDecoder {
  readonly #items = new ItemReader();
  #begun = false;
  #ended = false;

  push(event: WireEvent): StreamEvent[] {
    if (this.#ended || event.data === "[DONE]") return [];
    const out: StreamEvent[] = [];
    const body = parseEvent(event);
    if (body === null) {
      this.#error(MALFORMED_EVENT.code, MALFORMED_EVENT.message, out);
      return out;
    }
    try {
      this.#read(body, event.type, out);
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
      this.#error(error.code, error.message, out);
    }
    return out;
  }

  #read(body: JsonObject, name: string, out: StreamEvent[]): void {
    const type = typeof body.type === "string" ? body.type : name;
    const handler = HANDLERS.get(type);
    if (handler !== undefined) handler(this, new Fields(body, "", FAULT), out);
    else out.push({ type: "opaque", format: FORMAT, value: { ...body, type } });
  }

  /** Reader of the items; a server that did not announce its response has begun with the first of them. */
  items(out: StreamEvent[]): ItemReader {
    if (!this.#begun) this.begin(new Fields({}, "response", FAULT), out);
    return this.#items;
  }

  /** The first event that shows the response; later ones say the same. */
  begin(response: Fields, out: StreamEvent[]): void {
    if (this.#begun) return;
    this.#begun = true;
    const start: Extract<StreamEvent, { type: "start" }> = {
      type: "start",
      id: response.optionalString("id") ?? "",
      model: response.optionalString("model") ?? "",
    };
    put(start, "created", response.optionalNumber("created_at"));
    put(start, "serviceTier", response.optionalString("service_tier"));
    // At its beginning a response has the status of one that goes on, which is no property of the answer.
    const { status: _status, ...fields } = responseFields(response.object) ?? {};
    if (Object.keys(fields).length > 0) put(start, "extensions", extensionsOf(fields));
    out.push(start);
  }

  finish(response: Fields, out: StreamEvent[]): void {
    this.begin(response, out);
    this.#ended = true;
    this.#items.finish(response.optionalItems("output") ?? [], out);
    const finish: Extract<StreamEvent, { type: "finish" }> = {
      type: "finish",
      choice: 0,
      reason: this.#reason(response.object),
    };
    put(finish, "extensions", extensionsOf(this.#endFields(response)));
    out.push(finish);
    const usage = response.optionalFields("usage");
    if (usage !== undefined) out.push({ type: "usage", usage: decodeUsage(usage) });
    out.push({ type: "end" });
  }

  /** Some servers end with a response whose output is empty: what was streamed counts too. */
  #reason(response: JsonObject): FinishReason {
    const reason = finishReasonOf(response);
    if (reason !== "stop") return reason;
    if (this.#items.hasCalls) return "tool_calls";
    return this.#items.hasRefusal ? "refusal" : "stop";
  }

  #endFields(response: Fields): JsonObject | undefined {
    const fields = responseFields(response.object);
    const tier = response.optionalString("service_tier");
    // A stream begins with the tier that was asked for, and ends with the one that served it.
    return tier === undefined ? fields : { ...fields, service_tier: tier };
  }

  fail(error: JsonValue | undefined, out: StreamEvent[]): void {
    const { code, message } = errorOf(error) ?? FAILED;
    this.#error(code, message, out);
  }

  #error(code: string, message: string, out: StreamEvent[]): void {
    this.#ended = true;
    out.push({ type: "error", code, message });
  }
}
