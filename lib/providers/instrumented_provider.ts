import type { Clock } from "../clock.ts";
import type { GatewayError } from "../errors.ts";
import { Attempt, type AttemptStatus, type Exchange, type ModelCall } from "../telemetry/exchange.ts";
import { spanIdIn } from "../telemetry/fresh_traces.ts";
import { newSpanId } from "../telemetry/ids.ts";
import type { Propagators } from "../telemetry/propagation/propagators.ts";
import type { ClientFormat, WireFormat } from "../wire/canonical.ts";
import type { Capability, Quirks } from "./catalog.ts";
import type { PassedKey } from "./credentials/passed_key.ts";
import type {
  OperationName,
  OperationRow,
  Provider,
  UpstreamError,
  UpstreamHandle,
  UpstreamHandler,
  UpstreamHeaders,
  UpstreamRequest,
} from "./provider.ts";

/** The most that is kept of an id that a provider gives a request. */
const MAX_ID_LENGTH = 128;
/** What providers' ids of requests are made of; anything else is told to nobody. */
const REQUEST_ID = /^[\w.:=~-]+$/;

/** How a provider is told of the trace that its requests belong to. */
export interface Propagation {
  /** Null: it is not told. */
  readonly propagators: Propagators | null;
  /** Whether it gets the caller's baggage. */
  readonly baggage: boolean;
}

const NO_PROPAGATION: Propagation = { propagators: null, baggage: false };

/** A provider whose every request is recorded in an Exchange. Nothing else writes an {@linkcode Attempt}. */
export class InstrumentedProvider {
  readonly name: string;
  readonly system: string;
  readonly formats: readonly WireFormat[];
  readonly can: readonly Capability[];
  readonly serverAddress: string;
  readonly serverPort: number;
  readonly forwardHeaders: readonly string[];
  readonly quirks?: Quirks;
  readonly passesKeys: boolean;
  readonly #provider: Provider;
  readonly #clock: Clock;
  readonly #propagation: Propagation;
  readonly #tells: (text: string) => boolean;

  constructor(provider: Provider, clock: Clock, propagation: Propagation = NO_PROPAGATION) {
    this.name = provider.name;
    this.system = provider.system;
    this.formats = provider.formats;
    this.can = provider.can ?? [];
    this.serverAddress = provider.serverAddress;
    this.serverPort = provider.serverPort;
    this.forwardHeaders = provider.forwardHeaders;
    if (provider.quirks !== undefined) this.quirks = provider.quirks;
    this.passesKeys = provider.passesKeys ?? false;
    this.#provider = provider;
    this.#clock = clock;
    this.#propagation = propagation;
    this.#tells = (text) => provider.tells?.(text) ?? false;
  }

  /** Sends a request as one more attempt of a call, whose record the handler gets; the provider sees the attempt's span as its parent. */
  send(
    exchange: Exchange,
    call: ModelCall,
    request: UpstreamRequest,
    handler: UpstreamHandler & { record?: Attempt | null },
  ): UpstreamHandle {
    const attempt = new Attempt(this.name, request.model);
    handler.record = attempt;
    if (request.method !== undefined) attempt.method = request.method;
    attempt.serverAddress = this.serverAddress;
    attempt.serverPort = this.serverPort;
    call.provider = this.name;
    call.system = this.system;
    call.model = request.model;
    call.attempts.push(attempt);
    let traceHeaders: readonly string[] | undefined;
    if (exchange.traced) {
      const made = exchange.calleesTraceparent;
      exchange.calleesTraceparent = "";
      attempt.spanId = made === "" ? newSpanId() : spanIdIn(made);
      if (exchange.detailed) attempt.url = this.#provider.url?.(request) ?? "";
      traceHeaders = this.#traceHeaders(exchange, attempt, made);
    }
    attempt.startedAt = this.#clock.now();
    const recorder = new AttemptRecorder(exchange, attempt, handler, this.#clock, this.#tells);
    recorder.upstream = this.#provider.send(request, recorder, traceHeaders);
    return recorder;
  }

  /** Sends what is nobody's request: no record has it. */
  sendUnrecorded(request: UpstreamRequest, handler: UpstreamHandler): UpstreamHandle {
    return this.#provider.send(request, handler);
  }

  /** Whether it speaks a client's format. */
  speaks(format: ClientFormat): boolean {
    return format === "completions" ? this.operation(format) !== null : this.formats.includes(format);
  }

  /** How it offers an operation; null: it does not. */
  operation(name: OperationName): OperationRow | null {
    return this.#provider.operations?.[name] ?? null;
  }

  /** See {@linkcode Provider.decodeError}. */
  decodeError(
    status: number,
    headers: UpstreamHeaders,
    body: Uint8Array,
    passedKey: PassedKey | null = null,
  ): GatewayError {
    return this.#provider.decodeError(status, headers, body, passedKey);
  }

  close(): Promise<void> {
    return this.#provider.close();
  }

  /** @param made its `traceparent`, where it is made already; else empty. */
  #traceHeaders(exchange: Exchange, attempt: Attempt, made: string): readonly string[] | undefined {
    const { propagators, baggage } = this.#propagation;
    if (propagators === null) return undefined;
    const { traceId, sampled, traceRandom: random, traceState } = exchange;
    const { spanId } = attempt;
    const headers = propagators.inject({ traceId, spanId, sampled, random, traceState, traceparent: made });
    if (baggage && exchange.baggage !== "") headers.push("baggage", exchange.baggage);
    return headers;
  }
}

