import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Deadlines } from "../../lib/deadlines.ts";
import { GatewayError } from "../../lib/errors.ts";
import type { AnswerHeaderOptions } from "../../lib/middleware/answer_headers.ts";
import { logging } from "../../lib/middleware/logging.ts";
import type { Handler, Middleware } from "../../lib/middleware/middleware.ts";
import { Attempt, type Exchange, ModelCall } from "../../lib/telemetry/exchange.ts";
import { ManualClock } from "../manual_clock.ts";
import { arrived, type FakeClient, ok } from "./arrived.ts";

const ALL: AnswerHeaderOptions = {
  traceresponse: true,
  traceparent: true,
  server_timing: true,
  overhead: true,
  model: true,
  provider: true,
  attempts: true,
  dropped_params: true,
  cache: true,
  semantic_router: true,
};
const NONE = Object.fromEntries(
  Object.keys(ALL).map((key) => [key, false]),
) as unknown as AnswerHeaderOptions;

function layerWith(
  headers = NONE,
  onStart: (exchange: Exchange) => void = () => {},
): [Middleware, ManualClock] {
  const clock = new ManualClock();
  return [logging({ clock, deadlines: new Deadlines(clock), headers, onStart }), clock];
}

function failing(cause: unknown): Handler {
  return () => Promise.reject(cause);
}

Deno.test("logging() takes over the caller's request id where it is sane, else makes one", async () => {
  const [layer] = layerWith();
  const kept = arrived({ "x-request-id": "abc-123_/=" });
  const response = await layer(kept, ok);
  assertEquals([kept.requestId, response.headers.get("x-request-id")], ["abc-123_/=", "abc-123_/="]);
  for (const bad of ["", "a b", "é", "x".repeat(129)]) {
    const exchange = arrived({ "x-request-id": bad });
    await layer(exchange, ok);
    assertMatch(exchange.requestId, /^[0-9a-f]{8}-[0-9a-f-]{27}$/);
  }
});

Deno.test("logging() names the request as Anthropic does to Anthropic's clients", async () => {
  const [layer] = layerWith();
  const exchange = arrived({});
  assertEquals((await layer(exchange, ok)).headers.get("request-id"), null);
  const another = Object.assign(arrived({}), { dialect: "anthropic" });
  assertEquals((await layer(another, ok)).headers.get("request-id"), another.requestId);
});

Deno.test("logging() notes the user agent, cut to a bearable length, before it tells of the start", async () => {
  const started: string[] = [];
  const [layer] = layerWith(NONE, (exchange) => started.push(exchange.userAgent));
  await layer(arrived({ "user-agent": "OpenAI/Python 1.0" }), ok);
  await layer(arrived({ "user-agent": "x".repeat(1000) }), ok);
  assertEquals(started, ["OpenAI/Python 1.0", "x".repeat(256)]);
});

Deno.test("logging() ends the record of a whole answer, once, with the time that it took", async () => {
  const [layer, clock] = layerWith();
  const ended: Exchange[] = [];
  const exchange = arrived({}, { ended });
  await layer(exchange, () => {
    clock.advance(25);
    return ok();
  });
  assertEquals(ended, [exchange]);
  assertEquals([exchange.outcome, exchange.status, exchange.sentStatus, exchange.endedAt], [
    "success",
    200,
    200,
    25,
  ]);
});

Deno.test("logging() leaves the record of a stream to the stream", async () => {
  const [layer] = layerWith(ALL);
  const exchange = arrived();
  const response = await layer(exchange, (it) => {
    it.deferred = true;
    return Promise.resolve(new Response(new ReadableStream()));
  });
  assertEquals([exchange.finished, exchange.sentStatus], [false, 200]);
  assertEquals(response.headers.get("cache-control"), "no-cache, no-transform");
  assertEquals(response.headers.get("x-accel-buffering"), "no");
  assertEquals(response.headers.get("x-gateway-overhead-ms"), null);
});

Deno.test("logging() answers errors in the client's dialect and judges them by their status", async () => {
  const table: [GatewayError, "rejected" | "error"][] = [
    [new GatewayError("invalid_request", "No.", { param: "model" }), "rejected"],
    [new GatewayError("upstream_timeout", "Late."), "error"],
    [new GatewayError("upstream_error", "Théière.", { status: 418, upstreamCode: "teapot" }), "rejected"],
  ];
  for (const [error, outcome] of table) {
    const [layer] = layerWith();
    const openai = arrived({ "x-request-id": "id-1" });
    const response = await layer(openai, failing(error));
    const text = await response.text();
    assertEquals(response.status, error.status);
    assertEquals(response.headers.get("content-type"), "application/json");
    assertEquals(JSON.parse(text).error.message, error.message);
    assertEquals(openai.responseBytes, new TextEncoder().encode(text).length);
    assertEquals([openai.outcome, openai.errorType, openai.errorMessage], [
      outcome,
      error.code,
      error.message,
    ]);

    const anthropic = Object.assign(arrived({ "x-request-id": "id-2" }), { dialect: "anthropic" });
    const { type, request_id } = await (await layer(anthropic, failing(error))).json();
    assertEquals([type, request_id], ["error", "id-2"]);
  }
});

Deno.test("logging() tells clients nothing of what nobody foresaw, and the log all but the stack", async () => {
  const [layer] = layerWith();
  for (const cause of [new TypeError("secret detail"), "secret detail"]) {
    const exchange = arrived();
    const response = await layer(exchange, failing(cause));
    const text = await response.text();
    assertEquals(response.status, 500);
    assert(!text.includes("secret"));
    assertEquals([exchange.outcome, exchange.errorType], ["error", "internal_error"]);
    assertStringIncludes(exchange.errorMessage, "secret detail");
  }
});

