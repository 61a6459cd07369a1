import type {
  Attempt,
  Exchange,
  ModelCall,
  Phase,
  Phases,
  StageFacts,
  StageRun,
  StoreOperation,
} from "../exchange.ts";
import { OPERATIONS } from "../names/gen_ai.ts";
import { knownMethod } from "../names/methods.ts";
import type { CounterName, HistogramName } from "../names/metrics.ts";
import { overheadMs } from "./durations.ts";
import { Recall } from "./recall.ts";

export interface CounterCell {
  add(amount: number): void;
}

export interface HistogramCell {
  /** Leaves out `NaN`: what did not happen. */
  observe(value: number, times?: number, traceId?: string, wall?: number): void;
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

interface StoreCells {
  readonly total: CounterCell;
  readonly duration: HistogramCell;
  /** Null for stores that are not the conversations'. */
  readonly conversation: { readonly total: CounterCell; readonly duration: HistogramCell } | null;
}

/** Read by functions, since looking fields up by name costs five times as much. */
const PHASES: Readonly<Record<Phase, (phases: Phases) => number>> = {
  parse: ({ parse }) => parse,
  auth: ({ auth }) => auth,
  classify: ({ classify }) => classify,
  guard: ({ guard }) => guard,
  cache: ({ cache }) => cache,
  route: ({ route }) => route,
  select: ({ select }) => select,
  inject: ({ inject }) => inject,
  queue: ({ queue }) => queue,
  connect: ({ connect }) => connect,
  ttft: ({ ttft }) => ttft,
  relay: ({ relay }) => relay,
  serialise: ({ serialise }) => serialise,
};
const PHASE_NAMES = Object.keys(PHASES) as readonly Phase[];
const PHASE_READERS = Object.values(PHASES);

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
  readonly #lastAttempts = new Recall<AttemptCells>();
  readonly #lastCalls = new Recall<CallCells>();
  readonly #lastTokens = new Recall<TokenCells>();
  readonly #phases: readonly HistogramCell[];
  readonly #overhead: HistogramCell;

  constructor(source: SeriesSource) {
    this.#source = source;
    this.#phases = PHASE_NAMES.map((phase) => source.histogram("gateway_phase_duration_seconds", [phase]));
    this.#overhead = source.histogram("gateway_overhead_seconds", []);
  }

  /** Adds a finished Exchange. */
  project(exchange: Exchange): void {
    const trace = exemplarOf(exchange);
    const wall = exchange.wallStart + exchange.endedAt - exchange.startedAt;
    if (exchange.runId === "") this.#addRequest(exchange, trace, wall);
    else this.#addRun(exchange);
    this.#addPhases(exchange);
    if (exchange.call !== null) this.#addCall(exchange.call, trace, wall);
    for (const call of exchange.innerCalls) this.#addCall(call, trace, wall);
    for (const run of exchange.stageRuns) this.#addStage(run);
    for (const operation of exchange.storeOperations) this.#addStoreOperation(operation);
    if (exchange.outcome !== "success") this.#addFailure(exchange);
    if (exchange.limitsDegraded) this.#source.counter("gateway_limits_degraded_requests_total", []).add(1);
  }

