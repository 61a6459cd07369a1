/**
 * What telemetry costs a request, as an account in one process: records of finished requests go through the
 * telemetry that a gateway has, its log into a pipe, its spans over OTLP to a collector, and the process's own
 * CPU time is read. What the same work costs without telemetry is taken off.
 *
 * The work is half of a gateway's: each record belongs to a request that this process really sends and is answered.
 * So the loop turns as in a gateway: with one connection it sleeps between answers, and each awakening that telemetry
 * causes is paid for in full; with many it never sleeps.
 *
 * What is looked for is a few microseconds of a hundred, on machines that are twice as quick in one second as in the
 * next. So runs are short, each stands between two without telemetry and is held against their mean, and what a whole
 * request costs is measured in the same rounds, just before a run without telemetry. What comes of it are ratios, in
 * which the machine's speed is on both sides. Nor are runs too short: at its end each waits for all that is under way,
 * and pays for it, which a gateway does not.
 */
import { cpuUsage } from "node:process";
import { Pool } from "undici";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { Attempt, type Exchange, ModelCall } from "../../lib/telemetry/exchange.ts";
import {
  calleesTraceparent,
  freshTrace,
  keptTrace,
  ownTraceparent,
  spanIdIn,
  traceIdIn,
} from "../../lib/telemetry/fresh_traces.ts";
import { newSpanId } from "../../lib/telemetry/ids.ts";
import type { LogWriter } from "../../lib/telemetry/log_sink.ts";
import { Recorder } from "../../lib/telemetry/recorder.ts";
import { createTelemetry, type TelemetryOptions } from "../../lib/telemetry/telemetry.ts";
import { BATCH } from "./gateway.ts";
import { CONNECTIONS } from "./http_rounds.ts";
import { REQUEST } from "./payload.ts";
import { type Estimate, estimate, shuffled } from "../../lib/tools/statistics.ts";

/**
 * What is measured: each row does all that the one before it does, and more. The first does nothing: what it is found
 * to cost is how far this can be relied upon.
 */
const ROWS = {
  "A/A control (nothing)": null,
  "metrics": { lines: false, pipe: false, rate: 0, sent: false },
  "lines, thrown away": { lines: true, pipe: false, rate: 0, sent: false },
  "metrics and logs": { lines: true, pipe: true, rate: 0, sent: false },
  "10 % traces": { lines: true, pipe: true, rate: 0.1, sent: true },
  "100 % traces, thrown away": { lines: true, pipe: true, rate: 1, sent: false },
  "100 % traces": { lines: true, pipe: true, rate: 1, sent: true },
} as const;

export type LedgerRow = keyof typeof ROWS;
const LEDGER_ROWS = Object.keys(ROWS) as LedgerRow[];

export interface LedgerOptions {
  readonly rounds: number;
  /** Requests of one run, by the number of connections. */
  readonly requests: Readonly<Record<number, number>>;
  /** Where a server listens that answers at once. */
  readonly upstream: number;
  /** Where a collector listens for OTLP over HTTP. */
  readonly sink: number;
  readonly writer: LogWriter;
  /** Measures the CPU of a whole request, microseconds, over so many connections. */
  readonly wholeRequest: (connections: number) => Promise<number>;
  readonly progress: (text: string) => void;
}

/** The most that a run's last lines and spans take to be out; more is a failure. */
const SETTLE_MS = 5_000;

export interface LedgerAccount {
  /** CPU of telemetry, as a share of a whole request's without it, by row. */
  readonly share: Readonly<Record<LedgerRow, Estimate>>;
  /** CPU of a whole request without telemetry, microseconds. */
  readonly request: Estimate;
}

