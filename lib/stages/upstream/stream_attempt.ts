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

/**
 * An attempt whose answer is a stream. Until the first content its events are held, so that a failure costs the
 * client nothing; from then on they flow into the session.
 */
export class StreamAttempt extends UpstreamAttempt {
  readonly #parser: SseParser;
  /** The terminal event or an error was seen: nothing after it counts. */
  #over = false;
  #kind = EventKind.Prelude;

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
      this.#fail(invalidAnswer(this.target.provider.name, `'${type.slice(0, 80)}' where a stream was asked for`));
    }
  }

  protected override onBody(chunk: Uint8Array): void {
    this.#kind = EventKind.Prelude;
    try {
      this.#parser.push(chunk);
    } catch {
      return this.#fail(invalidAnswer(this.target.provider.name, "an event over the size limit"));
    }
    switch (this.#kind) {
      case EventKind.Prelude:
      case EventKind.Usage:
        if (this.session.began) this.#flow();
        return;
      case EventKind.Content:
        return this.#flow();
      case EventKind.Terminal:
        this.#flow();
        this.session.complete(this.translator);
        return this.settle(null);
      case EventKind.Error: {
        if (this.session.began) this.#flow();
        const announced = this.translator.observed.error ?? { code: "", message: "The provider reported an error." };
        return this.#fail(announcedFailure(announced));
      }
    }
  }

  protected override onBodyEnd(): void {
    this.#parser.end();
    if (!this.#over) this.#fail(incompleteStream(this.target.provider.name));
  }

  override onError(error: UpstreamError): void {
    if (this.#over) return;
    this.#fail(connectionFailure(error, this.target.provider.name));
  }

  #event(event: SseEvent): void {
    if (this.#over) return;
    const kind = this.translator.push(event);
    if (kind > this.#kind) this.#kind = kind;
    if (kind === EventKind.Content) {
      const { call } = this;
      const now = this.clock.now();
      if (call.chunks === 0) call.firstChunkAt = now;
      call.lastChunkAt = now;
      call.chunks++;
    } else if (kind === EventKind.Terminal || kind === EventKind.Error) {
      this.#over = true;
    }
  }

  #flow(): void {
    this.session.begin(this);
    const bytes = this.translator.take();
    if (bytes !== null && !this.session.write(bytes)) this.handle?.pause();
  }

  #fail(failure: ReturnType<typeof incompleteStream>): void {
    this.#over = true;
    this.handle?.abort();
    this.settle(failure);
  }
}
