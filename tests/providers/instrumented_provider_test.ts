import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import { InstrumentedProvider } from "../../lib/providers/instrumented_provider.ts";
import type {
  Provider,
  UpstreamHandle,
  UpstreamHandler,
  UpstreamHeaders,
  UpstreamRequest,
} from "../../lib/providers/provider.ts";
import { type Attempt, Exchange, ModelCall } from "../../lib/telemetry/exchange.ts";
import type { WireFormat } from "../../lib/wire/canonical.ts";
import { ManualClock } from "../manual_clock.ts";
import { upstreamHeaders } from "./headers.ts";
import { RecordedAnswer } from "./recorded_answer.ts";
import { Propagators } from "../../lib/telemetry/propagation/propagators.ts";

/** A provider whose answers a test gives by hand. */
class PuppetProvider implements Provider {
  readonly name = "puppet";
  readonly system = "openai";
  readonly formats: readonly WireFormat[] = ["openai_chat"];
  readonly serverAddress = "puppet.test";
  readonly serverPort = 8443;
  readonly forwardHeaders: readonly string[] = ["openai-beta"];
  readonly operations = { files: { path: "/files" } };
  readonly requests: UpstreamRequest[] = [];
  readonly handlers: UpstreamHandler[] = [];
  readonly log: string[] = [];

  send(
    request: UpstreamRequest,
    handler: UpstreamHandler,
    traceHeaders: readonly string[] = [],
  ): UpstreamHandle {
    this.requests.push({ ...request, headers: request.headers.concat(traceHeaders) });
    this.handlers.push(handler);
    return {
      abort: () => this.log.push("abort"),
      pause: () => this.log.push("pause"),
      resume: () => this.log.push("resume"),
    };
  }

  decodeError(status: number, _headers: UpstreamHeaders, _body: Uint8Array): GatewayError {
    return new GatewayError("upstream_error", `Status ${status}.`);
  }

  close(): Promise<void> {
    this.log.push("close");
    return Promise.resolve();
  }
}

const REQUEST: UpstreamRequest = {
  operation: "generate_stream",
  format: "openai_chat",
  model: "gpt",
  stream: true,
  body: new Uint8Array(),
  headers: ["openai-beta", "x"],
  query: "",
};

interface Scene {
  readonly clock: ManualClock;
  readonly puppet: PuppetProvider;
  readonly provider: InstrumentedProvider;
  readonly exchange: Exchange;
  readonly call: ModelCall;
  readonly answer: RecordedAnswer;
  readonly handle: UpstreamHandle;
  /** What the provider says to the first request. */
  readonly handler: UpstreamHandler;
  readonly attempt: Attempt;
}

function scene(prepare: (exchange: Exchange) => void = () => {}, baggage = false): Scene {
  const clock = new ManualClock();
  clock.advance(1_000);
  const puppet = new PuppetProvider();
  const propagators = new Propagators(["tracecontext"]);
  const provider = new InstrumentedProvider(puppet, clock, { propagators, baggage });
  const exchange = new Exchange(clock.now(), clock.wall(), { finished: () => {} });
  prepare(exchange);
  const call = new ModelCall("generate_stream");
  const answer = new RecordedAnswer();
  const handle = provider.send(exchange, call, REQUEST, answer);
  const [handler] = puppet.handlers;
  const [attempt] = call.attempts;
  if (handler === undefined || attempt === undefined) throw new Error("Cannot go on: nothing was sent");
  return { clock, puppet, provider, exchange, call, answer, handle, handler, attempt };
}

