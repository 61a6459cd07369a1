import { assertEquals, assertGreaterOrEqual, assertLess } from "@std/assert";
import fc from "fast-check";
import type { Exchange } from "../../../lib/telemetry/exchange.ts";
import { OtlpEnvelope } from "../../../lib/telemetry/exporters/otlp_envelope.ts";
import { SpanEncoder } from "../../../lib/telemetry/exporters/span_encoder.ts";
import { newSpanId } from "../../../lib/telemetry/ids.ts";
import { PROFILES } from "../../../lib/telemetry/names/profiles.ts";
import { closingEvent } from "../../../lib/telemetry/projections/closing_event.ts";
import { closingLine } from "../../../lib/telemetry/projections/log_line.ts";
import { RequestText, RequestTexts, requestTexts } from "../../../lib/telemetry/projections/request_texts.ts";
import { SpanProjection } from "../../../lib/telemetry/projections/spans.ts";
import { answered, arrived, end } from "../exchanges.ts";
import { exchanges } from "../random_exchanges.ts";
import { decodeRequest } from "../exporters/otlp_decoder.ts";
import { RESOURCE, SCOPE } from "../exporters/spans.ts";

const decoder = new TextDecoder();

function textOf(texts: RequestTexts, exchange: Exchange, which: RequestText, length: number): string {
  const at = texts.place(texts.find(exchange), which);
  return decoder.decode(texts.bytes.subarray(at, at + length));
}

Deno.test("RequestTexts has the ids of all requests that are projected together", () => {
  const texts = new RequestTexts();
  const group = [answered(), end(arrived(), "rejected", 404), answered()];
  group.forEach((exchange, n) => exchange.requestId = `request ${n}`);
  const [first, second, third] = group as [Exchange, Exchange, Exchange];
  texts.begin(group);
  assertEquals(textOf(texts, first, RequestText.RequestId, 9), "request 0");
  assertEquals(textOf(texts, third, RequestText.RequestId, 9), "request 2");
  assertEquals(textOf(texts, third, RequestText.TraceId, 32), third.traceId);
  assertEquals(textOf(texts, third, RequestText.AttemptId, 16), third.call?.attempts[0]?.spanId);
  assertGreaterOrEqual(texts.find(second), 0);
  assertLess(texts.place(texts.find(second), RequestText.CallId), 0);
});

Deno.test("RequestTexts has nothing of a request that is not among them, and nothing where an id is not ASCII", () => {
  const texts = new RequestTexts();
  const [one, other] = [answered(), answered()];
  texts.begin([one]);
  assertLess(texts.find(other), 0);
  assertLess(texts.place(texts.find(other), RequestText.TraceId), 0);
  texts.begin([other, one]);
  assertGreaterOrEqual(texts.find(other), 0);
  if (one.call !== null) one.call.responseId = "chatcmpl-ü";
  texts.begin([other, one]);
  assertLess(texts.find(other), 0);
});

Deno.test("RequestTexts has room for any number of requests, and does not keep ids without end", () => {
  const texts = new RequestTexts();
  const group = Array.from({ length: 40 }, () => answered());
  const id = "x".repeat(200);
  for (const exchange of group) {
    exchange.requestId = id;
    if (exchange.call !== null) exchange.call.responseId = id + id;
  }
  texts.begin(group);
  for (const exchange of group) {
    assertEquals(textOf(texts, exchange, RequestText.RequestId, 200), id);
    assertLess(texts.place(texts.find(exchange), RequestText.ResponseId), 0);
  }
});

/** An id as a provider or a client may give it. */
const id = fc.oneof(
  fc.constantFrom("", "req_abc", 'a"b', "é", "chatcmpl-0123456789abcdef", "chatcmpl-0123456789abcdeg"),
  fc.string({ maxLength: 40 }),
);

const described = fc.record({
  exchange: exchanges,
  requestId: id,
  responseId: id,
  upstreamId: id,
  sampled: fc.boolean(),
})
  .map(({ exchange, requestId, responseId, upstreamId, sampled }) => {
    exchange.requestId = requestId;
    exchange.sampled = sampled;
    exchange.spanId = newSpanId();
    const { call } = exchange;
    if (call !== null) {
      call.responseId = responseId;
      call.spanId = newSpanId();
      for (const attempt of call.attempts) attempt.upstreamRequestId = upstreamId;
    }
    return exchange;
  });

Deno.test("lines and spans say the same, whether or not their ids stand there as bytes", () => {
  const outcome = (groups: readonly (readonly Exchange[])[], joined: boolean, maxLength: number) => {
    const encoder = new SpanEncoder(new OtlpEnvelope(RESOURCE, SCOPE));
    const spans = new SpanProjection(
      // Also what the head did not sample may be kept.
      { profiles: PROFILES, maxAttributes: 128, maxLength, keep: () => true },
      [encoder],
    );
    const lines = groups.flatMap((group) => {
      requestTexts.begin(joined ? group : []);
      for (const exchange of group) spans.project(exchange);
      return group.map((exchange) => closingLine(exchange, closingEvent(exchange, 0)));
    });
    return { lines, spans: decodeRequest(encoder.take()) };
  };
  fc.assert(fc.property(
    fc.array(fc.array(described, { minLength: 1, maxLength: 8 }), { maxLength: 3 }),
    fc.constantFrom(Infinity, 10),
    (groups, maxLength) => {
      assertEquals(outcome(groups, true, maxLength), outcome(groups, false, maxLength));
    },
  ));
});