/** Stands between a provider and who asked it, in both directions, and marks what passes. */
class AttemptRecorder implements UpstreamHandler, UpstreamHandle {
  upstream: UpstreamHandle | null = null;
  readonly #exchange: Exchange;
  readonly #attempt: Attempt;
  readonly #handler: UpstreamHandler;
  readonly #clock: Clock;
  readonly #tells: (text: string) => boolean;
  #queuedAt = NaN;
  #over = false;

  /** @param tells whether a text tells a secret of the provider's. */
  constructor(
    exchange: Exchange,
    attempt: Attempt,
    handler: UpstreamHandler,
    clock: Clock,
    tells: (text: string) => boolean,
  ) {
    this.#tells = tells;
    this.#exchange = exchange;
    this.#attempt = attempt;
    this.#handler = handler;
    this.#clock = clock;
  }

  abort(): void {
    this.upstream?.abort();
    if (!this.#over) this.#end("cancelled", "");
  }

  pause(): void {
    this.upstream?.pause();
  }

  resume(): void {
    this.upstream?.resume();
  }

  onQueue(): void {
    this.#queuedAt = this.#attempt.startedAt;
    // Not before it has a connection does the attempt begin.
    this.#attempt.startedAt = NaN;
    this.#handler.onQueue?.();
  }

  onDequeue(): void {
    this.#attempt.startedAt = this.#clock.now();
    this.#leftQueue(this.#attempt.startedAt);
    this.#handler.onDequeue?.();
  }

  onConnect(): void {
    this.#exchange.phases.connect = this.#clock.now() - this.#attempt.startedAt;
    this.#handler.onConnect?.();
  }

  onOtherKey(): void {
    this.#handler.onOtherKey?.();
  }

  onResponse(status: number, headers: UpstreamHeaders): void {
    const attempt = this.#attempt;
    attempt.headersAt = this.#clock.now();
    attempt.httpStatus = status;
    const id = headers.get("x-request-id") ?? headers.get("request-id") ?? headers.get("x-amzn-requestid");
    // Whoever fails may be confused enough to say the key there.
    if (id !== null && REQUEST_ID.test(id) && (status < 400 || !this.#tells(id))) {
      attempt.upstreamRequestId = id.slice(0, MAX_ID_LENGTH);
    }
    // A stream is done with its terminal event, and so is the record, perhaps before the connection says so.
    if (status >= 200 && status <= 299) attempt.status = "success";
    this.#handler.onResponse(status, headers);
  }

  onData(chunk: Uint8Array): void {
    const attempt = this.#attempt;
    const now = this.#clock.now();
    if (Number.isNaN(attempt.firstChunkAt)) attempt.firstChunkAt = now;
    attempt.endedAt = now;
    this.#handler.onData(chunk);
  }

  onEnd(): void {
    if (this.#attempt.status === "") this.#end("error", String(this.#attempt.httpStatus));
    else this.#end(this.#attempt.status, this.#attempt.errorType);
    this.#handler.onEnd();
  }

  onError(error: UpstreamError): void {
    this.#end("error", error.kind);
    this.#handler.onError(error);
  }

  #end(status: AttemptStatus, errorType: string): void {
    this.#over = true;
    // What comes after the end of the record is no part of it.
    if (this.#exchange.finished) return;
    const attempt = this.#attempt;
    attempt.endedAt = this.#clock.now();
    attempt.status = status;
    attempt.errorType = errorType;
    if (Number.isNaN(attempt.startedAt)) this.#leftQueue(attempt.endedAt);
  }

  #leftQueue(now: number): void {
    this.#attempt.queuedMs = now - this.#queuedAt;
    this.#exchange.phases.queue = this.#attempt.queuedMs;
  }
}
