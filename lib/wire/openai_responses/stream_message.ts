import type { JsonObject, JsonValue, MessageItem, RefusalPart, TextPart, WireFormat } from "../canonical.ts";
import { annotationInResponses } from "./annotations.ts";
import { encodeOutputContent } from "./content.ts";
import { FORMAT } from "./format.ts";
import { encodeMessage, sameItem } from "./items.ts";
import { encodeLogprobs } from "./logprobs.ts";
import { type DeltaFrame, deltaFrame, type Place, type SseWriter } from "./sse_writer.ts";
import type { StreamItem, StreamPart } from "./stream_item.ts";

/** A `message` item with its contents. */
export class MessageStreamItem implements StreamItem {
  readonly id: string;
  readonly contents: ContentStreamPart[] = [];
  readonly closesAtOnce = false;
  #closed = false;
  constructor(
    readonly writer: SseWriter,
    readonly index: number,
    id: string,
    readonly message: MessageItem | undefined,
  ) {
    this.id = message?.id ?? id;
    writer.write("response.output_item.added", { output_index: index, item: this.final("in_progress") });
  }

  /** Whether a part is a further content of this item. */
  takes(part: TextPart | RefusalPart): boolean {
    const last = this.contents.at(-1);
    return !this.#closed && last !== undefined && sameItem(last.value, part);
  }

  add(part: TextPart | RefusalPart): ContentStreamPart {
    const content = new ContentStreamPart(this, this.contents.length, part);
    this.contents.push(content);
    return content;
  }

  get ended(): boolean {
    return this.contents.every((content) => content.ended);
  }

  close(status: string): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const content of this.contents) content.end();
    this.writer.write("response.output_item.done", { output_index: this.index, item: this.final(status) });
  }

  final(status: string): JsonObject {
    return encodeMessage(this.message, this.id, status, this.contents.map((content) => content.encode()));
  }
}

/** A text or a refusal within a message. */
class ContentStreamPart implements StreamPart {
  readonly value: TextPart | RefusalPart;
  readonly #frame: DeltaFrame;
  readonly #place: Place;
  readonly #writer: SseWriter;
  readonly #tokens: JsonValue[] = [];
  /** Annotations of the whole text, which wait until it is known how long it is. */
  readonly #waiting: { format: WireFormat; value: JsonValue }[] = [];
  #annotations = 0;
  ended = false;

  constructor(item: MessageStreamItem, contentIndex: number, part: TextPart | RefusalPart) {
    this.#writer = item.writer;
    this.#place = { item_id: item.id, output_index: item.index, content_index: contentIndex };
    const { annotations, ...value } = { annotations: undefined, ...part };
    this.value = { ...value, text: "" };
    const type = part.type === "text" ? "response.output_text.delta" : "response.refusal.delta";
    this.#frame = deltaFrame(type, this.#place);
    this.#writer.write("response.content_part.added", { ...this.#place, part: this.encode() });
    for (const each of annotations?.items ?? []) this.annotate(annotations?.format ?? FORMAT, each);
    if (part.text !== "") this.text(part.text, undefined);
  }

  text(text: string, logprobs: JsonValue[] | undefined): void {
    this.value.text += text;
    let shown = "";
    if (this.value.type === "text") {
      shown = `,"logprobs":[]`;
      if (logprobs !== undefined && logprobs.length > 0) {
        const encoded = encodeLogprobs(logprobs);
        this.#tokens.push(...encoded);
        shown = `,"logprobs":${JSON.stringify(encoded)}`;
      }
    }
    this.#writer.delta(this.#frame, text, shown);
  }

  annotate(format: WireFormat, value: JsonValue): void {
    if (format === "anthropic_messages") this.#waiting.push({ format, value });
    else this.#annotate(format, value);
  }

  #annotate(format: WireFormat, value: JsonValue): void {
    const { value: part } = this;
    const annotation = annotationInResponses(format, value, part.text.length);
    if (part.type !== "text" || annotation === null) return;
    part.annotations ??= { format: FORMAT, items: [] };
    part.annotations.items.push(annotation);
    const annotation_index = this.#annotations++;
    this.#writer.write("response.output_text.annotation.added", {
      ...this.#place,
      annotation_index,
      annotation,
    });
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    for (const { format, value } of this.#waiting) this.#annotate(format, value);
    const { type, text } = this.value;
    if (type === "text") {
      this.#writer.write("response.output_text.done", { ...this.#place, text, logprobs: this.#tokens });
    } else {
      this.#writer.write("response.refusal.done", { ...this.#place, refusal: text });
    }
    this.#writer.write("response.content_part.done", { ...this.#place, part: this.encode() });
  }

  encode(): JsonObject {
    const content = encodeOutputContent(this.value) ?? {};
    if (this.value.type === "text") content.logprobs = this.#tokens;
    return content;
  }
}
