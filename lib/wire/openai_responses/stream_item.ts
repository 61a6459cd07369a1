import type { JsonObject, JsonValue, OpaquePart, Part, WireFormat } from "../canonical.ts";
import { FORMAT } from "./format.ts";
import { encodeItem } from "./items.ts";
import type { SseWriter } from "./sse_writer.ts";

/** What becomes of a part's events. Each kind of part takes those that it can have. */
export interface StreamPart {
  text?(text: string, logprobs: JsonValue[] | undefined): void;
  reasoning?(text: string, summaryIndex: number | undefined): void;
  signature?(signature: string, format: WireFormat): void;
  annotate?(format: WireFormat, value: JsonValue): void;
  end(value: Part | undefined): void;
}

/** An item of the output that is being written. */
export interface StreamItem {
  readonly index: number;
  readonly id: string;
  /** Nothing more of it is to come, unless a message gets a further content. */
  readonly ended: boolean;
  /** Its last event need not wait until it is known whether the answer was cut short in it. */
  readonly closesAtOnce: boolean;
  /** Ends what is open and writes the item's last event; once. */
  close(status: string): void;
  /** As the terminal response shows it. */
  final(status: string): JsonObject;
}

/** An item that is one part. */
export abstract class SinglePartItem<P extends Part> implements StreamItem, StreamPart {
  readonly closesAtOnce: boolean = true;
  #ended = false;
  #closed = false;

  constructor(
    protected readonly writer: SseWriter,
    readonly index: number,
    readonly id: string,
    protected value: P,
  ) {}

  get ended(): boolean {
    return this.#ended;
  }

  protected begin(): void {
    this.writer.write("response.output_item.added", {
      output_index: this.index,
      item: this.final("in_progress"),
    });
  }

  end(value: Part | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.complete(value);
  }

  /** Writes what is left to say before the item is done. */
  protected abstract complete(value: Part | undefined): void;

  /** The part with all that was said of it so far. */
  protected abstract told(): P;

  close(status: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.end(undefined);
    this.writer.write("response.output_item.done", { output_index: this.index, item: this.final(status) });
  }

  final(status: string): JsonObject {
    return encodeItem(this.told(), this.id, status) ?? {};
  }
}

/** An item of this format that the model does not know. */
export class OpaqueStreamItem extends SinglePartItem<OpaquePart> {
  constructor(writer: SseWriter, index: number, part: OpaquePart) {
    super(writer, index, typeof part.value.id === "string" ? part.value.id : "", part);
    this.begin();
  }

  protected complete(value: Part | undefined): void {
    if (value?.type === "opaque" && value.format === FORMAT) this.value = value;
  }

  protected told(): OpaquePart {
    return this.value;
  }
}