Deno.test("logging() catches what is thrown before there is a promise", async () => {
  const [layer] = layerWith();
  const response = await layer(arrived(), () => {
    throw new GatewayError("not_found", "Nowhere.");
  });
  assertEquals(response.status, 404);
});

Deno.test("logging() says when and how to try again", async () => {
  const [layer] = layerWith();
  const limited = new GatewayError("rate_limit_exceeded", "Slow down.", { retryAfter: 1.2 });
  const own = await layer(arrived(), failing(limited));
  assertEquals([own.headers.get("retry-after"), own.headers.get("x-should-retry")], ["2", null]);

  const tried = arrived();
  tried.call = new ModelCall("generate");
  tried.call.attempts.push(new Attempt("p", "m"));
  const spent = await layer(tried, failing(new GatewayError("upstream_error", "Down.")));
  assertEquals(spent.headers.get("x-should-retry"), "false");

  const refused = arrived();
  refused.call = tried.call;
  const final = await layer(refused, failing(new GatewayError("upstream_error", "No.", { status: 400 })));
  assertEquals(final.headers.get("x-should-retry"), null);

  const method = new GatewayError("method_not_allowed", "Use GET.", { allow: ["GET", "HEAD"] });
  assertEquals((await layer(arrived(), failing(method))).headers.get("allow"), "GET, HEAD");
});

Deno.test("logging() takes a client that left for a cancel, whatever it led to", async () => {
  const causes: Handler[] = [
    failing(new GatewayError("client_closed_request", "Gone.")),
    (exchange) => {
      (exchange.client as FakeClient).leave();
      return Promise.reject(new Error("aborted"));
    },
    (exchange) => {
      (exchange.client as FakeClient).leave();
      return ok();
    },
  ];
  for (const cause of causes) {
    const [layer] = layerWith();
    const exchange = arrived();
    assertEquals((await layer(exchange, cause)).status, 499);
    assertEquals([exchange.outcome, exchange.status, exchange.sentStatus], ["cancelled", 499, 0]);
    assertEquals([exchange.errorType, exchange.cancelStage], ["", "before_headers"]);
  }
});

Deno.test("logging() does not take a provider's 499 for the client's", async () => {
  const [layer] = layerWith();
  const exchange = arrived();
  await layer(exchange, failing(new GatewayError("upstream_error", "Odd.", { status: 499 })));
  assertEquals([exchange.outcome, exchange.status, exchange.sentStatus], ["rejected", 499, 499]);
});

Deno.test("logging() takes a health route's 503 for an answer, not for a failure", async () => {
  const [layer] = layerWith();
  const exchange = Object.assign(arrived(), { background: true });
  await layer(exchange, () => Promise.resolve(new Response("{}", { status: 503 })));
  assertEquals([exchange.outcome, exchange.status], ["success", 503]);
});

Deno.test("logging() writes into a stream's Server-Timing what is known when its headers go out", async () => {
  const [layer, clock] = layerWith(ALL);
  const response = await layer(arrived(), (it) => {
    it.deferred = true;
    it.phases.route = 0.5;
    clock.advance(1);
    it.call = new ModelCall("generate_stream");
    it.call.attempts.push(Object.assign(new Attempt("openai", "gpt"), { startedAt: clock.now() }));
    clock.advance(40);
    return ok();
  });
  assertEquals(response.headers.get("server-timing"), "route;dur=0.5, overhead;dur=1");
});

Deno.test("logging() counts no bytes of an answer to HEAD", async () => {
  const [layer] = layerWith();
  const exchange = arrived({}, { method: "HEAD" });
  await layer(exchange, (it) => {
    it.responseBytes = 17;
    return ok();
  });
  assertEquals(exchange.responseBytes, 0);
});

Deno.test("logging() writes the record's facts into headers, as far as they are switched on", async () => {
  async function answered(headers: AnswerHeaderOptions): Promise<Headers> {
    const [layer, clock] = layerWith(headers);
    const exchange = arrived();
    const response = await layer(exchange, (it) => {
      Object.assign(it, { traced: true, sampled: true, traceId: "a".repeat(32), spanId: "b".repeat(16) });
      it.droppedParams = "seed, n";
      it.answerHeaders = ["x-extra", "1"];
      it.phases.parse = 0.25;
      it.call = Object.assign(new ModelCall("generate"), { provider: "openai", model: "gpt-ö" });
      it.call.attempts.push(new Attempt("openai", "gpt"), new Attempt("openai", "gpt"));
      Object.assign(it.call.attempts[1] ?? {}, { upstreamRequestId: "req_1", startedAt: clock.now() });
      clock.advance(2);
      return ok();
    });
    return response.headers;
  }
  const shown = await answered(ALL);
  const context = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
  const expected: Record<string, string> = {
    "content-type": "application/json",
    "traceresponse": context,
    "traceparent": context,
    "x-gateway-model": "gpt-%C3%B6",
    "x-gateway-provider": "openai",
    "x-gateway-attempts": "2",
    "x-gateway-upstream-request-id": "req_1",
    "x-gateway-dropped-params": "seed, n",
    "x-gateway-overhead-ms": "0",
    "server-timing": "parse;dur=0.25, overhead;dur=0, total;dur=2",
    "x-extra": "1",
  };
  for (const [name, value] of Object.entries(expected)) assertEquals(shown.get(name), value, name);
  const hidden = await answered(NONE);
  assertEquals([...hidden.keys()], [
    "content-type",
    "x-extra",
    "x-gateway-upstream-request-id",
    "x-request-id",
  ]);
});