/** What finished Exchanges are given to. */
interface Ledger {
  readonly recorder: Recorder;
  readonly traced: boolean;
  readonly sampled: (traceId: string) => boolean;
  /** Resolves when all is projected, written and sent. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** @returns what telemetry costs, by the number of connections. */
export async function measureLedger(
  options: LedgerOptions,
): Promise<Readonly<Record<number, LedgerAccount>>> {
  const control = bare();
  const ledgers = new Map(LEDGER_ROWS.map((row) => [row, ledger(row, options)]));
  const pool = new Pool(`http://127.0.0.1:${options.upstream}`, { connections: Math.max(...CONNECTIONS) });
  const accounts: Record<number, LedgerAccount> = {};
  try {
    for (const each of [control, ...ledgers.values()]) await run(each, pool, 32, 20_000);
    for (const connections of CONNECTIONS) {
      const requests = options.requests[connections] ?? 0;
      const samples = new Map(LEDGER_ROWS.map((row) => [row, [] as number[]]));
      const whole: number[] = [];
      for (let round = 0; round < options.rounds; round++) {
        options.progress(`ledger, c=${connections}, round ${round + 1} of ${options.rounds}`);
        const request = await options.wholeRequest(connections);
        let before = await run(control, pool, connections, requests);
        const runsARequest = request / before;
        whole.push(request);
        for (const row of shuffled(LEDGER_ROWS, Math.random)) {
          const used = await run(ledgers.get(row) ?? control, pool, connections, requests);
          const after = await run(control, pool, connections, requests);
          samples.get(row)?.push((2 * used / (before + after) - 1) / runsARequest);
          before = after;
        }
      }
      const share = LEDGER_ROWS.map((row) => [row, estimate(samples.get(row) ?? [])]);
      accounts[connections] = { share: Object.fromEntries(share), request: estimate(whole) };
    }
  } finally {
    for (const each of [control, ...ledgers.values()]) await each.close();
    await pool.close();
  }
  return accounts;
}

/** @returns microseconds of CPU a request. */
async function run(ledger: Ledger, pool: Pool, connections: number, requests: number): Promise<number> {
  const before = cpuUsage();
  let left = requests;
  await Promise.all(Array.from({ length: connections }, async () => {
    while (left-- > 0) {
      await ask(pool);
      finishOne(ledger);
    }
  }));
  await ledger.settle();
  const { user, system } = cpuUsage(before);
  return (user + system) / requests;
}

const HEADERS = ["content-type", "application/json"];

/** One request to the upstream, sent as a gateway sends it. */
function ask(pool: Pool): Promise<void> {
  return new Promise((resolve, reject) => {
    pool.dispatch({ path: "/v1/chat/completions", method: "POST", headers: HEADERS, body: REQUEST }, {
      onRequestStart() {},
      onResponseStart() {},
      onResponseData() {},
      onResponseEnd: () => resolve(),
      onResponseError: (_controller, error) => reject(error),
    });
  });
}

function bare(): Ledger {
  const recorder = new Recorder({
    clock: systemClock,
    counters: [],
    projections: [],
    onSlow: () => {},
    onFailure: () => {},
  });
  return {
    recorder,
    traced: false,
    sampled: () => false,
    settle() {
      recorder.drainAll();
      return Promise.resolve();
    },
    close: () => Promise.resolve(recorder.close()),
  };
}

/** The system's, whose timers can be made to fire: at the end of a run nothing is waited for. */
class HastyClock implements Clock {
  readonly now = systemClock.now;
  readonly wall = systemClock.wall;
  readonly #callbacks = new Set<() => void>();

  every(ms: number, callback: () => void): () => void {
    this.#callbacks.add(callback);
    const stop = systemClock.every(ms, callback);
    return () => {
      this.#callbacks.delete(callback);
      stop();
    };
  }

