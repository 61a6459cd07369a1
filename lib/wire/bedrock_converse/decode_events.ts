import { GatewayError } from "../../errors.ts";
import type { JsonObject, Part, StreamEvent } from "../canonical.ts";
import type { EventDecoder } from "../codec.ts";
import type { WireEvent } from "../framing.ts";
import { MALFORMED_EVENT, parseEvent } from "../observed.ts";
import { Fields, unknownFields } from "../shape.ts";
import { exceptionOf } from "./exceptions.ts";
import { FORMAT } from "./format.ts";
import { restOf } from "./response.ts";
import { decodeStopReason } from "./stop_reason.ts";
import { decodeUsage } from "./usage.ts";

/** `p` is padding against listeners on the way; it means nothing. */
const KNOWN_OF_STOP = new Set(["stopReason", "p"]);

/** A content block under way. */
interface OpenBlock {
  readonly part: number;
  readonly type: Part["type"];
  /** Arguments came. */
  filled: boolean;
}

/** https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ConverseStreamOutput.html */
export class ConverseEventDecoder implements EventDecoder {
  readonly #blocks = new Map<number, OpenBlock>();
  #parts = 0;
  #started = false;
  #stopped = false;
  #ended = false;

  push(event: WireEvent): StreamEvent[] {
    if (this.#ended) return [];
    const body = parseEvent(event);
    const error = exceptionOf(event, body) ?? (body === null ? MALFORMED_EVENT : null);
    if (body === null || error !== null) return this.#fail({ type: "error", ...(error ?? MALFORMED_EVENT) });
    try {
      return this.#decode(new Fields(body, "", "upstream_invalid_response"), event.type);
    } catch (cause) {
      if (!(cause instanceof GatewayError)) throw cause;
      return this.#fail({ type: "error", code: cause.code, message: cause.message });
    }
  }

  /** `metadata` is the last event; without it the answer is whole all the same. */
  bodyEnded(): StreamEvent[] {
    if (this.#ended || !this.#stopped) return [];
    this.#ended = true;
    return [{ type: "end" }];
  }

  #decode(body: Fields, type: string): StreamEvent[] {
    const events: StreamEvent[] = [];
    if (!this.#started) {
      this.#started = true;
      events.push({ type: "start", id: "", model: "" });
    }
    switch (type) {
      case "messageStart":
        break;
      case "contentBlockStart":
        this.#blockStart(index(body), body.fields("start"), events);
        break;
      case "contentBlockDelta":
        this.#delta(index(body), body.fields("delta"), body.object, events);
        break;
      case "contentBlockStop":
        this.#blockStop(index(body), events);
        break;
      case "messageStop":
        this.#messageStop(body, events);
        break;
      case "metadata": {
        const usage = body.optionalObject("usage");
        if (usage !== undefined) events.push({ type: "usage", usage: decodeUsage(usage) });
        if (this.#stopped) {
          this.#ended = true;
          events.push({ type: "end" });
        }
        break;
      }
      default:
        events.push(opaque(type, body.object));
    }
    return events;
  }

  #blockStart(at: number, start: Fields, events: StreamEvent[]): void {
    if (!start.has("toolUse")) {
      events.push(opaque("contentBlockStart", { contentBlockIndex: at, start: start.object }));
      return;
    }
    const use = start.fields("toolUse");
    const value = {
      type: "tool_call",
      id: use.string("toolUseId"),
      name: use.string("name"),
      arguments: "",
    } as const;
    this.#open(at, value, events);
  }

  /** Only calls are announced; a text or a thought begins with its first delta. */
  #open(at: number, value: Part, events: StreamEvent[]): OpenBlock {
    const block: OpenBlock = { part: this.#parts++, type: value.type, filled: false };
    this.#blocks.set(at, block);
    events.push({ type: "part_start", choice: 0, part: block.part, value });
    return block;
  }

  #delta(at: number, delta: Fields, event: JsonObject, events: StreamEvent[]): void {
    if (typeof delta.raw("text") === "string") {
      const { part } = this.#blockOf(at, { type: "text", text: "" }, events);
      const text = delta.string("text");
      if (text !== "") events.push({ type: "text_delta", choice: 0, part, text });
    } else if (delta.has("toolUse")) {
      const block = this.#blocks.get(at);
      const text = delta.fields("toolUse").string("input");
      if (block?.type !== "tool_call" || text === "") return;
      block.filled = true;
      events.push({ type: "arguments_delta", choice: 0, part: block.part, text });
    } else if (delta.has("reasoningContent")) {
      this.#reasoning(at, delta.fields("reasoningContent"), events);
    } else if (delta.has("citation")) {
      const { part } = this.#blockOf(at, { type: "text", text: "" }, events);
      const value = delta.fields("citation").object;
      events.push({ type: "annotation", choice: 0, part, format: FORMAT, value });
    } else {
      events.push(opaque("contentBlockDelta", event));
    }
  }

  #reasoning(at: number, content: Fields, events: StreamEvent[]): void {
    const redacted = content.raw("redactedContent");
    if (typeof redacted === "string") {
      this.#open(at, { type: "reasoning", text: "", redacted }, events);
      return;
    }
    const { part } = this.#blockOf(at, { type: "reasoning", text: "" }, events);
    const text = content.optionalString("text") ?? "";
    if (text !== "") events.push({ type: "reasoning_delta", choice: 0, part, text });
    const signature = content.optionalString("signature") ?? "";
    if (signature !== "") {
      events.push({ type: "signature_delta", choice: 0, part, signature, format: "anthropic_messages" });
    }
  }

  #blockOf(at: number, value: Part, events: StreamEvent[]): OpenBlock {
    const block = this.#blocks.get(at);
    return block !== undefined && block.type === value.type ? block : this.#open(at, value, events);
  }

  #blockStop(at: number, events: StreamEvent[]): void {
    const block = this.#blocks.get(at);
    if (block === undefined) return;
    this.#blocks.delete(at);
    const base = { choice: 0, part: block.part };
    if (block.type === "tool_call" && !block.filled) {
      events.push({ type: "arguments_delta", ...base, text: "{}" });
    }
    events.push({ type: "part_end", ...base });
  }

  #messageStop(body: Fields, events: StreamEvent[]): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const at of [...this.#blocks.keys()]) this.#blockStop(at, events);
    const raw = body.optionalString("stopReason") ?? "end_turn";
    const finish: StreamEvent = { type: "finish", choice: 0, reason: decodeStopReason(raw) };
    const rest = restOf(unknownFields(body.object, KNOWN_OF_STOP), finish.reason, raw);
    if (rest !== undefined) finish.extensions = { format: FORMAT, fields: rest };
    events.push(finish);
  }

  #fail(error: StreamEvent): StreamEvent[] {
    this.#ended = true;
    return [error];
  }
}

function index(body: Fields): number {
  return body.optionalInteger("contentBlockIndex") ?? 0;
}

function opaque(type: string, event: JsonObject): StreamEvent {
  return { type: "opaque", format: FORMAT, value: { type, event } };
}
