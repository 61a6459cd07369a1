import type {
  Attempt,
  Exchange,
  ModelCall,
  Operation,
  Phase,
  StageFacts,
  StageRun,
  StoreOperation,
} from "../exchange.ts";
import { OPERATIONS } from "../names/gen_ai.ts";
import { knownMethod } from "../names/methods.ts";
import type { CounterName, HistogramName } from "../names/metrics.ts";
import { overheadMs, wallTime } from "./durations.ts";
import { Recall } from "./recall.ts";

export interface CounterCell {
  add(amount: number): void;
}

export interface HistogramCell {
  /** Leaves out `NaN`: what did not happen. */
  observe(value: number, times?: number): void;
  /** The same of what a trace shows. @param wall when, milliseconds since the epoch. */
  observeTraced(value: number, traceId: string, wall: number): void;
}

/** Where the counters and histograms are. */
export interface SeriesSource {
  counter(name: CounterName, values: readonly string[]): CounterCell;
  histogram(name: HistogramName, values: readonly string[]): HistogramCell;
  /** How many label sets were refused so far; what was folded must not be remembered. */
  readonly folded: number;
}

interface RequestCells {
  readonly total: CounterCell;
  readonly duration: HistogramCell;
  readonly requestSize: HistogramCell;
  readonly responseSize: HistogramCell;
}

interface AttemptCells {
  readonly success: CounterCell;
  readonly error: CounterCell;
  readonly cancelled: CounterCell;
  readonly duration: HistogramCell;
  /** Null until an answer of it was streamed. */
  stream: StreamCells | null;
}

interface StreamCells {
  readonly ttfb: HistogramCell;
  readonly duration: HistogramCell;
  readonly chunks: CounterCell;
}

interface CallCells {
  readonly duration: HistogramCell;
  readonly firstChunk: HistogramCell;
  readonly perChunk: HistogramCell;
}

interface TokenCells {
  readonly input: CounterCell;
  readonly output: CounterCell;
  readonly cost: CounterCell;
  readonly inputUsage: HistogramCell;
  readonly outputUsage: HistogramCell;
}

/** All that a call adds to: one look-up, whatever the number of metrics. */
interface Cells {
  /** Of the last attempt, which is mostly the only one. */
  readonly attempt: AttemptCells;
  readonly call: CallCells;
  /** Null until tokens were counted. */
  tokens: TokenCells | null;
}

interface StoreCells {
  readonly total: CounterCell;
  readonly duration: HistogramCell;
  /** Null for stores that are not the conversations'. */
  readonly conversation: { readonly total: CounterCell; readonly duration: HistogramCell } | null;
}

/** Label value where no provider was called. */
const NONE = "none";

/**
 * What an Exchange adds to counters and histograms. The cells of a combination of labels are looked up
 * together and remembered, so that a request costs a handful of look-ups whatever the number of metrics.
 */
export class MetricsProjection {
  readonly #source: SeriesSource;
  readonly #requests = new Map<string, RequestCells>();
  readonly #attempts = new Map<string, AttemptCells>();
  readonly #streams = new Map<string, StreamCells>();
  readonly #calls = new Map<string, CallCells>();
  readonly #tokens = new Map<string, TokenCells>();
  readonly #stores = new Map<string, StoreCells>();
  // The same by what was looked for last, without joining a key.
  readonly #lastRequests = new Recall<RequestCells>();
  readonly #lastCells = new Recall<Cells>();
  readonly #phases: Readonly<Record<Phase, HistogramCell>>;
  readonly #overhead: HistogramCell;

