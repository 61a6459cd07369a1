import { GatewayError } from "../errors.ts";
import type { UpstreamHeaders, UpstreamRequest } from "../providers/provider.ts";
import type { Exchange, Operation } from "../telemetry/exchange.ts";
import { openaiChat } from "../wire/openai_chat.ts";
import { sse } from "../wire/sse.ts";
import type { Target } from "./model_table.ts";
import { endCall, recordObserved } from "./upstream/call_record.ts";
import { type CallPlace, CallRun, type CallRunOptions } from "./upstream/call_run.ts";
import type { AttemptFailure } from "./upstream/failure.ts";
import { forwardedHeaders } from "./upstream/prepare_request.ts";
import { RelayAttempt } from "./upstream/relay_attempt.ts";
import { StreamSession, type StreamSessionOptions } from "./upstream/stream_session.ts";

export interface RelayOptions extends CallRunOptions {
  readonly stream: Omit<StreamSessionOptions, "clock" | "deadlines" | "estimates"> & {
    readonly maxEventBytes: number;
  };
}

/** A body that is sent while it comes from the client, once. */
export interface RelayedUpload {
  /** Something of it was taken that cannot be given again. */
  readonly consumed: boolean;
  /** Called where the client does not bring it to its end. */
  onFailure: (error: GatewayError) => void;
}

export type RelayedRequest = Pick<
  UpstreamRequest,
  "format" | "method" | "subpath" | "contentType" | "contentLength" | "body"
>;

/** What a provider is asked for in the client's own words. */
export interface Relay {
  readonly operation: Operation;
  /** In the order in which they are tried. */
  readonly targets: readonly Target[];
  /** The request as a target shall get it. */
  prepare(target: Target): RelayedRequest;
  readonly query: string;
  /** The answer is somebody's file: nothing in it is looked at. */
  readonly opaque: boolean;
  /** Asking twice makes two: asked again only where the provider cannot have done it the first time. */
  readonly creates: boolean;
  /** Null: the body can be sent as often as need be. */
  readonly upload: RelayedUpload | null;
}

export interface RelayedAnswer {
  readonly status: number;
  /** Bytes: it came whole. */
  readonly body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly headers: UpstreamHeaders | null;
}

/**
 * Passes a request on and its answer back, both as they are. Until the first byte of the answer goes out it can be
 * tried again, as long as the request's body can.
 * @param inner where the gateway asks for more than the client did; null: it is the client's question.
 * @throws {GatewayError} the last failure.
 */
export function relay(
  exchange: Exchange,
  asked: Relay,
  options: RelayOptions,
  inner: CallPlace | null = null,
): Promise<RelayedAnswer> {
  return new RelayRun(exchange, asked, options, inner).answer();
}

/** Whether a provider that fails so did nothing of what it was asked. */
function cannotBeDone({ advice, error }: AttemptFailure): boolean {
  return advice === "at_once" || advice === "elsewhere" || error.status === 429 || error.status === 503;
}

const NO_PING = { framing: { bytes: sse.bytes, ping: null }, beforeEnd: null };
const EVENTS = { framing: sse, beforeEnd: null };

class RelayRun extends CallRun<RelayOptions> {
  readonly #asked: Relay;
  /** There once something goes out that is not whole. */
  #session: StreamSession | null = null;
  readonly #opened = Promise.withResolvers<ReadableStream<Uint8Array<ArrayBuffer>>>();

  constructor(exchange: Exchange, asked: Relay, options: RelayOptions, inner: CallPlace | null) {
    super(exchange, asked.operation, options, inner);
    this.#asked = asked;
  }

  async answer(): Promise<RelayedAnswer> {
    const { openAnswers } = this.options;
    const { upload, creates } = this.#asked;
    if (upload !== null) upload.onFailure = (error) => this.fail(error);
    this.listen(() => this.#session === null ? this.leave() : this.#session.abandoned());
    openAnswers.add(this);
    let current: RelayAttempt | null = null;
    const whole: Promise<RelayedAnswer["body"]> = this.attempts(
      this.#asked.targets,
      (target) => current = this.#begin(target),
      () => this.#session === null && upload?.consumed !== true,
      (failure) => !creates || cannotBeDone(failure),
    ).then<RelayedAnswer["body"], RelayedAnswer["body"]>(
      (attempt) => this.#whole(attempt),
      (error: unknown) => this.#failed(error),
    );
    try {
      // Whichever comes first: what goes out as it comes, or all of it.
      const body = await Promise.race([this.#opened.promise, whole]);
      const attempt = current as RelayAttempt | null;
      const status = body instanceof Uint8Array ? attempt?.status ?? 200 : 200;
      return { status, body, headers: attempt?.headers ?? null };
    } finally {
      openAnswers.delete(this);
    }
  }

  #begin(target: Target): RelayAttempt {
    const { exchange, call } = this;
    const { opaque, query } = this.#asked;
    const { maxEventBytes } = this.options.stream;
    const attempt = new RelayAttempt(target, call, {
      opaque,
      maxEventBytes,
      session: (events) => this.#open(events),
    });
    return this.send(target, attempt, {
      operation: call.operation,
      model: target.model,
      stream: false,
      headers: forwardedHeaders(exchange.request, target.provider.forwardHeaders),
      query,
      timeouts: target.timeouts,
      ...this.#asked.prepare(target),
    });
  }

  /** Something goes out: from here on nothing can be taken back, and the session ends the record. */
  #open(events: boolean): StreamSession {
    const { clock, deadlines, openAnswers, stream } = this.options;
    const session = new StreamSession(
      this.exchange,
      events ? EVENTS : NO_PING,
      this.call,
      events ? openaiChat : null,
      { clock, deadlines, estimates: false, ...stream },
      openAnswers,
    );
    session.onAbandoned = this.leave;
    session.opened.then(this.#opened.resolve);
    this.#session = session;
    return session;
  }

  #whole(attempt: RelayAttempt): Uint8Array<ArrayBuffer> | Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const { call, exchange } = this;
    if (attempt.whole === null) return this.#opened.promise;
    recordObserved(call, attempt.observed);
    endCall(call, "success", "", attempt.answeredAt);
    if (!this.isInner) exchange.phases.ttft = call.firstChunkAt - call.startedAt;
    if (exchange.client !== null) exchange.client.onGone = null;
    return attempt.whole;
  }

  #failed(error: unknown): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    if (this.#session === null) {
      this.endFailed(error);
      throw error;
    }
    this.#session.fail(
      error instanceof GatewayError
        ? error
        : new GatewayError("internal_error", "Internal error.", { cause: error }),
    );
    return this.#opened.promise;
  }
}
