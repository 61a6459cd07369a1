import { GatewayError } from "../errors.ts";
import type { Exchange, Operation } from "../telemetry/exchange.ts";
import type { JsonObject, WireFormat } from "../wire/canonical.ts";
import type { Codec } from "../wire/codec.ts";
import { encodeContext } from "./encode_context.ts";
import { jsonBytes } from "./json_request.ts";
import type { ModelRequest } from "./model_request.ts";
import type { Target } from "./model_table.ts";
import type { Answer, Stage, WholeAnswer } from "./stage.ts";
import type { UpstreamAttempt } from "./upstream/attempt.ts";
import { endCall, recordObserved } from "./upstream/call_record.ts";
import { type CallPlace, CallRun, type CallRunOptions } from "./upstream/call_run.ts";
import { Continuation, mayContinue } from "./upstream/continuation.ts";
import { type PreparedRequest, prepareRequest } from "./upstream/prepare_request.ts";
import { echoInResponse } from "./upstream/response_echo.ts";
import { StreamAttempt } from "./upstream/stream_attempt.ts";
import { StreamSession } from "./upstream/stream_session.ts";
import { PassThrough, Translation } from "./upstream/translator.ts";
import { type ConvertedAnswer, WholeAttempt } from "./upstream/whole_attempt.ts";

export interface UpstreamRequestOptions extends CallRunOptions {
  readonly codecs: Readonly<Record<WireFormat, Codec>>;
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

/** A whole answer to a stage's own question, in the request's format. */
export function askWhole(
  exchange: Exchange,
  request: ModelRequest,
  options: UpstreamRequestOptions,
  inner: CallPlace,
): Promise<WholeAnswer> {
  return new UpstreamRun(exchange, request, options, inner).whole();
}

function operationOf({ codec, stream }: ModelRequest): Operation {
  if (codec.format === "completions") return stream ? "complete_stream" : "complete";
  return stream ? "generate_stream" : "generate";
}

/** One logical call of a model, in the client's format. */
class UpstreamRun extends CallRun<UpstreamRequestOptions> {
  readonly #request: ModelRequest;
  /** How another target goes on with a stream that broke off; null: none does. */
  #continuation: Continuation | null = null;

  constructor(
    exchange: Exchange,
    request: ModelRequest,
    options: UpstreamRequestOptions,
    inner: CallPlace | null = null,
  ) {
    super(exchange, operationOf(request), options, inner);
    this.#request = request;
    this.rescue = request.rescue;
    this.hedge = request.hedge;
  }

  async whole(): Promise<WholeAnswer> {
    const { exchange, call } = this;
    const { openAnswers } = this.options;
    const request = this.#request;
    let left = false;
    const client = this.listen(() => {
      left = true;
      if (request.tap === null || !request.tap.outlives(this.leave)) this.leave();
    });
    openAnswers.add(this);
    try {
      const attempt = await this.#attempts((target, prepared) =>
        new WholeAttempt(target, prepared.codec.observeResponse, call, this.#convert.bind(this, prepared))
      );
      const { answer, observed } = attempt;
      if (answer === null || observed === null) throw new Error("Cannot answer: the attempt left nothing");
      recordObserved(call, observed);
      endCall(call, "success", "", attempt.answeredAt);
      if (!this.isInner) exchange.phases.ttft = call.firstChunkAt - call.startedAt;
      if (request.beforeEnd !== null && !left) await request.beforeEnd(answer.json);
      return { kind: "whole", body: answer.bytes, headers: attempt.headers };
    } finally {
      openAnswers.delete(this);
      if (client !== null) client.onGone = null;
    }
  }

