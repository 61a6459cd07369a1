import type { FinishReason, JsonObject, Part, StreamEvent, Usage, WireFormat } from "../canonical.ts";
import type { EncodeContext, EventEncoder } from "../codec.ts";
import { customToolNames } from "../custom_tools.ts";
import { SSE_PING } from "../sse.ts";
import { type Ending, endingOf, responseError } from "./finish.ts";
import { FORMAT, ownFields } from "./format.ts";
import { itemId } from "./item_ids.ts";
import { isShown } from "./items.ts";
import { responseBody } from "./response.ts";
import { SseWriter } from "./sse_writer.ts";
import { CallStreamItem } from "./stream_call.ts";
import { OpaqueStreamItem, type StreamItem, type StreamPart } from "./stream_item.ts";
import { MessageStreamItem } from "./stream_message.ts";
import { ReasoningStreamItem } from "./stream_reasoning.ts";

const IN_PROGRESS: Ending = { status: "in_progress", error: null, incomplete_details: null };

/**
 * Writes the events of one answer in OpenAI's order: each item is announced, its contents are announced, told in
 * deltas and told whole, and the item is told whole; the terminal event has the whole response.
 */
export class ResponsesEventEncoder implements EventEncoder {
  readonly #context: EncodeContext;
  readonly #customTools: ReadonlySet<string>;
  readonly #writer = new SseWriter();
  readonly #items: StreamItem[] = [];
  readonly #parts = new Map<number, { part: StreamPart; item: StreamItem }>();
  /** Which parts there were, as far as they tell how the answer ended. */
  readonly #kinds: Part[] = [];
  #own: JsonObject = {};
  #serviceTier: string | undefined;
  #usage: Usage | undefined;
  #reason: FinishReason = "stop";
  #error: JsonObject | null = null;
  #begun = false;
  #ended = false;

  constructor(context: EncodeContext) {
    this.#context = context;
    this.#customTools = customToolNames(context.request);
  }

  get sequence(): number {
    return this.#writer.sequence;
  }

  push(event: StreamEvent): string {
    if (this.#ended) return "";
    this.#write(event);
    return this.#writer.take();
  }

  #write(event: StreamEvent): void {
    if ("choice" in event && event.choice !== 0) return;
    switch (event.type) {
      case "text_delta":
        return this.#parts.get(event.part)?.part.text?.(event.text, event.logprobs);
      case "refusal_delta":
      case "arguments_delta":
        return this.#parts.get(event.part)?.part.text?.(event.text, undefined);
      case "reasoning_delta":
        return this.#parts.get(event.part)?.part.reasoning?.(event.text, event.summaryIndex);
      case "signature_delta":
        return this.#parts.get(event.part)?.part.signature?.(event.signature, event.format);
      case "annotation":
        return this.#parts.get(event.part)?.part.annotate?.(event.format, event.value);
      case "start":
        return this.#start(event);
      case "part_start":
        return this.#startPart(event.part, event.value);
      case "part_end":
        return this.#endPart(event.part, event.value);
      case "usage":
        this.#usage = event.usage;
        return;
      case "finish":
        return this.#finish(event);
      case "end":
        return this.#end();
      case "error":
        return this.#fail(event.code, event.message);
      case "opaque":
        return this.#opaque(event.format, event.value);
      case "ping":
        return this.#writer.comment(SSE_PING);
    }
  }

