import type { UpstreamHeaders } from "../../providers/provider.ts";
import type { ModelCall } from "../../telemetry/exchange.ts";
import type { JsonObject } from "../../wire/canonical.ts";
import { observeAnswer, usageIn } from "../../wire/answer_usage.ts";
import type { Observed } from "../../wire/codec.ts";
import { EventTooLargeError, type WireEvent } from "../../wire/framing.ts";
import { joinBytes } from "../../wire/join_bytes.ts";
import { nothingObserved, parseEvent } from "../../wire/observed.ts";
import { errorOf } from "../../wire/openai_chat/stream_error.ts";
import { isObject } from "../../wire/shape.ts";
import { SseParser } from "../../wire/sse.ts";
import type { Target } from "../model_table.ts";
import { UpstreamAttempt } from "./attempt.ts";
import { invalidAnswer } from "./failure.ts";
import type { AnswerView, StreamSession } from "./stream_session.ts";

/** A JSON answer up to this size is looked at before it goes out; a larger one goes out as it comes. */
const MAX_HELD = 16 * 1024 * 1024;
const NOTHING = new Uint8Array();

export interface RelayAttemptOptions {
  /** Longest event of a stream, bytes. */
  readonly maxEventBytes: number;
  /** The answer is somebody's file: nothing in it is looked at. */
  readonly opaque: boolean;
  /** The session that takes an answer which goes out as it comes. @param events whether it is a stream of events. */
  readonly session: (events: boolean) => StreamSession;
}

/**
 * An attempt whose answer goes to the client as it is. JSON is held until it is whole, so that a broken one can be
 * tried again and its tokens are known; events are watched as they go by, all else goes by unseen.
 */
export class RelayAttempt extends UpstreamAttempt {
  /** A whole answer, where it came whole. */
  whole: Uint8Array<ArrayBuffer> | null = null;
  status = 0;
  /** When the answer was there whole, monotonic milliseconds. */
  answeredAt = NaN;
  readonly #seen = new Seen();
  #mode: "hold" | "bytes" | "events" = "hold";
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #parser: SseParser | null = null;
  #session: StreamSession | null = null;
  #failed = false;

  constructor(
    target: Target,
    private readonly call: ModelCall,
    private readonly options: RelayAttemptOptions,
  ) {
    super(target);
  }

  protected override get mayBePage(): boolean {
    return this.options.opaque;
  }

  get translator(): AnswerView {
    return this.#seen;
  }

  get observed(): Observed {
    return this.#seen.observed;
  }

  override onResponse(status: number, headers: UpstreamHeaders): void {
    super.onResponse(status, headers);
    this.status = status;
    const type = headers.get("content-type") ?? "";
    if (this.options.opaque || !/^(?:application\/(?:[\w.]+\+)?json|text\/event-stream)/.test(type)) {
      this.#mode = "bytes";
    } else if (type.startsWith("text/event-stream")) {
      this.#mode = "events";
      const { maxEventBytes } = this.options;
      this.#parser = new SseParser((event) => this.#event(event), { maxEventBytes });
    }
  }

  protected override onBody(chunk: Uint8Array): void {
    if (this.#failed) return;
    switch (this.#mode) {
      case "hold":
        this.#held.push(chunk);
        this.#heldBytes += chunk.length;
        if (this.#heldBytes <= MAX_HELD) return;
        this.#mode = "bytes";
        return this.#write(joinBytes(this.#held.splice(0)));
      case "bytes":
        return this.#write(chunk);
      case "events":
        return this.#watch(chunk);
    }
  }

  protected override onBodyEnd(): void {
    if (this.#failed) return;
    const { firstChunkAt, endedAt } = this.record ?? NEVER;
    this.call.firstChunkAt = firstChunkAt;
    this.answeredAt = endedAt;
    this.#parser?.end();
    if (this.#failed) return;
    if (this.#session !== null) {
      this.#session.complete(this.#seen);
    } else {
      this.whole = this.#held.length === 0 ? NOTHING : joinBytes(this.#held);
      if (this.#mode === "hold" && this.#heldBytes > 0 && !this.#look(this.whole)) return;
    }
    this.settle(null);
  }

  /** Reads what a whole answer says. @returns whether it is good. */
  #look(bytes: Uint8Array): boolean {
    const json = parsed(bytes);
    if (json === null) {
      this.settle(invalidAnswer(this.target.provider.name, "an answer that is not JSON"));
      return false;
    }
    if (!isObject(json)) return true;
    this.#seen.observed = observeAnswer(json);
    const { error } = this.#seen.observed;
    if (error === null) return true;
    this.settle(this.announced(error));
    return false;
  }

  #watch(chunk: Uint8Array): void {
    try {
      this.#parser?.push(chunk);
    } catch (cause) {
      if (this.#failed) return;
      const tooLarge = cause instanceof EventTooLargeError;
      this.#fail(
        invalidAnswer(
          this.target.provider.name,
          tooLarge ? "an event over the size limit" : "an event that cannot be read",
          cause,
        ),
      );
    }
  }

  #event(event: WireEvent): void {
    if (this.#failed) return;
    const error = this.#seen.event(event);
    if (error === null) this.#write(event.raw);
    else this.#fail(this.announced(error));
  }

  #fail(failure: ReturnType<typeof invalidAnswer>): void {
    this.#failed = true;
    this.handle?.abort();
    this.settle(failure);
  }

  #write(bytes: Uint8Array): void {
    if (this.#session === null) {
      this.#session = this.options.session(this.#mode === "events");
      this.#session.follow(this);
      this.#session.begin();
    }
    if (!this.#session.write(bytes as Uint8Array<ArrayBuffer>)) this.handle?.pause();
  }
}

const NEVER = { firstChunkAt: NaN, endedAt: NaN };

/** What was seen of an answer that goes by. */
class Seen implements AnswerView {
  observed: Observed = nothingObserved();
  sequence = 0;

  /** @returns the error that it tells of. */
  event(event: WireEvent): { readonly code: string; readonly message: string } | null {
    this.sequence++;
    const json = event.data === "[DONE]" ? null : parseEvent(event);
    if (json === null) return null;
    this.observed.usage = usageIn(json) ?? this.observed.usage;
    return json["error"] !== undefined || event.type === "error" ? errorOf(json, event.type) : null;
  }

  final(): null {
    return null;
  }

  end(): Uint8Array<ArrayBuffer> {
    return NOTHING;
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function parsed(bytes: Uint8Array): JsonObject | JsonObject[] | null {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch {
    return null;
  }
}
