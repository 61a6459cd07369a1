import type { Clock } from "../clock.ts";
import type { Deadlines } from "../deadlines.ts";
import { GatewayError } from "../errors.ts";
import { type Client, type Exchange, ModelCall } from "../telemetry/exchange.ts";
import { newSpanId } from "../telemetry/ids.ts";
import type { JsonObject, WireFormat } from "../wire/canonical.ts";
import type { Codec, EncodeContext } from "../wire/codec.ts";
import { jsonBytes, type ModelRequest } from "./model_request.ts";
import type { Target } from "./model_table.ts";
import type { Answer, Stage } from "./stage.ts";
import type { UpstreamAttempt } from "./upstream/attempt.ts";
import { AttemptOrder, type AttemptOrderOptions } from "./upstream/attempt_order.ts";
import { endCall, judgeAttempt, recordObserved } from "./upstream/call_record.ts";
import { clientGone } from "./upstream/failure.ts";
import type { Endable, OpenAnswers } from "./upstream/open_answers.ts";
import { type PreparedRequest, prepareRequest } from "./upstream/prepare_request.ts";
import { echoPreviousResponse } from "./upstream/response_echo.ts";
import { StreamAttempt } from "./upstream/stream_attempt.ts";
import { StreamSession } from "./upstream/stream_session.ts";
import { PassThrough, Translation } from "./upstream/translator.ts";
import { type ConvertedAnswer, WholeAttempt } from "./upstream/whole_attempt.ts";

export interface UpstreamRequestOptions extends AttemptOrderOptions {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly codecs: Readonly<Record<WireFormat, Codec>>;
  readonly openAnswers: OpenAnswers;
  readonly stream: {
    /** Milliseconds after which a stream's headers go out though no content came. */
    readonly commitAfter: number;
    readonly pingInterval: number;
    readonly writeStall: number;
    readonly maxEventBytes: number;
    readonly highWaterMark: number;
  };
}

/** The last stage: calls the model, with retries and fallbacks as long as no content went out. */
export function upstreamRequest(options: UpstreamRequestOptions): Stage {
  return {
    name: "upstream_request",
    phase: null,
    run(exchange, request) {
      const run = new UpstreamRun(exchange, request, options);
      return request.stream ? run.streamed() : run.whole();
    },
  };
}

/** One logical call: the attempts, and what the client's leaving means for them. */
class UpstreamRun implements Endable {
  place = -1;
  readonly #exchange: Exchange;
  readonly #request: ModelRequest;
  readonly #options: UpstreamRequestOptions;
  readonly #call: ModelCall;
  /** The attempt under way. */
  #attempt: UpstreamAttempt | null = null;
  /** Why it has to stop, for a reason that is not a provider's. */
  #stopped: GatewayError | null = null;
  /** Ends a wait between two attempts. */
  #wake: (() => void) | null = null;

  constructor(exchange: Exchange, request: ModelRequest, options: UpstreamRequestOptions) {
    this.#exchange = exchange;
    this.#request = request;
    this.#options = options;
    this.#call = new ModelCall(request.stream ? "generate_stream" : "generate");
    this.#call.startedAt = options.clock.now();
    if (exchange.traced) this.#call.spanId = newSpanId();
    exchange.call = this.#call;
  }

