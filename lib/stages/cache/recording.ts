import type { ChatResponse, StreamEvent, Usage } from "../../wire/canonical.ts";
import { AnswerCollector } from "../../wire/answers/answer_collector.ts";
import { eventsOf } from "../../wire/answers/events_of.ts";
import type { ClientCodec, EventDecoder } from "../../wire/codec.ts";
import type { EventParser, Framing } from "../../wire/framing.ts";
import type { AnswerTap } from "../answer_tap.ts";
import type { Flight } from "./flight.ts";

export interface RecordingOptions {
  /** The client's: what it is sent is what is kept. */
  readonly codec: ClientCodec;
  readonly framing: Framing;
  readonly maxEventBytes: number;
  /** Gets the whole answer, if it is one. */
  readonly keep: (answer: ChatResponse) => void;
}

const decoder = new TextDecoder();

/** Listens to the answer of the request that has it made: shows it to those who wait for it, and keeps it. */
export class Recording implements AnswerTap {
  readonly #flight: Flight;
  readonly #options: RecordingOptions;
  readonly #collector = new AnswerCollector();
  #events: EventDecoder | null = null;
  #parser: EventParser | null = null;
  /** Read from the bytes that are being written. */
  #read: StreamEvent[] = [];

  constructor(flight: Flight, options: RecordingOptions) {
    this.#flight = flight;
    this.#options = options;
  }

  get shared(): boolean {
    return this.#flight.followers > 0 && !this.#flight.overflowed;
  }

  get onDrain(): (() => void) | null {
    return this.#flight.onDrain;
  }

  set onDrain(resume: (() => void) | null) {
    this.#flight.onDrain = resume;
  }

  write(bytes: Uint8Array): boolean {
    const { framing, codec, maxEventBytes } = this.#options;
    if (this.#flight.isOver) return true;
    if (this.#parser === null) {
      const events = this.#events = codec.eventDecoder();
      this.#parser = framing.parser((event) => this.#read.push(...events.push(event)), { maxEventBytes });
    }
    try {
      this.#parser.push(bytes);
    } catch (error) {
      this.#flight.fail(error);
      return true;
    }
    return this.#push(bytes.length);
  }

  end(usage: Usage | null): void {
    if (this.#flight.isOver) return;
    this.#parser?.end();
    this.#read.push(...this.#events?.bodyEnded?.() ?? []);
    // The client may not have asked for it.
    if (usage !== null) this.#read.push({ type: "usage", usage });
    this.#push(0);
    this.#end(this.#collector.answer());
  }

  whole(body: Uint8Array): void {
    if (this.#flight.isOver) return;
    let answer;
    try {
      answer = this.#options.codec.decodeResponse(JSON.parse(decoder.decode(body)));
    } catch (error) {
      return this.#flight.fail(error);
    }
    const { length } = body;
    this.#flight.push(eventsOf(answer).filter(({ type }) => type !== "end"), length);
    this.#end(answer);
  }

  fail(error: unknown): void {
    this.#flight.fail(error);
  }

  outlives(abandon: () => void): boolean {
    return this.#flight.outlives(abandon);
  }

  #push(bytes: number): boolean {
    const events = this.#read.filter(({ type }) => type !== "end" && type !== "ping");
    this.#read = [];
    if (!this.#flight.overflowed) { for (const event of events) this.#collector.push(event); }
    return this.#flight.push(events, bytes);
  }

  /** The end of all formats, whatever the client's says last. */
  #end(answer: ChatResponse): void {
    const kept = !this.#flight.overflowed;
    this.#flight.push([{ type: "end" }], 0);
    this.#flight.end();
    if (kept) this.#options.keep(answer);
  }
}