Deno.test("send() marks each step of a good answer and passes all of it on", async () => {
  const { clock, exchange, call, answer, handler, attempt } = scene();
  assertEquals([call.provider, call.model, call.system], ["puppet", "gpt", "openai"]);
  assertEquals([attempt.provider, attempt.model], ["puppet", "gpt"]);
  assertEquals([attempt.serverAddress, attempt.serverPort], ["puppet.test", 8443]);
  assertEquals([attempt.startedAt, attempt.status, attempt.queuedMs], [1_000, "", NaN]);
  clock.advance(10);
  handler.onConnect?.();
  assertEquals(exchange.phases.connect, 10);
  clock.advance(10);
  handler.onResponse(200, upstreamHeaders({ "x-request-id": "req_1" }));
  clock.advance(10);
  handler.onData(new Uint8Array([1]));
  clock.advance(10);
  handler.onData(new Uint8Array([2]));
  clock.advance(10);
  handler.onEnd();
  assertEquals(await answer.over, "end");
  assertEquals(answer.calls, ["connect", "response", "data", "end"]);
  assertEquals(answer.bytes, 2);
  assertEquals([attempt.headersAt, attempt.firstChunkAt, attempt.endedAt], [1_020, 1_030, 1_050]);
  assertEquals([attempt.status, attempt.httpStatus, attempt.errorType], ["success", 200, ""]);
  assertEquals(attempt.upstreamRequestId, "req_1");
});

Deno.test("send() has marked a stream as ended well when its last event ends the record", () => {
  const { clock, exchange, answer, handler, attempt } = scene();
  handler.onResponse(200, upstreamHeaders());
  clock.advance(10);
  answer.onChunk = () => {
    exchange.finish("success", 200, clock.now());
    assertEquals([attempt.status, attempt.endedAt], ["success", 1_010]);
  };
  handler.onData(new Uint8Array([1]));
  clock.advance(10);
  // What the connection does then is no news.
  handler.onError({ kind: "connection_reset", sent: true, message: "" });
  assertEquals([attempt.status, attempt.errorType, attempt.endedAt], ["success", "", 1_010]);
});

Deno.test("send() marks an error answer by its status", () => {
  const { clock, handler, attempt } = scene();
  handler.onResponse(503, upstreamHeaders({ "request-id": "r".repeat(500) }));
  assertEquals(attempt.status, "");
  clock.advance(5);
  handler.onEnd();
  assertEquals([attempt.status, attempt.errorType, attempt.httpStatus], ["error", "503", 503]);
  assertEquals(attempt.endedAt, 1_005);
  assertEquals(attempt.upstreamRequestId.length, 128);
});

Deno.test("send() marks a failure by its kind, before and after the answer began", async () => {
  for (const began of [false, true]) {
    const { clock, answer, handler, attempt } = scene();
    if (began) handler.onResponse(200, upstreamHeaders());
    clock.advance(5);
    handler.onError({ kind: "connection_reset", sent: true, message: "" });
    assertEquals(await answer.over, "connection_reset");
    assertEquals([attempt.status, attempt.errorType, attempt.endedAt], ["error", "connection_reset", 1_005]);
  }
});

Deno.test("abort() marks the attempt as cancelled once, and the handle's calls reach the provider", () => {
  const { clock, puppet, handle, handler, attempt } = scene();
  handler.onResponse(200, upstreamHeaders());
  handle.pause();
  handle.resume();
  clock.advance(5);
  handle.abort();
  clock.advance(5);
  handle.abort();
  assertEquals(puppet.log, ["pause", "resume", "abort", "abort"]);
  assertEquals([attempt.status, attempt.errorType, attempt.endedAt], ["cancelled", "", 1_005]);
});

Deno.test("abort() after the end changes nothing", () => {
  const { handle, handler, attempt } = scene();
  handler.onResponse(200, upstreamHeaders());
  handler.onEnd();
  handle.abort();
  assertEquals(attempt.status, "success");
});

Deno.test("an attempt in line has not begun, and begins with its turn", () => {
  const { clock, exchange, handler, attempt } = scene();
  handler.onQueue?.();
  assertEquals(attempt.startedAt, NaN);
  clock.advance(30);
  handler.onDequeue?.();
  assertEquals([attempt.startedAt, attempt.queuedMs, exchange.phases.queue], [1_030, 30, 30]);
  clock.advance(5);
  handler.onConnect?.();
  assertEquals(exchange.phases.connect, 5);
});

Deno.test("an attempt that ends in line was only queued", () => {
  const { clock, handle, handler, attempt } = scene();
  handler.onQueue?.();
  clock.advance(30);
  handle.abort();
  assertEquals([attempt.status, attempt.startedAt, attempt.queuedMs], ["cancelled", NaN, 30]);
});

