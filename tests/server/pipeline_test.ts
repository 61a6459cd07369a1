import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { Deadlines } from "../../lib/deadlines.ts";
import { readBody } from "../../lib/endpoints/read_body.ts";
import { responseHeaders } from "../../lib/endpoints/response_headers.ts";
import { ApiKeys } from "../../lib/middleware/api_keys.ts";
import { keyDigest } from "../../lib/stores/virtual_key.ts";
import { auth } from "../../lib/middleware/auth.ts";
import { cors } from "../../lib/middleware/cors.ts";
import { logging } from "../../lib/middleware/logging.ts";
import { metrics } from "../../lib/middleware/metrics.ts";
import type { Middleware } from "../../lib/middleware/middleware.ts";
import { TrustedProxies } from "../../lib/server/client_address.ts";
import { createPipeline, type PipelineOptions } from "../../lib/server/pipeline.ts";
import { TargetReader } from "../../lib/server/request_target.ts";
import { Router } from "../../lib/server/router.ts";
import { serve } from "../../lib/server/server.ts";
import { Exchange } from "../../lib/telemetry/exchange.ts";
import { FakeClient } from "../middleware/arrived.ts";
import { ManualClock } from "../manual_clock.ts";
import { eventually, RawClient } from "./raw_client.ts";

const LIMIT = 1000;
const BODY_TIMEOUT = 10_000;
const HEADERS = {
  traceresponse: false,
  traceparent: false,
  server_timing: false,
  overhead: false,
  model: false,
  provider: false,
  attempts: false,
  dropped_params: false,
  cache: false,
  semantic_router: false,
};

/** A pipeline with an echo, a model route, a health route and one that breaks, and the records that it ended. */
class Fixture {
  readonly clock = new ManualClock();
  readonly deadlines = new Deadlines(this.clock);
  readonly ended: Exchange[] = [];
  readonly options: PipelineOptions;

  constructor(overrides: Partial<PipelineOptions> = {}) {
    const { clock, deadlines } = this;
    const body = { limit: LIMIT, timeout: BODY_TIMEOUT, deadlines };
    this.options = {
      scheme: "http",
      router: new Router([
        {
          method: "POST",
          path: "/v1/echo",
          handler: async (exchange) => new Response(await readBody(exchange, body)),
        },
        {
          method: "GET",
          path: "/v1/models/{id+}",
          handler: (exchange, params) =>
            Promise.resolve(
              new Response(JSON.stringify(params), {
                headers: responseHeaders(exchange, "application/json", null),
              }),
            ),
        },
        {
          method: "POST",
          path: "/v1/messages",
          handler: () => Promise.reject(new Error("broken")),
          dialect: "anthropic",
        },
        {
          method: "GET",
          path: "/health",
          handler: () => Promise.resolve(new Response("well")),
          background: true,
          public: true,
        },
      ]),
      targets: new TargetReader(),
      proxies: null,
      layers: [logging({ clock, deadlines, headers: HEADERS, onStart: () => {} }), metrics()],
      guards: [],
      open: () => new Exchange(clock.now(), clock.wall(), { finished: (it) => this.ended.push(it) }),
      clock,
      ...overrides,
    };
  }

  /** Asks without a socket. */
  ask(path: string, init: RequestInit = {}, remoteAddress = "192.0.2.1"): Promise<Response> {
    const connection = Object.assign(new FakeClient(), { remoteAddress, streamed: false });
    return createPipeline(this.options)(new Request(`http://localhost:8080${path}`, init), connection);
  }

  /** Lets the test speak to it over a socket. */
  async withServer(test: (port: number) => Promise<void>): Promise<void> {
    const server = await serve({
      hostname: "127.0.0.1",
      port: 0,
      handler: createPipeline(this.options),
      limits: { maxConnections: 100, headerTimeout: 10_000, idleTimeout: 60_000 },
      clock: systemClock,
      onWarning: () => {},
    });
    try {
      await test(server.address.port);
    } finally {
      server.abortAll();
      await server.finished;
    }
  }
}

