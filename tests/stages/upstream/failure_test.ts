import { assert, assertEquals } from "@std/assert";
import { type ERRORS, GatewayError } from "../../../lib/errors.ts";
import { InstrumentedProvider } from "../../../lib/providers/instrumented_provider.ts";
import type { UpstreamError } from "../../../lib/providers/provider.ts";
import {
  announcedFailure,
  answeredFailure,
  connectionFailure,
  incompleteStream,
  invalidAnswer,
} from "../../../lib/stages/upstream/failure.ts";
import { ManualClock } from "../../manual_clock.ts";
import { ScriptedProvider } from "../scripted_provider.ts";

const CONNECTIONS: readonly [UpstreamError["kind"], keyof typeof ERRORS][] = [
  ["connection_refused", "upstream_connection_failed"],
  ["connection_reset", "upstream_connection_failed"],
  ["dns_failed", "upstream_connection_failed"],
  ["tls_failed", "upstream_connection_failed"],
  ["timeout_connect", "upstream_timeout"],
  ["timeout_first_chunk", "upstream_timeout"],
  ["timeout_between_chunks", "upstream_timeout"],
  ["timeout_total", "upstream_timeout"],
  ["queue_full", "overloaded"],
  ["protocol_error", "upstream_invalid_response"],
];

Deno.test("connectionFailure() names provider and reason for the client, the cause for the log", () => {
  for (const [kind, code] of CONNECTIONS) {
    for (const sent of [true, false]) {
      const { error, advice } = connectionFailure({ kind, sent, message: "10.0.0.1 said no" }, "up");
      assertEquals([error.code, advice], [code, sent ? "backoff" : "at_once"], kind);
      assert(error.message.includes("'up'") && !error.message.includes("10.0.0.1"), error.message);
      assertEquals((error.cause as Error).message, `${kind}: 10.0.0.1 said no`);
    }
  }
});

Deno.test("answeredFailure() advises by the provider's status", () => {
  const advice = (status: number) => answeredFailure(new GatewayError("upstream_error", "x"), status).advice;
  assertEquals([408, 429, 500, 502, 503, 504, 529].map(advice), Array(7).fill("backoff"));
  assertEquals([401, 403].map(advice), ["elsewhere", "elsewhere"]);
  assertEquals([300, 400, 404, 409, 422, 501].map(advice), Array(6).fill("never"));
});

Deno.test("failures of an answer's shape may be tried again and are the provider's", () => {
  for (const { error, advice } of [invalidAnswer("up", "a page"), incompleteStream("up")]) {
    assertEquals([error.status, advice], [502, "backoff"]);
    assert(error.message.includes("'up'"));
  }
});

Deno.test("announcedFailure() reads an error that came late like an answer", () => {
  const provider = new InstrumentedProvider(
    new ScriptedProvider("up", ["openai_chat"], []),
    new ManualClock(),
  );
  const headers = { get: () => null, entries: () => [] };
  const cases: [code: string, expected: keyof typeof ERRORS, advice: string][] = [
    ["overloaded_error", "overloaded", "backoff"],
    ["rate_limit_exceeded", "rate_limit_exceeded", "backoff"],
    ["context_length_exceeded", "invalid_request", "never"],
    ["invalid_api_key", "upstream_authentication_failed", "elsewhere"],
    ["server_error", "upstream_error", "backoff"],
    ["INVALID_ARGUMENT", "invalid_request", "never"],
    ["RESOURCE_EXHAUSTED", "rate_limit_exceeded", "backoff"],
    ["UNAUTHENTICATED", "upstream_authentication_failed", "elsewhere"],
    ["", "upstream_error", "backoff"],
    ["constructor", "upstream_error", "backoff"],
    ["upstream_invalid_response", "upstream_invalid_response", "backoff"],
  ];
  for (const [code, expected, advice] of cases) {
    const failure = announcedFailure({ code, message: "words" }, provider, headers);
    assertEquals([failure.error.code, failure.advice], [expected, advice], code);
  }
});

Deno.test("announcedFailure() goes by the status that an error names, where its word says nothing", () => {
  const provider = new InstrumentedProvider(
    new ScriptedProvider("up", ["openai_chat"], []),
    new ManualClock(),
  );
  const headers = { get: () => null, entries: () => [] };
  const cases: [code: string, status: number, expected: keyof typeof ERRORS, advice: string][] = [
    ["upstream_error", 429, "rate_limit_exceeded", "backoff"],
    ["upstream_error", 503, "upstream_error", "backoff"],
    ["BadRequestError", 400, "invalid_request", "never"],
    ["rate_limit_error", 500, "rate_limit_exceeded", "backoff"],
    ["upstream_error", 7, "upstream_error", "backoff"],
    ["upstream_error", 200, "upstream_error", "backoff"],
  ];
  for (const [code, status, expected, advice] of cases) {
    const failure = announcedFailure({ code, message: "words", status }, provider, headers);
    assertEquals([failure.error.code, failure.advice], [expected, advice], `${code} ${status}`);
  }
  // A status that nobody named is not told as the provider's.
  const { error } = announcedFailure({ code: "upstream_error", message: "words" }, provider, headers);
  assertEquals([error.message, (error.cause as Error).message], [
    "The provider 'up' told of an error.",
    "words",
  ]);
});
