import type { JsonObject, MessageItem, Part, RefusalPart, StreamEvent, TextPart } from "../canonical.ts";
import { Fields } from "../shape.ts";
import { decodeContent } from "./content.ts";
import {
  decodeCall,
  decodeCustomCall,
  decodeMessageContent,
  decodeReasoning,
  isContent,
  messageItem,
  opaque,
} from "./items.ts";
import { OpenPart } from "./open_part.ts";

type ContentType = "text" | "refusal";
type CallField = "arguments" | "input";

/** An item of the output that is being read. */
class OpenItem {
  /** Parts of a message, by content index. */
  readonly contents = new Map<number, OpenPart>();
  readonly message: MessageItem | undefined;
  constructor(
    readonly type: string,
    added: JsonObject,
    /** The part that any item but a message is. */
    readonly part: OpenPart | null,
  ) {
    if (type === "message") this.message = messageItem(asEnded(added));
  }
}

/**
 * Turns the events of output items into those of parts. Items are known by their index: some servers change the
 * ids between events. What a server left out (an `added`, the deltas) is made up for from what follows, so that
 * all texts are complete at their part's end.
 */
export class ItemReader {
  readonly #items = new Map<number, OpenItem>();
  #parts = 0;
  hasCalls = false;
  hasRefusal = false;

  /** `response.output_item.added` */
  open(event: Fields, out: StreamEvent[]): void {
    this.#open(indexOf(event), event.fields("item"), out);
  }

  #open(index: number, item: Fields, out: StreamEvent[]): OpenItem {
    const type = item.string("type");
    const part = type === "message" ? null : this.#start(startOf(item), out);
    const open = new OpenItem(type, item.object, part);
    this.#items.set(index, open);
    return open;
  }

  #start(value: Part, out: StreamEvent[]): OpenPart {
    const part = new OpenPart(this.#parts++);
    if (value.type === "tool_call") this.hasCalls = true;
    if (value.type === "refusal") this.hasRefusal = true;
    part.start(value, out);
    return part;
  }

  /** `response.output_item.done` */
  close(event: Fields, out: StreamEvent[]): void {
    this.#close(indexOf(event), event.fields("item"), out);
  }

  #close(index: number, item: Fields, out: StreamEvent[]): void {
    const open = this.#items.get(index) ?? this.#open(index, item, out);
    if (open.part !== null) closePart(open.part, item, out);
    else this.#closeMessage(open, item, out);
  }

  #closeMessage(open: OpenItem, item: Fields, out: StreamEvent[]): void {
    const contents = Array.isArray(item.raw("content")) ? item.items("content") : [];
    contents.forEach((content, index) => {
      const value = decodeMessageContent(item, content, open.message);
      if (value.type === "opaque") this.#whole(open, index, value, out);
      else this.#closeContent(open, index, value, out);
    });
    // A message without content: kept, as when it is read whole.
    if (open.contents.size === 0) this.#whole(open, 0, opaque(item.object), out);
  }

  /** A part that is told at once. */
  #whole(open: OpenItem, index: number, value: Part, out: StreamEvent[]): void {
    const part = this.#start(value, out);
    part.end(out, value);
    open.contents.set(index, part);
  }

  /** `response.content_part.added`; the content of a reasoning is part of the reasoning. */
  openContent(event: Fields, out: StreamEvent[]): void {
    const type = contentType(event.fields("part"));
    if (type !== null) this.#contentOf(event, type, out);
  }

  /** `response.content_part.done` */
  closeContent(event: Fields, out: StreamEvent[]): void {
    const content = event.fields("part");
    if (contentType(content) !== null) {
      const item = this.#messageOf(event);
      this.#closeContent(item, contentIndexOf(event), decodeContent(content, item.message), out);
    }
  }

  #closeContent(item: OpenItem, index: number, value: Part, out: StreamEvent[]): void {
    if (!isContent(value)) return;
    const part = item.contents.get(index) ?? this.#content(item, index, value.type, out);
    if (part.ended) return;
    part.complete(value.type, value.text, out);
    if (value.type === "text") part.completeAnnotations(value.annotations?.items ?? [], out);
    part.end(out);
  }

  contentDelta(event: Fields, type: ContentType, out: StreamEvent[]): void {
    this.#contentOf(event, type, out).say(type, event.string("delta"), out, event.raw("logprobs"));
  }

  contentDone(event: Fields, type: ContentType, out: StreamEvent[]): void {
    const text = event.string(type);
    this.#contentOf(event, type, out).complete(type, text, out);
  }

  annotation(event: Fields, out: StreamEvent[]): void {
    this.#contentOf(event, "text", out).annotate(event.raw("annotation") ?? null, out);
  }

  /** The part of a message that an event is about. */
  #contentOf(event: Fields, type: ContentType, out: StreamEvent[]): OpenPart {
    const item = this.#messageOf(event);
    const index = contentIndexOf(event);
    return item.contents.get(index) ?? this.#content(item, index, type, out);
  }

  #content(item: OpenItem, index: number, type: ContentType, out: StreamEvent[]): OpenPart {
    const value: TextPart | RefusalPart = { type, text: "" };
    if (item.message !== undefined) value.item = item.message;
    const part = this.#start(value, out);
    item.contents.set(index, part);
    return part;
  }

  #messageOf(event: Fields): OpenItem {
    const index = indexOf(event);
    let item = this.#items.get(index);
    if (item === undefined) {
      item = new OpenItem("message", withId(event), null);
      this.#items.set(index, item);
    }
    return item;
  }

  summaryDelta(event: Fields, out: StreamEvent[]): void {
    this.#reasoningOf(event, out).saySummary(summaryIndexOf(event), event.string("delta"), out);
  }

  summaryDone(event: Fields, out: StreamEvent[]): void {
    this.#reasoningOf(event, out).completeSummary(summaryIndexOf(event), event.string("text"), out);
  }

  reasoningDelta(event: Fields, out: StreamEvent[]): void {
    this.#reasoningOf(event, out).say("reasoning", event.string("delta"), out);
  }

  reasoningDone(event: Fields, out: StreamEvent[]): void {
    this.#reasoningOf(event, out).complete("reasoning", event.string("text"), out);
  }

  #reasoningOf(event: Fields, out: StreamEvent[]): OpenPart {
    const part = this.#items.get(indexOf(event))?.part;
    if (part !== undefined && part !== null) return part;
    const made = this.#start(decodeReasoning(new Fields(withId(event), "item", event.fault)), out);
    this.#items.set(indexOf(event), new OpenItem("reasoning", {}, made));
    return made;
  }

  /** Pieces of a call that was not announced wait for its `done`: until then it has no name. */
  callDelta(event: Fields, out: StreamEvent[]): void {
    this.#items.get(indexOf(event))?.part?.say("tool_call", event.string("delta"), out);
  }

  callDone(event: Fields, field: CallField, out: StreamEvent[]): void {
    this.#items.get(indexOf(event))?.part?.complete("tool_call", event.string(field), out);
  }

  /**
   * The stream's end.
   * @param output of the whole response, which is all there is where a server streamed none of it.
   */
  finish(output: readonly Fields[], out: StreamEvent[]): void {
    if (this.#items.size === 0) output.forEach((item, index) => this.#close(index, item, out));
    for (const item of this.#items.values()) {
      item.part?.end(out);
      for (const part of item.contents.values()) part.end(out);
    }
  }
}

