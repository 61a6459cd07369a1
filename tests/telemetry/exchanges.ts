import type { Clock } from "../../lib/clock.ts";
import {
  Attempt,
  Exchange,
  type ExchangeSink,
  ModelCall,
  StoreOperation,
} from "../../lib/telemetry/exchange.ts";

export const TRACE_ID = "5d8a7c3f2e1b9a8c7d6e5f4a3b2c1d0e";
export const SPAN_IDS = {
  server: "1a2b3c4d5e6f7a8b",
  call: "2a2b3c4d5e6f7a8b",
  attempt: "3a2b3c4d5e6f7a8b",
  second: "4a2b3c4d5e6f7a8b",
  get: "5a2b3c4d5e6f7a8b",
  create: "6a2b3c4d5e6f7a8b",
} as const;

/** 2026-03-03T06:36:44Z */
export const WALL_START = Date.UTC(2026, 2, 3, 6, 36, 44);

const IGNORED: ExchangeSink = { finished: () => {} };

export interface ExchangeShape {
  sink?: ExchangeSink;
  startedAt?: number;
  wallStart?: number;
}

/** A request to `/v1/responses` that has arrived and was not answered yet, at monotonic time 1,000. */
export function arrived(shape: ExchangeShape = {}): Exchange {
  const exchange = new Exchange(
    shape.startedAt ?? 1000,
    shape.wallStart ?? WALL_START,
    shape.sink ?? IGNORED,
  );
  return describeArrival(exchange);
}

/** Fills in what the pipeline knows of a request to `/v1/responses`. */
export function describeArrival(exchange: Exchange): Exchange {
  exchange.method = "POST";
  exchange.route = "/v1/responses";
  exchange.path = "/v1/responses";
  exchange.host = "localhost:8080";
  exchange.clientAddress = "127.0.0.1";
  exchange.userAgent = "curl/8.9.1";
  exchange.requestId = "74722802-6be1-4e14-8e73-d86823fed3e3";
  exchange.traced = true;
  exchange.sampled = true;
  exchange.traceId = TRACE_ID;
  exchange.spanId = SPAN_IDS.server;
  exchange.requestBytes = 57;
  exchange.requestedModel = "gpt-4o-mini";
  return exchange;
}

/** Adds a call that was answered with one attempt; 23 tokens in, 156 out; from 2 ms to 102 ms. */
export function answeredCall(exchange: Exchange, operation: ModelCall["operation"] = "generate"): ModelCall {
  const from = exchange.startedAt;
  const call = new ModelCall(operation);
  call.provider = "openai";
  call.model = "gpt-4o-mini-2024-07-18";
  call.responseModel = "gpt-4o-mini-2024-07-18";
  call.responseId = "resp_1";
  call.spanId = SPAN_IDS.call;
  call.status = "success";
  call.startedAt = from + 2;
  call.firstChunkAt = from + 42;
  call.lastChunkAt = from + 100;
  call.endedAt = from + 102;
  call.inputTokens = 23;
  call.outputTokens = 156;
  call.finishReason = "stop";
  if (operation === "generate_stream") call.chunks = 5;
  call.attempts.push(answeredAttempt(exchange));
  exchange.call = call;
  exchange.stream = operation === "generate_stream";
  return call;
}

export function answeredAttempt(exchange: Exchange): Attempt {
  const from = exchange.startedAt;
  const attempt = new Attempt("openai", "gpt-4o-mini-2024-07-18");
  attempt.status = "success";
  attempt.httpStatus = 200;
  attempt.spanId = SPAN_IDS.attempt;
  attempt.serverAddress = "api.openai.com";
  attempt.serverPort = 443;
  attempt.upstreamRequestId = "req_abc";
  attempt.queuedMs = 0;
  attempt.startedAt = from + 2;
  attempt.headersAt = from + 40;
  attempt.firstChunkAt = from + 42;
  attempt.endedAt = from + 102;
  return attempt;
}

export function storeOperation(exchange: Exchange, operation: "get" | "create"): StoreOperation {
  const from = exchange.startedAt + (operation === "get" ? 1 : 102);
  const done = new StoreOperation("conversation", "memory", operation, from);
  done.endedAt = from + 0.5;
  done.spanId = SPAN_IDS[operation];
  done.conversationId = "resp_0";
  done.messageCount = 3;
  done.conversationModel = "gpt-4o-mini";
  exchange.storeOperations.push(done);
  return done;
}

/** Ends it 104 ms after its arrival. */
export function end(exchange: Exchange, outcome: Exclude<Exchange["outcome"], "">, status: number): Exchange {
  if (outcome !== "cancelled") exchange.sentStatus = status;
  exchange.phases.parse = 0.05;
  exchange.phases.auth = 0.01;
  exchange.firstByteAt = exchange.startedAt + 43;
  exchange.responseBytes = 812;
  exchange.finish(outcome, status, exchange.startedAt + 104);
  return exchange;
}

/** A request that was answered; the table tests begin with this one. */
export function answered(clock?: Clock): Exchange {
  const exchange = arrived(clock === undefined ? {} : { startedAt: clock.now(), wallStart: clock.wall() });
  answeredCall(exchange);
  return end(exchange, "success", 200);
}