  fireAll(): void {
    for (const callback of [...this.#callbacks]) callback();
  }
}

const NOWHERE: LogWriter = { write: ({ length }) => Promise.resolve(length) };

function ledger(row: LedgerRow, { sink, writer }: LedgerOptions): Ledger {
  const parts = ROWS[row];
  if (parts === null) return bare();
  const { lines, pipe, rate, sent } = parts;
  const clock = new HastyClock();
  const options: TelemetryOptions = {
    clock,
    version: "0.0.0",
    writer: pipe ? writer : NOWHERE,
    log: {
      level: lines ? "INFO" : "ERROR",
      format: { type: "json", colour: false },
      slowMs: 30_000,
      requests: false,
    },
    metrics: true,
    resource: { "service.name": "llm-gateway" },
    tracing: rate === 0 ? null : {
      sampler: { type: "parentbased_traceidratio", rate },
      exporters: [{
        type: "otlp",
        protocol: "http/protobuf",
        url: `http://127.0.0.1:${sink}/v1/traces`,
        ...(sent ? {} : { fetch: () => Promise.resolve(new Response(null)) }),
      }],
      batch: BATCH,
    },
  };
  const telemetry = createTelemetry(options);
  return {
    recorder: telemetry.recorder,
    traced: telemetry.traced,
    sampled: (traceId) => telemetry.sampler.shouldSample(null, traceId),
    async settle() {
      telemetry.recorder.drainAll();
      const late = systemClock.now() + SETTLE_MS;
      const waiting = () => Object.values(telemetry.signals).some(({ queued }) => queued > 0);
      while (waiting() && systemClock.now() < late) {
        clock.fireAll();
        await telemetry.sink.flush(SETTLE_MS);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      if (waiting()) throw new Error("Cannot measure: telemetry is not out in time");
      const lost = Object.values(telemetry.signals).reduce((sum, { dropped }) => sum + dropped, 0);
      if (lost > 0) throw new Error(`Cannot measure: ${lost} items of telemetry were dropped`);
    },
    close: () => telemetry.shutdown(),
  };
}

let made = 0;

/**
 * A chat request as the benchmark sends it, answered in one attempt. What differs from request to request in a gateway
 * differs here: ids, and every time that is taken.
 */
function finishOne({ recorder, traced, sampled }: Ledger): void {
  const exchange: Exchange = recorder.open();
  const now = exchange.startedAt;
  const more = (made++ * 7919 % 997) / 10_000;
  exchange.method = "POST";
  exchange.route = "/v1/chat/completions";
  exchange.path = "/v1/chat/completions";
  exchange.clientAddress = "127.0.0.1";
  exchange.userAgent = "OpenAI/Python 2.8.0";
  exchange.requestId = crypto.randomUUID();
  exchange.requestedModel = "gpt-4o-mini";
  exchange.requestBytes = 350;
  exchange.responseBytes = 812;
  if (traced) {
    exchange.traced = true;
    const fresh = freshTrace();
    exchange.traceId = traceIdIn(fresh);
    exchange.spanId = spanIdIn(fresh);
    exchange.sampled = sampled(exchange.traceId);
    const told = exchange.sampled ? keptTrace() : fresh;
    exchange.ownTraceparent = ownTraceparent(told);
    exchange.calleesTraceparent = calleesTraceparent(told);
    if (exchange.sampled) exchange.parameters = { temperature: 0.2, max_tokens: 256 };
  }
  const call = new ModelCall("generate");
  call.provider = "upstream";
  call.system = "openai";
  call.model = "gpt-4o-mini";
  call.responseModel = "gpt-4o-mini-2024-07-18";
  call.responseId = parsedId();
  call.status = "success";
  call.parameters = exchange.parameters;
  call.startedAt = now + 0.05 + more;
  call.firstChunkAt = now + 0.3 + more;
  call.endedAt = now + 0.35 + 2 * more;
  call.inputTokens = 23 + made % 50;
  call.outputTokens = 156 + made % 70;
  call.cachedTokens = 0;
  call.reasoningTokens = 0;
  call.finishReason = "stop";
  const attempt = new Attempt("upstream", "gpt-4o-mini");
  attempt.status = "success";
  attempt.httpStatus = 200;
  attempt.serverAddress = "127.0.0.1";
  attempt.serverPort = 9000;
  if (traced) attempt.url = "http://127.0.0.1:9000/v1/chat/completions";
  attempt.upstreamRequestId = parsedId();
  attempt.queuedMs = 0;
  attempt.startedAt = now + 0.06 + more;
  attempt.headersAt = now + 0.28 + more;
  attempt.firstChunkAt = now + 0.3 + more;
  attempt.endedAt = now + 0.34 + 2 * more;
  if (traced) {
    call.spanId = newSpanId();
    attempt.spanId = spanIdIn(exchange.calleesTraceparent);
  }
  call.attempts.push(attempt);
  exchange.call = call;
  exchange.phases.parse = 0.02 + more;
  exchange.phases.route = 0.001 + more;
  exchange.phases.select = 0.001 + more;
  exchange.phases.connect = 0.01 + more;
  exchange.phases.ttft = 0.24 + more;
  exchange.firstByteAt = now + 0.36 + 2 * more;
  exchange.sentStatus = 200;
  exchange.finish("success", 200, now + 0.4 + 3 * more);
}

/** An id of a provider's, as a parser gives it: a part of another text takes half as long again to read. */
function parsedId(): string {
  return JSON.parse(`"${crypto.randomUUID()}"`);
}
