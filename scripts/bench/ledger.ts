/**
 * What telemetry costs a request, as an account in one process: records of finished requests go through the
 * telemetry that a gateway has, its log into a pipe, its spans over OTLP to a collector, and the process's own
 * CPU time is read. What making and keeping the records costs without telemetry is taken off.
 */
import { cpuUsage } from "node:process";
import { systemClock } from "../../lib/clock.ts";
import { Attempt, type Exchange, ModelCall } from "../../lib/telemetry/exchange.ts";
import { newSpanId, newTraceId } from "../../lib/telemetry/ids.ts";
import type { LogWriter } from "../../lib/telemetry/log_sink.ts";
import { Recorder } from "../../lib/telemetry/recorder.ts";
import { createTelemetry, type TelemetryOptions } from "../../lib/telemetry/telemetry.ts";
import { type Estimate, estimate, shuffled } from "../../lib/tools/statistics.ts";

export const LEDGER_MODES = ["metrics and logs", "10 % traces", "100 % traces"] as const;
export type LedgerMode = (typeof LEDGER_MODES)[number];

export interface LedgerOptions {
  readonly rounds: number;
  readonly exchanges: number;
  /** Where a collector listens for OTLP over HTTP. */
  readonly sink: number;
  readonly writer: LogWriter;
  readonly progress: (text: string) => void;
}

/** What ends within two milliseconds at 8,000 requests a second: so many are projected in one turn. */
const A_TURN = 16;

/** What finished Exchanges are given to. */
interface Ledger {
  readonly recorder: Recorder;
  readonly traced: boolean;
  readonly sampled: (traceId: string) => boolean;
  /** Resolves when all is projected, written and sent. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** CPU of telemetry, microseconds an Exchange, by mode. */
export async function measureLedger(options: LedgerOptions): Promise<Readonly<Record<LedgerMode, Estimate>>> {
  const control = bare();
  const ledgers = new Map(LEDGER_MODES.map((mode) => [mode, ledger(mode, options)]));
  const samples = new Map(LEDGER_MODES.map((mode) => [mode, [] as number[]]));
  try {
    for (const each of [control, ...ledgers.values()]) await run(each, options.exchanges);
    for (let round = 0; round < options.rounds; round++) {
      for (const mode of shuffled(LEDGER_MODES, Math.random)) {
        options.progress(`ledger, round ${round + 1} of ${options.rounds}: ${mode}`);
        const without = await run(control, options.exchanges);
        const withTelemetry = await run(ledgers.get(mode) ?? control, options.exchanges);
        samples.get(mode)?.push(withTelemetry - without);
      }
    }
  } finally {
    for (const each of [control, ...ledgers.values()]) await each.close();
  }
  return Object.fromEntries(LEDGER_MODES.map((mode) => [mode, estimate(samples.get(mode) ?? [])])) as Record<
    LedgerMode,
    Estimate
  >;
}

/** @returns microseconds of CPU an Exchange. */
async function run(ledger: Ledger, exchanges: number): Promise<number> {
  const before = cpuUsage();
  for (let done = 0; done < exchanges; done += A_TURN) {
    for (let i = 0; i < A_TURN; i++) finishOne(ledger);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await ledger.settle();
  const { user, system } = cpuUsage(before);
  return (user + system) / exchanges;
}

function bare(): Ledger {
  const recorder = new Recorder({
    clock: systemClock,
    counters: [],
    projections: [],
    slowMs: 0,
    onSlow: () => {},
    onFailure: () => {},
  });
  return {
    recorder,
    traced: false,
    sampled: () => false,
    settle: () => Promise.resolve(recorder.drainAll()),
    close: () => Promise.resolve(recorder.close()),
  };
}

function ledger(mode: LedgerMode, { sink, writer }: LedgerOptions): Ledger {
  const rates = { "metrics and logs": 0, "10 % traces": 0.1, "100 % traces": 1 };
  const rate = rates[mode];
  const options: TelemetryOptions = {
    clock: systemClock,
    version: "0.0.0",
    writer,
    log: { level: "INFO", format: { type: "json", colour: false }, slowMs: 30_000, requests: false },
    metrics: true,
    resource: { "service.name": "llm-gateway" },
    tracing: rate === 0 ? null : {
      sampler: { type: "parentbased_traceidratio", rate },
      exporters: [{ type: "otlp", protocol: "http/protobuf", url: `http://127.0.0.1:${sink}/v1/traces` }],
      batch: { maxQueue: 100_000, delay: 500 },
    },
  };
  const telemetry = createTelemetry(options);
  return {
    recorder: telemetry.recorder,
    traced: telemetry.traced,
    sampled: (traceId) => telemetry.sampler.shouldSample(null, traceId),
    async settle() {
      telemetry.recorder.drainAll();
      while (Object.values(telemetry.signals).some(({ queued }) => queued > 0)) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const lost = Object.values(telemetry.signals).reduce((sum, { dropped }) => sum + dropped, 0);
      if (lost > 0) throw new Error(`Cannot measure: ${lost} items of telemetry were dropped`);
    },
    close: () => telemetry.shutdown(),
  };
}

/** A chat request as the benchmark sends it, answered in one attempt. */
function finishOne({ recorder, traced, sampled }: Ledger): void {
  const exchange: Exchange = recorder.open();
  const now = exchange.startedAt;
  exchange.method = "POST";
  exchange.route = "/v1/chat/completions";
  exchange.path = "/v1/chat/completions";
  exchange.clientAddress = "127.0.0.1";
  exchange.requestId = "74722802-6be1-4e14-8e73-d86823fed3e3";
  exchange.requestedModel = "gpt-4o-mini";
  exchange.requestBytes = 350;
  exchange.responseBytes = 812;
  if (traced) {
    exchange.traced = true;
    exchange.traceId = newTraceId();
    exchange.spanId = newSpanId();
    exchange.sampled = sampled(exchange.traceId);
  }
  const call = new ModelCall("generate");
  call.provider = "upstream";
  call.system = "openai";
  call.model = "gpt-4o-mini";
  call.responseModel = "gpt-4o-mini-2024-07-18";
  call.responseId = "chatcmpl-123";
  call.status = "success";
  call.startedAt = now + 0.05;
  call.firstChunkAt = now + 0.3;
  call.endedAt = now + 0.35;
  call.inputTokens = 23;
  call.outputTokens = 156;
  call.finishReason = "stop";
  const attempt = new Attempt("upstream", "gpt-4o-mini");
  attempt.status = "success";
  attempt.httpStatus = 200;
  attempt.serverAddress = "127.0.0.1";
  attempt.serverPort = 9000;
  attempt.upstreamRequestId = "req_123";
  attempt.queuedMs = 0;
  attempt.startedAt = now + 0.06;
  attempt.headersAt = now + 0.28;
  attempt.firstChunkAt = now + 0.3;
  attempt.endedAt = now + 0.34;
  if (traced) {
    call.spanId = newSpanId();
    attempt.spanId = newSpanId();
  }
  call.attempts.push(attempt);
  exchange.call = call;
  exchange.phases.parse = 0.02;
  exchange.phases.route = 0.001;
  exchange.phases.select = 0.001;
  exchange.firstByteAt = now + 0.36;
  exchange.sentStatus = 200;
  exchange.finish("success", 200, now + 0.4);
}
