import type { Clock } from "../../clock.ts";
import type { Deadline, Deadlines } from "../../deadlines.ts";
import type { UpstreamError, UpstreamHeaders } from "../../providers/provider.ts";
import type { ModelCall } from "../../telemetry/exchange.ts";
import { EventKind, type Observed } from "../../wire/codec.ts";
import {
  accepts,
  type EventParser,
  EventTooLargeError,
  type Framing,
  type WireEvent,
} from "../../wire/framing.ts";
import type { Target } from "../model_table.ts";
import { UpstreamAttempt } from "./attempt.ts";
import { type AttemptFailure, blockedAnswer, incompleteStream, invalidAnswer } from "./failure.ts";
import type { StreamSession } from "./stream_session.ts";
import type { StreamTranslator } from "./translator.ts";

export interface StreamAttemptOptions {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** Longest event, and the most that is held back before content, bytes. */
  readonly maxEventBytes: number;
}

const UNNAMED = { code: "", message: "The provider reported an error." };
/** Time for a provider to end its answer after the terminal event; then its connection is given up. */
const LINGER_MS = 1000;

/**
 * An attempt whose answer is a stream. Until the first content its events are held, so that a failure costs the
 * client nothing; from then on they flow into the session.
 */
export class StreamAttempt extends UpstreamAttempt {
  readonly #parser: EventParser;
  /** Content was seen, so that what was held may flow. */
  #content = false;
  /** Bytes of the events before it. */
  #held = 0;
  /** The terminal event or an error was seen: nothing after it counts. */
  #ending: EventKind.Terminal | EventKind.Error | null = null;
  #linger: Deadline | null = null;

  constructor(
    target: Target,
    private readonly framing: Framing,
    readonly translator: StreamTranslator,
    private readonly session: StreamSession,
    private readonly call: ModelCall,
    private readonly options: StreamAttemptOptions,
  ) {
    super(target);
    const { maxEventBytes } = options;
    this.#parser = framing.parser((event) => this.#event(event), { maxEventBytes });
    session.follow(this);
  }

  override get answering(): boolean {
    return this.#content;
  }

  override get seen(): Observed {
    return this.translator.observed;
  }

  override onResponse(status: number, headers: UpstreamHeaders): void {
    super.onResponse(status, headers);
    if (status < 200 || status > 299) return;
    const type = headers.get("content-type") ?? "";
    if (!accepts(this.framing, type)) {
      this.#fail(
        invalidAnswer(this.target.provider.name, `'${type.slice(0, 80)}' where a stream was asked for`),
      );
    }
  }

  protected override onBody(chunk: Uint8Array): void {
    if (this.#ending !== null) return;
    this.#advance(this.#parse(chunk));
  }

  /** Does what the events that were just read ask for. @param unreadable why there were not more, or null. */
  #advance(unreadable: AttemptFailure | null): void {
    // What came before an error in the same chunk goes out only if something did before: else all is free to retry.
    const failed = this.#ending === EventKind.Error || (unreadable !== null && this.#ending === null);
    if (this.session.began || (this.#mayFlow() && !failed)) this.#flow();
    if (this.#ending === EventKind.Terminal) {
      this.#flow();
      this.session.complete(this.translator);
      this.settle(null);
      // What follows is dropped, but read, so that the connection can be used again.
      this.handle?.resume();
      this.#linger = this.options.deadlines.after(LINGER_MS, () => this.handle?.abort());
    } else if (this.#ending === EventKind.Error) {
      const { blocked, observed } = this.translator;
      this.#fail(blocked === null ? this.announced(observed.error ?? UNNAMED) : blockedAnswer(blocked));
    } else if (unreadable !== null) {
      this.#fail(unreadable);
    }
  }

  override onEnd(): void {
    super.onEnd();
    this.#left();
  }

  protected override onBodyEnd(): void {
    if (this.#ending !== null) return;
    // A last event may have lacked nothing but its separator.
    this.#parser.end();
    // Formats without a terminal event end with the body.
    if (this.#ending === null && this.translator.bodyEnded() === EventKind.Terminal) {
      this.#ending = EventKind.Terminal;
    }
    this.#advance(null);
    if (this.#ending === null) this.#fail(incompleteStream(this.target.provider.name));
  }

  override onError(error: UpstreamError): void {
    this.#left();
    if (this.#ending !== null) return;
    super.onError(error);
  }

  /** @returns why the chunk cannot be read, or null. */
  #parse(chunk: Uint8Array): AttemptFailure | null {
    try {
      this.#parser.push(chunk);
      return null;
    } catch (cause) {
      const tooLarge = cause instanceof EventTooLargeError;
      const what = tooLarge ? "an event over the size limit" : "an event that cannot be read";
      return invalidAnswer(this.target.provider.name, what, cause);
    }
  }

  /** Whether the client is shown what was held: for the content in it, or because it is too much to hold. */
  #mayFlow(): boolean {
    return this.#content || this.#held > this.options.maxEventBytes;
  }

  #event(event: WireEvent): void {
    if (this.#ending !== null) return;
    const kind = this.translator.push(event);
    if (kind === EventKind.Content) {
      const { call } = this;
      // The attempt's record has the time of this chunk.
      const now = this.record?.endedAt ?? NaN;
      if (!this.#content) {
        this.#content = true;
        call.chunks = 0;
        call.firstChunkAt = now;
        call.longestGapMs = NaN;
      } else {
        const gap = now - call.lastChunkAt;
        if (!(gap <= call.longestGapMs)) call.longestGapMs = gap;
      }
      call.lastChunkAt = now;
      call.chunks++;
    } else if (kind === EventKind.Terminal || kind === EventKind.Error) {
      this.#ending = kind;
    } else {
      this.#held += event.raw.length;
    }
  }

  #flow(): void {
    if (this.onContent !== null && !this.session.began) {
      this.onContent();
      this.session.follow(this);
    }
    this.session.begin();
    const bytes = this.translator.take();
    if (bytes !== null && !this.session.write(bytes)) this.handle?.pause();
  }

  /** The connection is the provider's business again. */
  #left(): void {
    this.options.deadlines.cancel(this.#linger);
  }

  #fail(failure: AttemptFailure): void {
    this.#ending ??= EventKind.Error;
    this.handle?.abort();
    this.settle(failure);
  }
}