Deno.test("createPipeline() records what arrived and answers by the matched route", async () => {
  const fixture = new Fixture();
  const response = await fixture.ask("/models/org/name?beta=true", {
    headers: { "anthropic-version": "2023-06-01" },
  });
  assertEquals(await response.json(), { id: "org/name" });
  const [exchange] = fixture.ended;
  assertEquals(
    [exchange?.method, exchange?.route, exchange?.path, exchange?.query, exchange?.host, exchange?.dialect],
    ["GET", "/v1/models/{id}", "/models/org/name", "?beta=true", "localhost:8080", "anthropic"],
  );
  assertEquals([exchange?.clientAddress, exchange?.status, exchange?.outcome], ["192.0.2.1", 200, "success"]);
  assertEquals([exchange?.request, exchange?.client], [null, null]);
});

Deno.test("createPipeline() counts every refusal like any other answer", async () => {
  const table: [string, RequestInit, number, string, string][] = [
    ["/v1/modles/x", {}, 404, "other", "not_found"],
    ["/v1/models/x", { method: "PUT" }, 405, "/v1/models/{id}", "method_not_allowed"],
    ["/v1/models/x", { method: "OPTIONS" }, 405, "/v1/models/{id}", "method_not_allowed"],
    ["/v1//models", {}, 400, "other", "invalid_request"],
    ["/v1/models/x", { headers: { host: "a/admin?" } }, 400, "other", "invalid_host"],
    ["/v1/messages", { method: "POST" }, 500, "/v1/messages", "internal_error"],
    ["/v1/echo", { method: "POST", body: "x".repeat(LIMIT + 1) }, 413, "/v1/echo", "request_too_large"],
  ];
  for (const [path, init, status, route, errorType] of table) {
    const fixture = new Fixture();
    const response = await fixture.ask(path, init);
    assertEquals(response.status, status, path);
    const outcome = status < 500 ? "rejected" : "error";
    const [exchange] = fixture.ended;
    assertEquals(fixture.ended.length, 1, path);
    assertEquals([exchange?.status, exchange?.route, exchange?.errorType], [status, route, errorType], path);
    assertEquals(exchange?.outcome, outcome, path);
    const body = await response.json();
    assertEquals(body.type === "error", path === "/v1/messages", path);
  }
});

Deno.test("createPipeline() says what is wrong with a path that it does not take", async () => {
  for (
    const [path, why] of [["//v1/models/x", "two slashes in a row"], [
      "/v1/%zz",
      "no single meaning",
    ]] as const
  ) {
    const { error } = await (await new Fixture().ask(path)).json();
    assertStringIncludes(error.message, why);
  }
});

Deno.test("createPipeline() asks for a key everywhere but on public routes and of nonsense", async () => {
  const clock = new ManualClock();
  const keys = new ApiKeys([{ name: "a", sha256: keyDigest("sk-a") }]);
  const guards = [auth({ keys, clock })];
  const authorization = "Bearer sk-a";
  const table: [string, RequestInit, number][] = [
    ["/v1/models/x", {}, 401],
    ["/v1/unknown", {}, 401],
    ["/v1/models/x", { method: "PUT" }, 401],
    ["/v1/models/x", { headers: { authorization } }, 200],
    ["/v1/unknown", { headers: { authorization } }, 404],
    ["/health", {}, 200],
    ["/v1/../health", { headers: { host: "a b" } }, 400],
  ];
  for (const [path, init, status] of table) {
    assertEquals((await new Fixture({ guards }).ask(path, init)).status, status, path);
  }
});

Deno.test("createPipeline() runs the layers in order, guards last", async () => {
  const seen: string[] = [];
  const layer = (name: string): Middleware => (exchange, next) => {
    seen.push(name);
    return next(exchange);
  };
  const layers = [layer("logging"), layer("tracing")];
  await new Fixture({ layers, guards: [layer("auth")] }).ask("/v1/models/x");
  await new Fixture({ layers, guards: [layer("auth")] }).ask("/health");
  assertEquals(seen, ["logging", "tracing", "auth", "logging", "tracing"]);
});