  async whole(): Promise<Answer> {
    const { openAnswers } = this.#options;
    const [exchange, request, call] = [this.#exchange, this.#request, this.#call];
    const client = this.#listen(this.#leave);
    openAnswers.add(this);
    try {
      const attempt = await this.#attempts((target, prepared) =>
        new WholeAttempt(target, prepared.codec, call, this.#convert.bind(this, prepared))
      );
      const { answer, observed } = attempt;
      if (answer === null || observed === null) throw new Error("Cannot answer: the attempt left nothing");
      recordObserved(call, observed);
      endCall(call, "success", "", attempt.answeredAt);
      exchange.phases.ttft = call.firstChunkAt - call.startedAt;
      if (request.beforeEnd !== null) await request.beforeEnd(answer.json);
      return { kind: "whole", body: answer.bytes, headers: attempt.headers };
    } finally {
      openAnswers.delete(this);
      if (client !== null) client.onGone = null;
    }
  }

  /** The provider's answer as the client shall have it. */
  #convert(prepared: PreparedRequest, bytes: Uint8Array<ArrayBuffer>, json: JsonObject): ConvertedAnswer {
    const { clock } = this.#options;
    const { codec, previousResponseId } = this.#request;
    if (prepared.passThrough && previousResponseId === null) return { bytes, json };
    const startedAt = clock.now();
    let answer: ConvertedAnswer = { bytes, json };
    if (!prepared.passThrough) {
      const encoded = codec.encodeResponse(prepared.codec.decodeResponse(json), this.#context());
      answer = { bytes: jsonBytes(encoded) as Uint8Array<ArrayBuffer>, json: encoded };
    } else if (previousResponseId !== null) {
      answer = {
        bytes: echoPreviousResponse(bytes, previousResponseId),
        json: { ...json, previous_response_id: previousResponseId },
      };
    }
    this.#exchange.phases.serialise = clock.now() - startedAt;
    return answer;
  }

  async streamed(): Promise<Answer> {
    const { clock, deadlines, openAnswers, stream } = this.#options;
    const [exchange, request, call] = [this.#exchange, this.#request, this.#call];
    const session = new StreamSession(exchange, request, call, request.codec, {
      clock,
      deadlines,
      ...stream,
    }, openAnswers);
    session.onAbandoned = this.#leave;
    const attemptOptions = { clock, deadlines, maxEventBytes: stream.maxEventBytes };
    this.#listen(() => session.isOpen ? session.abandoned() : this.#leave());
    openAnswers.add(this);
    const commit = stream.commitAfter > 0
      ? deadlines.after(stream.commitAfter, () => session.commit())
      : null;
    let current: StreamAttempt | null = null;
    const attempts = this.#attempts(
      (target, prepared) =>
        current = new StreamAttempt(
          target,
          prepared.codec.framing,
          this.#translator(prepared),
          session,
          call,
          attemptOptions,
        ),
      () => !session.began,
    ).then(() => session.opened, (error: unknown) => {
      if (!session.isOpen) {
        if (this.#stopped !== null) session.recordUnended();
        throw error;
      }
      session.fail(
        error instanceof GatewayError
          ? error
          : new GatewayError("internal_error", "Internal error.", { cause: error }),
      );
      return session.opened;
    });
    try {
      // Whichever comes first: the commit, or a failure while an HTTP status can still tell of it.
      const body = await Promise.race([session.opened, attempts]);
      return { kind: "stream", body, headers: (current as StreamAttempt | null)?.headers ?? null };
    } finally {
      openAnswers.delete(this);
      deadlines.cancel(commit);
    }
  }

  /** Tries targets in order until one answers. @throws {GatewayError} the last failure. */
  async #attempts<A extends UpstreamAttempt>(
    create: (target: Target, prepared: PreparedRequest) => A,
    mayRetry: () => boolean = () => true,
  ): Promise<A> {
    const [call, request] = [this.#call, this.#request];
    const [first, ...rest] = request.targets;
    try {
      if (first === undefined) {
        throw new GatewayError("no_target_available", "No provider is available for this model.");
      }
      const order = new AttemptOrder(first, rest, this.#options);
      for (;;) {
        const { target } = order;
        const prepared = prepareRequest(this.#exchange, request, target, this.#options.codecs);
        this.#exchange.droppedParams = prepared.dropped.join(",");
        if (this.#stopped !== null) throw this.#stopped;
        const attempt = create(target, prepared);
        this.#attempt = attempt;
        attempt.handle = target.provider.send(this.#exchange, call, {
          operation: call.operation,
          format: prepared.codec.format,
          model: target.model,
          stream: request.stream,
          body: prepared.body,
          headers: prepared.headers,
          query: prepared.query,
          timeouts: target.timeouts,
        }, attempt);
        const failure = await attempt.done;
        judgeAttempt(call, failure);
        if (failure === null) return attempt;
        if (!mayRetry()) throw failure.error;
        const wait = order.next(failure);
        if (wait === null) throw failure.error;
        if (wait > 0) await this.#wait(wait);
      }
    } catch (error) {
      // A stream that began ends its call itself.
      if (mayRetry()) this.#endFailed(error);
      throw error;
    }
  }

  #endFailed(error: unknown): void {
    const [call, exchange] = [this.#call, this.#exchange];
    if (exchange.finished || call.status !== "") return;
    const now = this.#options.clock.now();
    const code = error instanceof GatewayError ? error.code : "internal_error";
    if (code === "client_closed_request") {
      exchange.cancelStage = "before_headers";
      endCall(call, "cancelled", "", now);
    } else {
      endCall(call, "error", code, now);
    }
  }

  #translator(prepared: PreparedRequest): PassThrough | Translation {
    const { codec, framing, previousResponseId } = this.#request;
    if (!prepared.passThrough) return new Translation(prepared.codec, codec, framing, this.#context());
    return new PassThrough(codec.streamObserver(), prepared.withholdUsage, previousResponseId);
  }

  #context(): EncodeContext {
    const { codec, model, json, previousResponseId } = this.#request;
    const options = json["stream_options"] as JsonObject | null | undefined;
    return {
      id: codec.newId(),
      model,
      created: Math.floor(this.#options.clock.wall() / 1000),
      request: previousResponseId === null ? json : { ...json, previous_response_id: previousResponseId },
      includeUsage: options?.["include_usage"] === true,
    };
  }

  #wait(ms: number): Promise<void> {
    if (this.#stopped !== null) return Promise.resolve();
    return new Promise((resolve) => {
      const deadline = this.#options.deadlines.after(ms, resolve);
      this.#wake = () => {
        this.#options.deadlines.cancel(deadline);
        resolve();
      };
    });
  }

  /** Hears of the client's leaving before the answer was handed over; later its stream's `cancel` tells. */
  #listen(left: () => void): Client | null {
    const { client } = this.#exchange;
    if (client === null) return null;
    client.onGone = left;
    if (client.gone) left();
    return client;
  }

  readonly #leave = (): void => this.fail(clientGone());

  /** Gives up, whatever is under way. */
  fail(error: GatewayError): void {
    this.#stopped ??= error;
    this.#attempt?.cancel(this.#stopped);
    this.#wake?.();
  }
}