  #addRequest(exchange: Exchange, trace: string, wall: number): void {
    const { route, method, status } = exchange;
    const cells = this.#lastRequests.get(route, method, status) ?? this.#requestCells(exchange);
    cells.total.add(1);
    cells.duration.observe((exchange.endedAt - exchange.startedAt) / 1000, 1, trace, wall);
    cells.requestSize.observe(exchange.requestBytes);
    cells.responseSize.observe(exchange.responseBytes);
  }

  #addRun(exchange: Exchange): void {
    const labels = [exchange.outcome];
    this.#source.counter("gateway_background_runs_total", labels).add(1);
    this.#source.histogram("gateway_background_run_duration_seconds", labels)
      .observe((exchange.endedAt - exchange.startedAt) / 1000);
  }

  #addPhases(exchange: Exchange): void {
    const { phases } = exchange;
    for (let i = 0; i < PHASE_READERS.length; i++) {
      const took = (PHASE_READERS[i] as (phases: Phases) => number)(phases);
      if (!Number.isNaN(took)) (this.#phases[i] as HistogramCell).observe(took / 1000);
    }
    if (!exchange.background && exchange.runId === "") this.#overhead.observe(overheadMs(exchange) / 1000);
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

  #addCall(call: ModelCall, trace: string, wall: number): void {
    const { attempts } = call;
    for (let i = 0; i < attempts.length; i++) {
      this.#addAttempt(attempts[i] as Attempt, call, i === 0 ? null : attempts[i - 1] as Attempt);
    }
    const last = attempts[attempts.length - 1];
    // A call that never came to an attempt was no call of a provider.
    if (last === undefined) return;
    const { provider, model, operation, errorType } = call;
    const cells = this.#lastCalls.get(model, provider, operation, errorType) ?? this.#callCells(call, last);
    cells.duration.observe((call.endedAt - call.startedAt) / 1000, 1, trace, wall);
    if (OPERATIONS[call.operation].stream === true && call.firstChunkAt >= 0) {
      cells.firstChunk.observe((call.firstChunkAt - call.startedAt) / 1000, 1, trace, wall);
      const gaps = call.chunks - 1;
      if (gaps > 0) cells.perChunk.observe((call.lastChunkAt - call.firstChunkAt) / 1000 / gaps, gaps);
    }
    const input = call.inputTokens;
    const output = call.outputTokens;
    if (!(input >= 0) && !(output >= 0)) return;
    const tokens = this.#lastTokens.get(model, provider, operation) ?? this.#tokenCells(call, last);
    if (call.costUsd > 0) tokens.cost.add(call.costUsd);
    if (input >= 0) {
      tokens.input.add(input);
      tokens.inputUsage.observe(input);
    }
    if (output >= 0) {
      tokens.output.add(output);
      tokens.outputUsage.observe(output);
    }
  }

  #addAttempt(attempt: Attempt, call: ModelCall, before: Attempt | null): void {
    const { provider, model } = attempt;
    const cells = this.#lastAttempts.get(model, provider, call.operation) ??
      this.#attemptCells(attempt, call);
    cells[attempt.status === "" ? "cancelled" : attempt.status].add(1);
    const seconds = (attempt.endedAt - attempt.startedAt) / 1000;
    cells.duration.observe(seconds);
    if (OPERATIONS[call.operation].stream === true && attempt.firstChunkAt >= 0) {
      const stream = this.#streamCells(attempt);
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

  #attemptCells(attempt: Attempt, call: ModelCall): AttemptCells {
    const key = `${call.operation} ${attempt.provider} ${attempt.model}`;
    const cells = this.#attempts.get(key) ?? this.#remembered(this.#attempts, key, () => {
      const source = this.#source;
      const labels = [attempt.provider, attempt.model, call.operation];
      return {
        success: source.counter("provider_requests_total", [...labels, "success"]),
        error: source.counter("provider_requests_total", [...labels, "error"]),
        cancelled: source.counter("provider_requests_total", [...labels, "cancelled"]),
        duration: source.histogram("provider_request_duration_seconds", labels),
      };
    });
    return this.#attempts.has(key)
      ? this.#lastAttempts.set(cells, attempt.model, attempt.provider, call.operation)
      : cells;
  }

  #streamCells(attempt: Attempt): StreamCells {
    const key = `${attempt.provider} ${attempt.model}`;
    return this.#streams.get(key) ?? this.#remembered(this.#streams, key, () => {
      const source = this.#source;
      const labels = [attempt.provider, attempt.model];
      return {
        ttfb: source.histogram("provider_stream_ttfb_seconds", labels),
        duration: source.histogram("provider_stream_duration_seconds", labels),
        chunks: source.counter("provider_stream_chunks_total", labels),
      };
    });
  }

  #callCells(call: ModelCall, last: Attempt): CallCells {
    const operation = OPERATIONS[call.operation].genAi;
    const key = `${operation} ${call.provider} ${call.model} ${call.errorType}`;
    const cells = this.#calls.get(key) ?? this.#remembered(this.#calls, key, () => {
      const source = this.#source;
      const labels = [...genAiLabels(operation, call, last), call.errorType];
      return {
        duration: source.histogram("gen_ai_client_operation_duration_seconds", labels),
        firstChunk: source.histogram("gen_ai_client_operation_time_to_first_chunk_seconds", labels),
        perChunk: source.histogram("gen_ai_client_operation_time_per_output_chunk_seconds", labels),
      };
    });
    return this.#calls.has(key)
      ? this.#lastCalls.set(cells, call.model, call.provider, call.operation, call.errorType)
      : cells;
  }

  #tokenCells(call: ModelCall, last: Attempt): TokenCells {
    const operation = OPERATIONS[call.operation].genAi;
    const key = `${operation} ${call.provider} ${call.model}`;
    const cells = this.#tokens.get(key) ?? this.#remembered(this.#tokens, key, () => {
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
    return this.#tokens.has(key)
      ? this.#lastTokens.set(cells, call.model, call.provider, call.operation)
      : cells;
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