Deno.test("send() names the attempt's span as the parent, one a request", () => {
  const { puppet, provider, exchange, call, attempt } = scene((exchange) => {
    exchange.traced = true;
    exchange.sampled = true;
    exchange.traceId = "0af7651916cd43dd8448eb211c80319c";
    exchange.spanId = "b7ad6b7169203331";
    exchange.traceState = "vendor=1";
  });
  assertMatch(attempt.spanId, /^[0-9a-f]{16}$/);
  assertEquals(puppet.requests[0]?.headers, [
    "openai-beta",
    "x",
    "traceparent",
    `00-0af7651916cd43dd8448eb211c80319c-${attempt.spanId}-01`,
    "tracestate",
    "vendor=1",
  ]);
  assertEquals(REQUEST.headers.length, 2);
  exchange.sampled = false;
  exchange.traceState = "";
  provider.send(exchange, call, REQUEST, new RecordedAnswer());
  const second = call.attempts[1]?.spanId ?? "";
  assertNotEquals(second, attempt.spanId);
  assertEquals(puppet.requests[1]?.headers.slice(2), [
    "traceparent",
    `00-0af7651916cd43dd8448eb211c80319c-${second}-00`,
  ]);
});

Deno.test("send() forwards a caller's baggage to a provider that may have it, and to no other", () => {
  for (const allowed of [true, false]) {
    const { puppet } = scene((exchange) => {
      exchange.traced = true;
      exchange.traceId = "0af7651916cd43dd8448eb211c80319c";
      exchange.baggage = "tenant=7";
    }, allowed);
    const headers = puppet.requests[0]?.headers ?? [];
    assertEquals(headers.slice(4), allowed ? ["baggage", "tenant=7"] : []);
  }
});

Deno.test("send() adds no headers and makes no span when nothing is traced", () => {
  const { puppet, attempt } = scene();
  assertEquals(puppet.requests[0]?.headers, ["openai-beta", "x"]);
  assertEquals(attempt.spanId, "");
});

Deno.test("InstrumentedProvider passes on what its provider is", async () => {
  const { puppet, provider } = scene();
  assertEquals(
    [
      provider.name,
      provider.system,
      provider.serverAddress,
      provider.serverPort,
      provider.quirks,
    ],
    ["puppet", "openai", "puppet.test", 8443, undefined],
  );
  assertEquals(provider.formats, puppet.formats);
  assertEquals(provider.forwardHeaders, puppet.forwardHeaders);
  assertEquals(provider.decodeError(500, upstreamHeaders(), new Uint8Array()).message, "Status 500.");
  await provider.close();
  assertEquals(puppet.log, ["close"]);
});

Deno.test("operation() is how a provider offers one, null where it does not", () => {
  const { provider } = scene();
  assertEquals(provider.operation("files"), { path: "/files" });
  assertEquals(provider.operation("embeddings"), null);
});

Deno.test("send() notes the method of a request that is no POST", () => {
  const { provider, exchange } = scene();
  const call = new ModelCall("files");
  provider.send(exchange, call, { ...REQUEST, format: "files", method: "DELETE" }, new RecordedAnswer());
  assertEquals(call.attempts[0]?.method, "DELETE");
});

Deno.test("send() tells the first provider what was made for it, and the next one of its own span", () => {
  const made = `00-${"a".repeat(32)}-${"b".repeat(16)}-00`;
  const { puppet, provider, exchange, call, answer } = scene((exchange) => {
    exchange.traced = true;
    exchange.traceId = "a".repeat(32);
    exchange.calleesTraceparent = made;
  });
  provider.send(exchange, call, REQUEST, answer);
  const [first, second] = call.attempts.map(({ spanId }) => spanId);
  assertEquals(first, "b".repeat(16));
  assertNotEquals(second, first);
  assertEquals(puppet.requests.map(({ headers }) => headers.slice(2)), [
    ["traceparent", made],
    ["traceparent", `00-${"a".repeat(32)}-${second}-00`],
  ]);
});