  constructor(source: SeriesSource) {
    this.#source = source;
    const phase = (name: Phase) => source.histogram("gateway_phase_duration_seconds", [name]);
    this.#phases = {
      parse: phase("parse"),
      auth: phase("auth"),
      classify: phase("classify"),
      guard: phase("guard"),
      cache: phase("cache"),
      route: phase("route"),
      select: phase("select"),
      inject: phase("inject"),
      queue: phase("queue"),
      connect: phase("connect"),
      ttft: phase("ttft"),
      relay: phase("relay"),
      serialise: phase("serialise"),
    };
    this.#overhead = source.histogram("gateway_overhead_seconds", []);
  }

  /** Adds a finished Exchange. */
  project(exchange: Exchange): void {
    const trace = exemplarOf(exchange);
    if (exchange.runId === "") this.#addRequest(exchange, trace);
    else this.#addRun(exchange);
    this.#addPhases(exchange);
    if (exchange.call !== null) this.#addCall(exchange.call, exchange, trace);
    for (const call of exchange.innerCalls) this.#addCall(call, exchange, trace);
    for (const run of exchange.stageRuns) this.#addStage(run);
    for (const operation of exchange.storeOperations) this.#addStoreOperation(operation);
    if (exchange.outcome !== "success") this.#addFailure(exchange);
    if (exchange.limitsDegraded) this.#source.counter("gateway_limits_degraded_requests_total", []).add(1);
  }

  #addRequest(exchange: Exchange, trace: string): void {
    const { route, method, status } = exchange;
    const cells = this.#lastRequests.get(route, method, status) ?? this.#requestCells(exchange);
    cells.total.add(1);
    observe(cells.duration, (exchange.endedAt - exchange.startedAt) / 1000, exchange, trace);
    cells.requestSize.observe(exchange.requestBytes);
    cells.responseSize.observe(exchange.responseBytes);
  }

  #addRun(exchange: Exchange): void {
    const labels = [exchange.outcome];
    this.#source.counter("gateway_background_runs_total", labels).add(1);
    this.#source.histogram("gateway_background_run_duration_seconds", labels)
      .observe((exchange.endedAt - exchange.startedAt) / 1000);
  }

  /** Field by field: in a loop over their names each one costs five times as much. */
  #addPhases(exchange: Exchange): void {
    const cells = this.#phases;
    const { phases } = exchange;
    observeMs(cells.parse, phases.parse);
    observeMs(cells.auth, phases.auth);
    observeMs(cells.classify, phases.classify);
    observeMs(cells.guard, phases.guard);
    observeMs(cells.cache, phases.cache);
    observeMs(cells.route, phases.route);
    observeMs(cells.select, phases.select);
    observeMs(cells.inject, phases.inject);
    observeMs(cells.queue, phases.queue);
    observeMs(cells.connect, phases.connect);
    observeMs(cells.ttft, phases.ttft);
    observeMs(cells.relay, phases.relay);
    observeMs(cells.serialise, phases.serialise);
    if (!exchange.background && exchange.runId === "") observeMs(this.#overhead, overheadMs(exchange));
  }

  #addFailure(exchange: Exchange): void {
    const { call } = exchange;
    if (exchange.outcome === "cancelled") {
      this.#source.counter("gateway_cancelled_total", [exchange.cancelStage || "unknown"]).add(1);
    } else {
      this.#source.counter("gateway_errors_total", [
        call?.provider || NONE,
        call?.model || NONE,
        exchange.errorType || "unknown",
      ]).add(1);
    }
    if (exchange.rateLimit !== "") {
      this.#source.counter("gateway_rate_limited_total", [exchange.rateLimit]).add(1);
    }
  }

  /** What guardrails and the cache found out; a stage that failed found nothing. */
  #addStage(run: StageRun): void {
    const { stage, facts } = run;
    if (facts === null) return;
    if (stage === "cache_lookup") {
      const { hit, kind } = facts as StageFacts["cache_lookup"];
      this.#source.counter("gateway_cache_total", [kind, hit ? "hit" : "miss"]).add(1);
    } else if (stage === "pii_detection") {
      const { action, types } = facts as StageFacts["pii_detection"];
      for (const type of types.length === 0 ? [NONE] : types) {
        this.#source.counter("gateway_guardrail_total", [stage, action, type]).add(1);
      }
    } else if (stage === "jailbreak_detection") {
      const { action, detected } = facts as StageFacts["jailbreak_detection"];
      this.#source.counter("gateway_guardrail_total", [stage, action, detected ? "jailbreak" : NONE]).add(1);
    }
  }

  #addCall(call: ModelCall, exchange: Exchange, trace: string): void {
    const { attempts, provider, model, operation, errorType } = call;
    const last = attempts[attempts.length - 1];
    // A call that never came to an attempt was no call of a provider.
    if (last === undefined) return;
    const cells = this.#lastCells.get(model, provider, operation, errorType) ?? this.#cells(call, last);
    for (let i = 0; i < attempts.length; i++) {
      this.#addAttempt(attempts[i] as Attempt, call, cells, i === 0 ? null : attempts[i - 1] as Attempt);
    }
    observe(cells.call.duration, (call.endedAt - call.startedAt) / 1000, exchange, trace);
    if (call.firstChunkAt >= 0 && isStreamed(operation)) {
      observe(cells.call.firstChunk, (call.firstChunkAt - call.startedAt) / 1000, exchange, trace);
      const gaps = call.chunks - 1;
      if (gaps > 0) {
        cells.call.perChunk.observe((call.lastChunkAt - call.firstChunkAt) / 1000 / gaps, gaps);
      }
    }
    const { inputTokens, outputTokens, costUsd } = call;
    if (!(inputTokens >= 0) && !(outputTokens >= 0)) return;
    const tokens = cells.tokens ?? this.#tokenCells(cells, call, last);
    if (costUsd > 0) tokens.cost.add(costUsd);
    if (inputTokens >= 0) {
      tokens.input.add(inputTokens);
      tokens.inputUsage.observe(inputTokens);
    }
    if (outputTokens >= 0) {
      tokens.output.add(outputTokens);
      tokens.outputUsage.observe(outputTokens);
    }
  }

  #addAttempt(attempt: Attempt, call: ModelCall, known: Cells, before: Attempt | null): void {
    const { provider, model, status } = attempt;
    const cells = provider === call.provider && model === call.model
      ? known.attempt
      : this.#attemptCells(provider, model, call.operation);
    (status === "success" ? cells.success : status === "error" ? cells.error : cells.cancelled).add(1);
    const seconds = (attempt.endedAt - attempt.startedAt) / 1000;
    cells.duration.observe(seconds);
    if (attempt.firstChunkAt >= 0 && isStreamed(call.operation)) {
      const stream = cells.stream ?? this.#streamCells(cells, attempt);
      stream.ttfb.observe((attempt.firstChunkAt - attempt.startedAt) / 1000);
      stream.duration.observe(seconds);
      if (attempt === call.attempts[call.attempts.length - 1]) stream.chunks.add(call.chunks);
    }
    if (attempt.continues) {
      this.#source.counter("gateway_continuations_total", [attempt.provider, attempt.model]).add(1);
    }
    if (attempt.hedge) {
      const result = attempt.status === "error" ? "failed" : call.beside ? "lost" : "won";
      this.#source.counter("gateway_hedges_total", [attempt.provider, attempt.model, result]).add(1);
    }
    if (before !== null) {
      this.#source.counter("gateway_retries_total", [
        attempt.provider,
        attempt.model,
        before.errorType || "unknown",
      ]).add(1);
      if (before.provider !== attempt.provider || before.model !== attempt.model) {
        this.#source.counter("gateway_fallbacks_total", [
          attempt.provider,
          attempt.model,
          before.errorType || "unknown",
        ]).add(1);
      }
    }
  }

  #addStoreOperation(operation: StoreOperation): void {
    const cells = this.#storeCells(operation);
    const seconds = (operation.endedAt - operation.startedAt) / 1000;
    cells.total.add(1);
    cells.conversation?.total.add(1);
    cells.duration.observe(seconds);
    cells.conversation?.duration.observe(seconds);
  }

  /** Remembers what `make` looked up, unless a label set among it was folded. */
  #remembered<T>(cache: Map<string, T>, key: string, make: () => T): T {
    const before = this.#source.folded;
    const cells = make();
    if (this.#source.folded === before) cache.set(key, cells);
    return cells;
  }

  #requestCells(exchange: Exchange): RequestCells {
    // Of a client's own words none is remembered.
    const method = knownMethod(exchange.method, "other");
    const key = `${method} ${exchange.status} ${exchange.route}`;
    const cells = this.#requests.get(key) ?? this.#remembered(this.#requests, key, () => {
      const source = this.#source;
      const path = exchange.route;
      const labels = [method, path, `${exchange.status}`];
      return {
        total: source.counter("http_requests_total", labels),
        duration: source.histogram("http_request_duration_seconds", labels),
        requestSize: source.histogram("http_request_size_bytes", [method, path]),
        responseSize: source.histogram("http_response_size_bytes", [method, path]),
      };
    });
    // What was folded is looked up again, in case there is room.
    return this.#requests.has(key)
      ? this.#lastRequests.set(cells, exchange.route, exchange.method, exchange.status)
      : cells;
  }

  #cells(call: ModelCall, last: Attempt): Cells {
    const { provider, model, operation, errorType } = call;
    const before = this.#source.folded;
    const cells: Cells = {
      attempt: this.#attemptCells(provider, model, operation),
      call: this.#callCells(call, last),
      tokens: null,
    };
    if (this.#source.folded === before) this.#lastCells.set(cells, model, provider, operation, errorType);
    return cells;
  }

  #attemptCells(provider: string, model: string, operation: Operation): AttemptCells {
    const key = `${operation} ${provider} ${model}`;
    return this.#attempts.get(key) ?? this.#remembered(this.#attempts, key, () => {
      const source = this.#source;
      const labels = [provider, model, operation];
      return {
        success: source.counter("provider_requests_total", [...labels, "success"]),
        error: source.counter("provider_requests_total", [...labels, "error"]),
        cancelled: source.counter("provider_requests_total", [...labels, "cancelled"]),
        duration: source.histogram("provider_request_duration_seconds", labels),
        stream: null,
      };
    });
  }

  #streamCells(cells: AttemptCells, { provider, model }: Attempt): StreamCells {
    const key = `${provider} ${model}`;
    const stream = this.#streams.get(key) ?? this.#remembered(this.#streams, key, () => {
      const source = this.#source;
      const labels = [provider, model];
      return {
        ttfb: source.histogram("provider_stream_ttfb_seconds", labels),
        duration: source.histogram("provider_stream_duration_seconds", labels),
        chunks: source.counter("provider_stream_chunks_total", labels),
      };
    });
    if (this.#streams.has(key)) cells.stream = stream;
    return stream;
  }

  #callCells(call: ModelCall, last: Attempt): CallCells {
    const operation = OPERATIONS[call.operation].genAi;
    const key = `${operation} ${call.provider} ${call.model} ${call.errorType}`;
    return this.#calls.get(key) ?? this.#remembered(this.#calls, key, () => {
      const source = this.#source;
      const labels = [...genAiLabels(operation, call, last), call.errorType];
      return {
        duration: source.histogram("gen_ai_client_operation_duration_seconds", labels),
        firstChunk: source.histogram("gen_ai_client_operation_time_to_first_chunk_seconds", labels),
        perChunk: source.histogram("gen_ai_client_operation_time_per_output_chunk_seconds", labels),
      };
    });
  }

  #tokenCells(cells: Cells, call: ModelCall, last: Attempt): TokenCells {
    const operation = OPERATIONS[call.operation].genAi;
    const key = `${operation} ${call.provider} ${call.model}`;
    const tokens = this.#tokens.get(key) ?? this.#remembered(this.#tokens, key, () => {
      const source = this.#source;
      const labels = genAiLabels(operation, call, last);
      return {
        input: source.counter("provider_tokens_total", [call.provider, call.model, "input"]),
        output: source.counter("provider_tokens_total", [call.provider, call.model, "output"]),
        cost: source.counter("gateway_cost_usd_total", [call.provider, call.model]),
        inputUsage: source.histogram("gen_ai_client_token_usage", [...labels, "input"]),
        outputUsage: source.histogram("gen_ai_client_token_usage", [...labels, "output"]),
      };
    });
    if (this.#tokens.has(key)) cells.tokens = tokens;
    return tokens;
  }

  #storeCells(operation: StoreOperation): StoreCells {
    const { store, backend, operation: name, status } = operation;
    const key = `${store} ${backend} ${name} ${status}`;
    return this.#stores.get(key) ?? this.#remembered(this.#stores, key, () => {
      const source = this.#source;
      return {
        total: source.counter("gateway_store_operations_total", [store, backend, name, status]),
        duration: source.histogram("gateway_store_duration_seconds", [store, backend, name, status]),
        conversation: store !== "conversation" ? null : {
          total: source.counter("conversation_operations_total", [name, backend, status]),
          duration: source.histogram("conversation_operation_duration_seconds", [name, backend]),
        },
      };
    });
  }
}

function isStreamed(operation: Operation): boolean {
  return OPERATIONS[operation].stream === true;
}

/** @param ms `NaN`: it did not happen. */
function observeMs(cell: HistogramCell, ms: number): void {
  cell.observe(ms / 1000);
}

/** @param trace the one that shows it; empty: none does. */
function observe(cell: HistogramCell, seconds: number, exchange: Exchange, trace: string): void {
  if (trace === "") cell.observe(seconds);
  else cell.observeTraced(seconds, trace, wallTime(exchange, exchange.endedAt));
}

/** The trace that shows a request, where the head sampler keeps it; others are known to be kept only later. */
function exemplarOf({ traced, sampled, background, traceId }: Exchange): string {
  return traced && sampled && !background ? traceId : "";
}

/** What OpenTelemetry's metrics of a call are told apart by. */
export function genAiLabels(operation: string, call: ModelCall, last: Attempt): string[] {
  return [
    operation,
    call.system || call.provider,
    call.model,
    last.serverAddress,
    last.serverPort > 0 ? `${last.serverPort}` : "",
  ];
}
