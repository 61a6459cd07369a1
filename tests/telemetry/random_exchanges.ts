import fc from "fast-check";
import type { Exchange } from "../../lib/telemetry/exchange.ts";
import { freshTrace, traceIdIn } from "../../lib/telemetry/fresh_traces.ts";
import { newSpanId } from "../../lib/telemetry/ids.ts";
import { answeredAttempt, answeredCall, arrived, end, storeOperation } from "./exchanges.ts";
import { principal } from "../principal.ts";

/** Requests of every kind, with whatever text a client may send. */
export const exchanges: fc.Arbitrary<Exchange> = fc.record(
  {
    outcome: fc.constantFrom("success", "rejected", "error", "cancelled", "blocked"),
    status: fc.constantFrom(200, 404, 502, 499, 403),
    operation: fc.constantFrom("generate", "generate_stream", "embed", null),
    attempts: fc.integer({ min: 0, max: 4 }),
    stores: fc.integer({ min: 0, max: 2 }),
    text: fc.string({ unit: "grapheme", maxLength: 200 }),
    parent: fc.boolean(),
    tokens: fc.oneof(fc.nat(), fc.constant(NaN)),
    cost: fc.oneof(fc.double({ min: 0, max: 100, noNaN: true }), fc.constant(NaN)),
    metadata: fc.oneof(fc.constant(null), fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 })),
    time: fc.double({ min: 0, max: 1e7, noNaN: true }),
  } as const,
).map((made) => {
  const exchange = arrived({ startedAt: made.time, wallStart: 1.77e12 + made.time });
  exchange.traceId = traceIdIn(freshTrace());
  exchange.userAgent = made.text;
  exchange.user = [...made.text].slice(0, 10).join("");
  exchange.errorType = made.outcome === "success" ? "" : "upstream_error";
  exchange.errorMessage = made.text;
  exchange.costUsd = made.cost;
  exchange.metadata = made.metadata;
  if (made.parent) exchange.requestHeaders = ["user-agent", made.text];
  if (made.parent) exchange.responseHeaders = [];
  exchange.cancelStage = made.outcome === "cancelled" ? "streaming" : "";
  if (made.parent) {
    exchange.parentSpanId = newSpanId();
    exchange.traceState = "foo=1";
    exchange.principal = principal({ keyTail: "abcd", name: "n" });
  }
  if (made.operation !== null) {
    const call = answeredCall(exchange, made.operation);
    call.status = made.outcome === "error" ? "error" : "success";
    call.inputTokens = made.tokens;
    call.finishReason = [...made.text].slice(0, 5).join("");
    call.usageEstimated = made.parent;
    if (made.operation === "generate_stream") call.longestGapMs = made.time / 1e4;
    call.attempts.length = 0;
    for (let i = 0; i < made.attempts; i++) {
      const attempt = answeredAttempt(exchange);
      attempt.spanId = newSpanId();
      if (i + 1 < made.attempts) {
        attempt.status = "error";
        attempt.errorType = "upstream_timeout";
        attempt.httpStatus = i;
      }
      call.attempts.push(attempt);
    }
  }
  for (let i = 0; i < made.stores; i++) storeOperation(exchange, i === 0 ? "get" : "create");
  return end(exchange, made.outcome, made.status);
});