/** What a part is before anything of it was told. */
function startOf(item: Fields): Part {
  const started = new Fields(asEnded(item.object), item.path, item.fault);
  switch (item.raw("type")) {
    case "reasoning": {
      const { id, extensions } = decodeReasoning(started);
      return {
        type: "reasoning",
        text: "",
        summary: [],
        ...(id === undefined ? {} : { id }),
        ...(extensions === undefined ? {} : { extensions }),
      };
    }
    case "function_call":
      return { ...decodeCall(started), arguments: "" };
    case "custom_tool_call":
      return { ...decodeCustomCall(started), arguments: "" };
    default:
      return opaque(item.object);
  }
}

/** Completes and ends the part that an item is. */
function closePart(part: OpenPart, item: Fields, out: StreamEvent[]): void {
  switch (item.raw("type")) {
    case "reasoning": {
      const reasoning = decodeReasoning(item);
      part.completeReasoning(reasoning, out);
      return part.end(out, reasoning);
    }
    case "function_call":
    case "custom_tool_call": {
      const call = item.raw("type") === "function_call" ? decodeCall(item) : decodeCustomCall(item);
      part.complete("tool_call", call.arguments, out);
      return part.end(out, call);
    }
    default:
      return part.end(out, opaque(item.object));
  }
}

/** An item without the status of one that goes on, which is no property of the part. */
function asEnded(item: JsonObject): JsonObject {
  const { status: _status, ...rest } = item;
  return rest;
}

function withId(event: Fields): JsonObject {
  const id = event.raw("item_id");
  return typeof id === "string" ? { id } : {};
}

function contentType(content: Fields): ContentType | null {
  const type = content.raw("type");
  if (type === "refusal") return type;
  return type === "output_text" ? "text" : null;
}

function indexOf(event: Fields): number {
  return event.optionalInteger("output_index") ?? 0;
}

function contentIndexOf(event: Fields): number {
  return event.optionalInteger("content_index") ?? 0;
}

function summaryIndexOf(event: Fields): number {
  return event.optionalInteger("summary_index") ?? 0;
}