  /** The provider's answer as the client shall have it. */
  #convert(prepared: PreparedRequest, bytes: Uint8Array<ArrayBuffer>, json: JsonObject): ConvertedAnswer {
    const { clock } = this.options;
    const { codec, echo, guard } = this.#request;
    if (prepared.passThrough && echo === null && guard === null) return { bytes, json };
    const startedAt = clock.now();
    let answer: ConvertedAnswer = { bytes, json };
    if (!prepared.passThrough) {
      const encoded = codec.encodeResponse(
        prepared.codec.decodeResponse(json),
        encodeContext(this.#request, this.options.clock),
      );
      answer = { bytes: jsonBytes(encoded) as Uint8Array<ArrayBuffer>, json: encoded };
    } else if (echo !== null) {
      answer = { bytes: echoInResponse(bytes, echo), json: { ...json, ...echo } };
    }
    const guarded = guard === null ? answer.json : guard.whole(answer.json, prepared.codec.format);
    if (guarded !== answer.json) {
      answer = { bytes: jsonBytes(guarded) as Uint8Array<ArrayBuffer>, json: guarded };
    }
    if (!this.isInner) this.exchange.phases.serialise = clock.now() - startedAt;
    return answer;
  }

  async streamed(): Promise<Answer> {
    const { clock, deadlines, openAnswers, stream } = this.options;
    const { exchange, call } = this;
    const request = this.#request;
    const session = new StreamSession(exchange, request, call, request.codec, {
      clock,
      deadlines,
      ...stream,
    }, openAnswers);
    session.onAbandoned = this.leave;
    const attemptOptions = { clock, deadlines, maxEventBytes: stream.maxEventBytes };
    this.listen(() => {
      if (session.isOpen) session.abandoned();
      else if (!session.outlives()) this.leave();
    });
    openAnswers.add(this);
    const commit = stream.commitAfter > 0
      ? deadlines.after(stream.commitAfter, () => session.commit())
      : null;
    if (mayContinue(exchange, request)) {
      this.#continuation = new Continuation(exchange, call, request, this.options.codecs, clock);
    }
    const attempts = this.#attempts(
      (target, prepared) =>
        new StreamAttempt(
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
        if (this.stopped !== null) session.recordUnended();
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
      return { kind: "stream", body, headers: session.headers };
    } finally {
      openAnswers.delete(this);
      deadlines.cancel(commit);
    }
  }

  /** Tries the request's targets. */
  #attempts<A extends UpstreamAttempt>(
    create: (target: Target, prepared: PreparedRequest) => A,
    mayRetry?: () => boolean,
  ): Promise<A> {
    const { exchange, call } = this;
    const request = this.#request;
    return this.attempts(request.targets, (target) => {
      const continued = this.#continuation?.prepare(target) ?? null;
      const prepared = continued ?? prepareRequest(exchange, request, target, this.options.codecs);
      const attempt = create(target, prepared);
      attempt.dropped = prepared.dropped.join(",");
      if (!this.isInner) exchange.droppedParams = attempt.dropped;
      const sent = this.send(target, attempt, {
        operation: call.operation,
        format: prepared.codec.format,
        model: target.model,
        stream: request.stream,
        body: prepared.body,
        headers: this.isInner ? [] : prepared.headers,
        query: prepared.query,
        timeouts: target.timeouts,
      });
      if (continued !== null && attempt.record !== null) attempt.record.continues = true;
      return sent;
    }, mayRetry);
  }

  protected override goesOn(attempt: UpstreamAttempt): boolean {
    if (this.#continuation?.breakOff(attempt) !== true) return false;
    // What is out is not raced.
    this.hedge = null;
    return true;
  }

  #translator(prepared: PreparedRequest): PassThrough | Translation {
    const { codec, framing, echo, guard } = this.#request;
    if (!prepared.passThrough || guard !== null || this.#continuation !== null) {
      return new Translation(
        prepared.codec,
        codec,
        framing,
        encodeContext(this.#request, this.options.clock),
        guard?.events(prepared.codec.format) ?? null,
        this.#continuation?.answer() ?? null,
      );
    }
    const tail = codec.streamTail === undefined ? null : framing.bytes(codec.streamTail);
    return new PassThrough(codec.streamObserver(), prepared.withholdUsage, echo, tail);
  }
}
