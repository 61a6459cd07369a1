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
import { endCall, judgeAttempt, recordObserved } from "./upstream/call_record.ts";
import { clientGone } from "./upstream/failure.ts";
import type { OpenStreams } from "./upstream/open_streams.ts";
import { type PreparedRequest, prepareRequest } from "./upstream/prepare_request.ts";
import { echoPreviousResponse, echoPreviousResponseInEvent } from "./upstream/response_echo.ts";
import { backoff, type RetryBudget, type RetryOptions } from "./upstream/retry_policy.ts";
import { StreamAttempt } from "./upstream/stream_attempt.ts";
import { StreamSession } from "./upstream/stream_session.ts";
import { PassThrough, Translation } from "./upstream/translator.ts";
import { WholeAttempt } from "./upstream/whole_attempt.ts";

export interface UpstreamRequestOptions {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly random: () => number;
  readonly codecs: Readonly<Record<WireFormat, Codec>>;
  readonly retry: RetryOptions;
  readonly budget: RetryBudget;
  readonly openStreams: OpenStreams;
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
class UpstreamRun {
  readonly #exchange: Exchange;
  readonly #request: ModelRequest;
  readonly #options: UpstreamRequestOptions;
  readonly #call: ModelCall;
  /** The attempt under way. */
  #attempt: UpstreamAttempt | null = null;
  #cancelled = false;
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
    const { clock } = this.#options;
    const call = this.#call;
    const client = this.#listen();
    let attempt: WholeAttempt | null = null;
    let prepared: PreparedRequest | null = null;
    try {
      await this.#attempts((target, request) => {
        prepared = request;
        return attempt = new WholeAttempt(target, request.codec, call, clock);
      });
    } finally {
      if (client !== null) client.onGone = null;
    }
    return this.#wholeAnswer(attempt as unknown as WholeAttempt, prepared as unknown as PreparedRequest);
  }

  async #wholeAnswer(attempt: WholeAttempt, prepared: PreparedRequest): Promise<Answer> {
    const { clock } = this.#options;
    const [exchange, request, call] = [this.#exchange, this.#request, this.#call];
    const { observed } = attempt;
    if (observed !== null) recordObserved(call, observed);
    const answeredAt = clock.now();
    endCall(call, "success", "", answeredAt);
    exchange.phases.ttft = call.firstChunkAt - call.startedAt;
    let body = attempt.bytes;
    let json = attempt.json;
    if (!prepared.passThrough) {
      json = request.codec.encodeResponse(prepared.codec.decodeResponse(json), this.#context());
      body = jsonBytes(json) as Uint8Array<ArrayBuffer>;
    } else if (request.previousResponseId !== null) {
      body = echoPreviousResponse(body, request.previousResponseId);
      json = { ...json, previous_response_id: request.previousResponseId };
    }
    exchange.phases.serialise = clock.now() - answeredAt;
    if (request.beforeEnd !== null) await request.beforeEnd(json);
    return { kind: "whole", body, headers: attempt.headers };
  }

  async streamed(): Promise<Answer> {
    const { clock, deadlines, openStreams, stream } = this.#options;
    const [exchange, request, call] = [this.#exchange, this.#request, this.#call];
    const session = new StreamSession(exchange, request, call, request.codec, {
      clock,
      deadlines,
      ...stream,
    }, openStreams);
    session.onAbandoned = this.#cancel;
    const client = this.#listen();
    const commit = stream.commitAfter > 0 ? deadlines.after(stream.commitAfter, () => session.open()) : null;
    let current: StreamAttempt | null = null;
    const attempts = this.#attempts(
      (target, prepared) =>
        current = new StreamAttempt(
          target,
          this.#translator(prepared),
          session,
          call,
          clock,
          stream.maxEventBytes,
        ),
      () => !session.began,
    ).catch((error: unknown) => {
      if (!session.isOpen) throw error;
      session.fail(
        error instanceof GatewayError
          ? error
          : new GatewayError("internal_error", "Internal error.", { cause: error }),
      );
    });
    try {
      // Whichever comes first: the commit, or a failure while an HTTP status can still tell of it.
      const body = await Promise.race([session.opened, attempts.then(() => session.opened)]);
      return { kind: "stream", body, headers: (current as StreamAttempt | null)?.headers ?? null };
    } finally {
      deadlines.cancel(commit);
      if (client !== null) client.onGone = null;
    }
  }

  /** Tries targets in order until one answers. @throws {GatewayError} the last failure. */
  async #attempts(
    create: (target: Target, prepared: PreparedRequest) => UpstreamAttempt,
    mayRetry: () => boolean = () => true,
  ): Promise<void> {
    const { clock, codecs, retry, budget, random } = this.#options;
    const call = this.#call;
    budget.request();
    let targets = this.#request.targets;
    for (let retried = 0;; retried++) {
      const target = targets[retried % targets.length];
      if (target === undefined) {
        throw new GatewayError("no_target_available", "No provider is available for this model.");
      }
      const prepared = prepareRequest(this.#exchange, this.#request, target, codecs);
      this.#exchange.droppedParams = prepared.dropped.join(",");
      const attempt = create(target, prepared);
      this.#attempt = attempt;
      if (this.#cancelled) throw this.#gone();
      call.provider = target.provider.name;
      call.model = target.model;
      attempt.handle = target.provider.send(this.#exchange, call, {
        operation: call.operation,
        format: prepared.codec.format,
        model: target.model,
        stream: this.#request.stream,
        body: prepared.body,
        headers: prepared.headers,
        query: prepared.query,
        timeouts: target.timeouts,
      }, attempt);
      const failure = await attempt.done;
      const status = judgeAttempt(call, failure);
      if (failure === null) return;
      if (status === "cancelled") throw this.#gone();
      const { error, advice } = failure;
      if (advice === "elsewhere") targets = targets.filter((other) => other.provider !== target.provider);
      const more = advice !== "never" && retried < retry.attempts && targets.length > 0 && mayRetry();
      // Another target takes over at once: waiting helps only where the same one is asked again.
      const again = targets[(retried + 1) % Math.max(targets.length, 1)];
      const wait = !more
        ? null
        : again !== target && error.retryAfter === null
        ? 0
        : backoff(retry, retried, again === target ? error.retryAfter : null, random);
      if (wait === null || !budget.retry()) {
        if (call.status === "" && mayRetry()) endCall(call, "error", error.code, clock.now());
        throw error;
      }
      if (wait > 0) await this.#wait(wait);
    }
  }

  #translator(prepared: PreparedRequest): PassThrough | Translation {
    const { codec, previousResponseId } = this.#request;
    if (!prepared.passThrough) return new Translation(prepared.codec, codec, this.#context());
    const rewrite = previousResponseId === null
      ? null
      : echoPreviousResponseInEvent.bind(null, previousResponseId);
    return new PassThrough(codec.streamObserver(), prepared.withholdUsage, rewrite);
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
    if (this.#cancelled) return Promise.resolve();
    return new Promise((resolve) => {
      const deadline = this.#options.deadlines.after(ms, resolve);
      this.#wake = () => {
        this.#options.deadlines.cancel(deadline);
        resolve();
      };
    });
  }

  /** Hears of the client's leaving before the answer began; later its stream's `cancel` tells. */
  #listen(): Client | null {
    const { client } = this.#exchange;
    if (client === null) return null;
    client.onGone = this.#cancel;
    if (client.gone) this.#cancel();
    return client;
  }

  readonly #cancel = (): void => {
    this.#cancelled = true;
    this.#attempt?.cancel();
    this.#wake?.();
  };

  #gone(): GatewayError {
    if (this.#call.status === "") endCall(this.#call, "cancelled", "", this.#options.clock.now());
    if (this.#exchange.cancelStage === "") this.#exchange.cancelStage = "before_headers";
    return clientGone();
  }
}