  #start(event: Extract<StreamEvent, { type: "start" }>): void {
    this.#begun = true;
    this.#own = { ...ownFields(event.extensions) };
    this.#serviceTier = event.serviceTier;
    this.#usage = undefined;
    const response = this.#response(IN_PROGRESS);
    this.#writer.write("response.created", { response });
    this.#writer.write("response.in_progress", { response });
    this.#usage = event.usage;
  }

  #startPart(index: number, value: Part): void {
    if (!isShown(value)) return;
    this.#kinds.push(value);
    const entry = this.#openPart(value);
    if (entry !== null) this.#parts.set(index, entry);
  }

  /** The part's place in the output: a further content of the last message, or an item of its own. */
  #openPart(value: Part): { part: StreamPart; item: StreamItem } | null {
    if (value.type === "text" || value.type === "refusal") {
      const last = this.#items.at(-1);
      if (last instanceof MessageStreamItem && last.takes(value)) {
        return { part: last.add(value), item: last };
      }
      this.#closeEnded();
      const item = new MessageStreamItem(this.#writer, this.#items.length, this.#itemId(value), value.item);
      this.#items.push(item);
      return { part: item.add(value), item };
    }
    this.#closeEnded();
    const item = this.#singlePartItem(value, this.#items.length);
    if (item === null) return null;
    this.#items.push(item);
    return { part: item, item };
  }

  #singlePartItem(value: Part, index: number): (StreamItem & StreamPart) | null {
    switch (value.type) {
      case "reasoning":
        return new ReasoningStreamItem(this.#writer, index, this.#itemId(value), value);
      case "tool_call": {
        const custom = value.custom === true || this.#customTools.has(value.name);
        const id = this.#itemId({ ...value, custom });
        return new CallStreamItem(this.#writer, index, id, value, custom);
      }
      case "opaque":
        return new OpaqueStreamItem(this.#writer, index, value);
      default:
        return null;
    }
  }

  #itemId(value: Part): string {
    return itemId(value, this.#context.id, this.#items.length);
  }

  /** A new item begins: those before it that are complete were not cut short. */
  #closeEnded(): void {
    for (const item of this.#items) if (item.ended) item.close("completed");
  }

  #endPart(index: number, value: Part | undefined): void {
    const entry = this.#parts.get(index);
    if (entry === undefined) return;
    entry.part.end(value);
    const { item } = entry;
    if (item.ended && (item.closesAtOnce || item !== this.#items.at(-1))) item.close("completed");
  }

  #finish(event: Extract<StreamEvent, { type: "finish" }>): void {
    this.#reason = event.reason;
    const { service_tier: tier, ...own } = ownFields(event.extensions) ?? {};
    Object.assign(this.#own, own);
    if (typeof tier === "string") this.#serviceTier = tier;
    this.#closeAll();
  }

  #closeAll(): void {
    const { status } = this.#ending();
    for (const item of this.#items) item.close(this.#itemStatus(item, status));
  }

  /** An answer that was cut short was cut in its last item. */
  #itemStatus(item: StreamItem, status: string): string {
    return status === "incomplete" && item === this.#items.at(-1) ? "incomplete" : "completed";
  }

  #end(): void {
    this.#ended = true;
    this.#closeAll();
    this.#writeTerminal();
  }

  /** An error event, and the response that failed by it. */
  #fail(code: string, message: string): void {
    this.#ended = true;
    this.#error = responseError(code, message);
    this.#writer.write("error", { code, message, param: null });
    if (this.#begun) this.#writeTerminal();
  }

  #writeTerminal(): void {
    const response = this.final();
    const status = response.status === "incomplete" || response.status === "failed"
      ? response.status
      : "completed";
    this.#writer.write(`response.${status}`, { response });
  }

  final(): JsonObject {
    return this.#response(this.#ending());
  }

  #ending(): Ending {
    if (this.#error !== null) return { status: "failed", error: this.#error, incomplete_details: null };
    return endingOf(this.#reason, this.#kinds, this.#own);
  }

  #response(ending: Ending): JsonObject {
    return responseBody(this.#context, {
      ending,
      output: this.#items.map((item) => item.final(this.#itemStatus(item, ending.status))),
      own: this.#own,
      serviceTier: this.#serviceTier,
      usage: this.#usage,
    });
  }

  /** An event of a tool that the provider runs: its place and number are this stream's own. */
  #opaque(format: WireFormat, value: JsonObject): void {
    if (format !== FORMAT || typeof value.type !== "string") return;
    const { type, sequence_number: _number, ...fields } = value;
    const item = this.#items.find((each) => each.id === value.item_id);
    this.#writer.write(type, item === undefined ? fields : { ...fields, output_index: item.index });
  }
}