Deno.test("createPipeline() believes trusted proxies", async () => {
  const proxies = new TrustedProxies(["10.0.0.0/8"]);
  const headers = { "x-forwarded-for": "192.0.2.7", "x-forwarded-proto": "https" };
  const table: [string, string, string][] = [["10.0.0.1", "192.0.2.7", "https"], [
    "192.0.2.1",
    "192.0.2.1",
    "http",
  ]];
  for (const [peer, client, scheme] of table) {
    const fixture = new Fixture({ proxies });
    await fixture.ask("/health", { headers }, peer);
    assertEquals([fixture.ended[0]?.clientAddress, fixture.ended[0]?.scheme], [client, scheme]);
  }
});

Deno.test("createPipeline() answers preflights where CORS is on, and lets pages read errors", async () => {
  const fixture = new Fixture();
  const layers = [
    ...fixture.options.layers,
    cors({ allowed_origins: ["https://app.example"], allowed_headers: [], max_age: 1000 }),
  ];
  const keys = new ApiKeys([]);
  const open = new Fixture({ layers, guards: [auth({ keys, clock: fixture.clock })] });
  const origin = "https://app.example";
  const preflight = { method: "OPTIONS", headers: { origin, "access-control-request-method": "POST" } };
  const response = await open.ask("/v1/echo", preflight);
  assertEquals([response.status, response.headers.get("access-control-allow-origin")], [204, origin]);
  const refused = await open.ask("/v1/models/x", { headers: { origin } });
  assertEquals([refused.status, refused.headers.get("access-control-allow-origin")], [401, origin]);
});

Deno.test("createPipeline() answers in the client's dialect even where the layers themselves break", async () => {
  const broken: Middleware = () => Promise.reject(new Error("secret"));
  const fixture = new Fixture({ layers: [broken] });
  const response = await fixture.ask("/v1/messages", { method: "POST" });
  const body = await response.json();
  assertEquals([response.status, body.type, body.error.type], [500, "error", "api_error"]);
  assert(!JSON.stringify(body).includes("secret"));
  assertEquals([fixture.ended[0]?.outcome, fixture.ended[0]?.errorType], ["error", "internal_error"]);
});

