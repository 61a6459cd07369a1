import type { Clock } from "../../clock.ts";
import type { UpstreamError, UpstreamHeaders } from "../../providers/provider.ts";
import type { ModelCall } from "../../telemetry/exchange.ts";
import { EventKind } from "../../wire/codec.ts";
import { type SseEvent, SseParser } from "../../wire/sse.ts";
import type { Target } from "../model_table.ts";
import { UpstreamAttempt } from "./attempt.ts";
import { announcedFailure, connectionFailure, incompleteStream, invalidAnswer } from "./failure.ts";
import type { StreamSession } from "./stream_session.ts";
import type { StreamTranslator } from "./translator.ts";

const UNNAMED = { code: "", message: "The provider reported an error." };

/**
 * An attempt whose answer is a stream. Until the first content its events are held, so that a failure costs the
 * client nothing; from then on they flow into the session.
 */
export class StreamAttempt extends UpstreamAttempt {
  readonly #parser: SseParser;
  /** Content was seen, so that what was held may flow. */
  #content = false;
  /** The terminal event or an error was seen: nothing after it counts. */
  #ending: EventKind.Terminal | EventKind.Error | null = null;

  constructor(
    target: Target,
    readonly translator: StreamTranslator,
    private readonly session: StreamSession,
    private readonly call: ModelCall,
    private readonly clock: Clock,
    maxEventBytes: number,
  ) {
    super(target);
    this.#parser = new SseParser((event) => this.#event(event), { maxEventBytes });
  }

  override onResponse(status: number, headers: UpstreamHeaders): void {
    super.onResponse(status, headers);
    if (status < 200 || status > 299) return;
    const type = headers.get("content-type") ?? "";
    if (type !== "" && !type.startsWith("text/event-stream")) {
      this.#fail(
        invalidAnswer(this.target.provider.name, `'${type.slice(0, 80)}' where a stream was asked for`),
      );
    }
  }

  protected override onBody(chunk: Uint8Array): void {
    if (this.#ending !== null) return;
    try {
      this.#parser.push(chunk);
    } catch {
      return this.#fail(invalidAnswer(this.target.provider.name, "an event over the size limit"));
    }
    // What came before an error in the same chunk goes out only if something did before: else all is free to retry.
    if (this.session.began || (this.#content && this.#ending !== EventKind.Error)) this.#flow();
    if (this.#ending === EventKind.Terminal) {
      this.#flow();
      this.session.complete(this.translator);
      this.settle(null);
    } else if (this.#ending === EventKind.Error) {
      this.#fail(announcedFailure(this.translator.observed.error ?? UNNAMED));
    }
  }

  protected override onBodyEnd(): void {
    this.#parser.end();
    if (this.#ending === null) this.#fail(incompleteStream(this.target.provider.name));
  }

  override onError(error: UpstreamError): void {
    if (this.#ending !== null) return;
    this.#fail(connectionFailure(error, this.target.provider.name));
  }

  #event(event: SseEvent): void {
    if (this.#ending !== null) return;
    const kind = this.translator.push(event);
    if (kind === EventKind.Content) {
      const { call } = this;
      const now = this.clock.now();
      if (!this.#content) {
        this.#content = true;
        call.chunks = 0;
        call.firstChunkAt = now;
      }
      call.lastChunkAt = now;
      call.chunks++;
    } else if (kind === EventKind.Terminal || kind === EventKind.Error) {
      this.#ending = kind;
    }
  }

  #flow(): void {
    this.session.begin(this);
    const bytes = this.translator.take();
    if (bytes !== null && !this.session.write(bytes)) this.handle?.pause();
  }

  #fail(failure: ReturnType<typeof incompleteStream>): void {
    this.#ending ??= EventKind.Error;
    this.handle?.abort();
    this.settle(failure);
  }
}