Deno.test("a server with a pipeline refuses hostile targets over the wire", async () => {
  await new Fixture().withServer(async (port) => {
    const table: [string, number][] = [
      ["GET /v1/models/x HTTP/1.1\r\nHost: a/health?\r\n\r\n", 400],
      ["GET /v1/models/x HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400],
      ["GET /v1/models/x HTTP/1.1\r\nHost: user@a\r\n\r\n", 400],
      ["GET /v1/models/x HTTP/1.1\r\nHost:\r\n\r\n", 400],
      ["GET http://evil.example/health HTTP/1.1\r\nHost: a\r\n\r\n", 400],
      ["CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 400],
      ["OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", 404],
      ["GET /../health HTTP/1.1\r\nHost: a\r\n\r\n", 400],
      ["GET //health HTTP/1.1\r\nHost: a\r\n\r\n", 400],
      ["GET /%2e%2e/health HTTP/1.1\r\nHost: a\r\n\r\n", 400],
      ["GET /v1\\..\\health HTTP/1.1\r\nHost: a\r\n\r\n", 400],
      ["GET /health%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400],
      ["GET /he%61lth HTTP/1.1\r\nHost: a\r\n\r\n", 200],
      ["GET /health?x=http://a/../b HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n", 200],
      ["GET /health HTTP/1.0\r\n\r\n", 200],
    ];
    for (const [request, status] of table) {
      using client = await RawClient.connect(port);
      await client.send(request);
      assertMatch(await client.receive("\r\n\r\n"), new RegExp(`^HTTP/1\\.[01] ${status} `), request);
    }
  });
});

Deno.test("a server with a pipeline keeps the connection of a client that was refused before its body was read", async () => {
  await new Fixture().withServer(async (port) => {
    using client = await RawClient.connect(port);
    const post = "POST /v1/unknown HTTP/1.1\r\nhost: a\r\ncontent-length: 600\r\n\r\n" + "x".repeat(600);
    assertMatch(await client.ask(post, "Unknown path"), /^HTTP\/1.1 404 /);
    assertMatch(await client.ask(post, "Unknown path"), /^HTTP\/1.1 404 /);
  });
});

Deno.test("a server with a pipeline closes the connection of a client that goes on sending what was refused", async () => {
  for (const path of ["/v1/unknown", "/v1/echo"]) {
    const fixture = new Fixture();
    await fixture.withServer(async (port) => {
      using client = await RawClient.connect(port);
      await client.send(`POST ${path} HTTP/1.1\r\nhost: a\r\ncontent-length: 500\r\n\r\nfoo=`);
      // A byte now and then, which keeps it busy.
      const trickle = setInterval(() => client.send("x").catch(() => {}), 50);
      try {
        await eventually(() => fixture.deadlines.size === 1, "the reading");
        fixture.clock.advance(BODY_TIMEOUT + 200);
        const answer = await client.end();
        assertMatch(answer, /^HTTP\/1.1 40[48] /);
        assertStringIncludes(answer, "connection: close");
      } finally {
        clearInterval(trickle);
      }
    });
  }
});

Deno.test("a server with a pipeline answers 413 while the body still comes", async () => {
  await new Fixture().withServer(async (port) => {
    for (const framing of ["content-length: 5000", "transfer-encoding: chunked"]) {
      using client = await RawClient.connect(port);
      await client.send(`POST /v1/echo HTTP/1.1\r\nhost: a\r\n${framing}\r\n\r\n`);
      const chunk = "x".repeat(5000);
      await client.send(framing.includes("chunked") ? `1388\r\n${chunk}\r\n0\r\n\r\n` : chunk);
      assertStringIncludes(await client.receive("request_too_large"), "HTTP/1.1 413 ");
    }
  });
});

Deno.test("a server with a pipeline answers 408 to a client whose body stalls", async () => {
  for (const framing of ["content-length: 500", "transfer-encoding: chunked"]) {
    const fixture = new Fixture();
    await fixture.withServer(async (port) => {
      using client = await RawClient.connect(port);
      await client.send(`POST /v1/echo HTTP/1.1\r\nhost: a\r\n${framing}\r\n\r\n`);
      await eventually(() => fixture.deadlines.size === 1, "the reading");
      fixture.clock.advance(BODY_TIMEOUT + 200);
      assertStringIncludes(await client.receive("request_timeout"), "HTTP/1.1 408 ");
      assertEquals(fixture.ended[0]?.status, 408);
    });
  }
});

Deno.test("a server with a pipeline notes a client that leaves while it sends as cancelled", async () => {
  for (const framing of ["content-length: 500", "transfer-encoding: chunked"]) {
    const fixture = new Fixture();
    await fixture.withServer(async (port) => {
      const client = await RawClient.connect(port);
      await client.send(`POST /v1/echo HTTP/1.1\r\nhost: a\r\n${framing}\r\n\r\n`);
      await eventually(() => fixture.deadlines.size === 1, "the reading");
      client.close();
      await eventually(() => fixture.ended.length === 1, "the record's end");
      assertEquals([fixture.ended[0]?.outcome, fixture.ended[0]?.status], ["cancelled", 499]);
    });
  }
});

Deno.test("a server with a pipeline answers a client that waits to be told to send", async () => {
  await new Fixture().withServer(async (port) => {
    using client = await RawClient.connect(port);
    await client.send(
      "POST /v1/echo HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 5000\r\n\r\n",
    );
    assertStringIncludes(await client.receive("request_too_large"), "HTTP/1.1 413 ");
    using other = await RawClient.connect(port);
    await other.send(
      "POST /v1/echo HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\n",
    );
    await other.receive("HTTP/1.1 100 Continue");
    await other.send("hello");
    await other.receive("hello");
  });
});
