/** The rows of "Retry, breaker, overload" that are about endpoints: who is asked, who is left alone, who steps in. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { STREAMS, WHOLE } from "../stages/scripts.ts";
import { samples } from "../telemetry/metrics/scrape.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { type UpstreamCall, UpstreamServer } from "./upstream_server.ts";

const GOOD = JSON.stringify(WHOLE.openai_chat);

/** Two providers, `a` and `b`, each a server of its own. */
class TwoProviders implements AsyncDisposable {
  readonly asked: string[] = [];
  answers: Readonly<Record<string, (call: UpstreamCall) => Promise<void>>> = {};
  readonly #servers: UpstreamServer[];

  private constructor(readonly gateway: GatewayProcess, servers: UpstreamServer[]) {
    this.#servers = servers;
  }

  static async start(config: string): Promise<TwoProviders> {
    let started: TwoProviders | null = null;
    const server = (name: string) =>
      new UpstreamServer(async (call) => {
        started?.asked.push(name);
        const answer = started?.answers[name];
        if (answer === undefined) await call.answer(200, GOOD);
        else await answer(call);
      });
    const servers = [server("a"), server("b")];
    const [a, b] = servers.map(({ origin }) => `{ type: openai_compatible, base_url: "${origin}/v1" }`);
    const gateway = await GatewayProcess.start({
      config: `server: { drain_delay: 0s }
logging: { format: json }
retry: { attempts: 2, base_delay: 1ms, max_delay: 1ms }
providers: { a: ${a}, b: ${b} }
${config}`,
    });
    return started = new TwoProviders(gateway, servers);
  }

  async ask(model: string, init: RequestInit = {}): Promise<Response> {
    return await fetch(`${this.gateway.url}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify({ model, messages: [{ role: "user", content: "Hi" }] }),
      ...init,
    });
  }

  /** The status of so many requests, one after the other. */
  async statuses(model: string, times: number): Promise<number[]> {
    const statuses: number[] = [];
    for (let i = 0; i < times; i++) {
      const response = await this.ask(model);
      await response.body?.cancel();
      statuses.push(response.status);
    }
    return statuses;
  }

  async health(): Promise<Record<string, number>> {
    const found: Record<string, number> = {};
    for (const [name, value] of samples(await (await fetch(`${this.gateway.url}/metrics`)).text())) {
      const provider = /^gateway_backend_health\{provider="(.)"/.exec(name)?.[1];
      if (provider !== undefined) found[provider] = value;
    }
    return found;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway.stop();
    for (const server of this.#servers) await server[Symbol.asyncDispose]();
  }
}

const failing = (status: number, headers: Record<string, string> = {}) => (call: UpstreamCall) =>
  call.answer(status, '{"error":{"message":"no"}}', { "content-type": "application/json", ...headers });

Deno.test("an endpoint that keeps failing is left alone within 1 s, and asked again by one probe at a time", async () => {
  await using setup = await TwoProviders.start(
    "models: { only: a/m }\nbackends: { breaker: { failures: 5, base_delay: 300ms } }",
  );
  setup.answers = { a: failing(503) };
  const began = performance.now();
  await setup.statuses("only", 4);
  await setup.gateway.log(({ event }) => event === "breaker.open");
  assert(performance.now() - began < 1000);
  const asked = setup.asked.length;
  const sent = performance.now();
  const refused = await setup.ask("only");
  const took = performance.now() - sent;
  const body = await refused.json();
  assertEquals([refused.status, body.error.code, setup.asked.length], [503, "no_target_available", asked]);
  assert(Number(refused.headers.get("retry-after")) >= 1);
  assert(took < 100, `refused after ${took} ms`);
  assertEquals(await setup.health(), { a: 0 });
  // The penalty passes; of many requests at once one is the probe, which is slow to answer.
  const probed = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  setup.answers = {
    a: async (call) => {
      probed.resolve();
      await release.promise;
      await call.answer(200, GOOD);
    },
  };
  let probe: Promise<Response> | null = null;
  while (probe === null) {
    const response = setup.ask("only");
    const first = await Promise.race([response, probed.promise]);
    if (first === undefined) probe = response;
    else await first.body?.cancel();
  }
  assertEquals((await setup.health())["a"], 0.5);
  assertEquals(await setup.statuses("only", 3), [503, 503, 503]);
  release.resolve();
  assertEquals((await probe).status, 200);
  await (await probe).body?.cancel();
  setup.answers = {};
  assertEquals(await setup.statuses("only", 3), [200, 200, 200]);
  assertEquals(await setup.health(), { a: 1 });
  await setup.gateway.log(({ event }) => event === "breaker.closed");
  const changes = setup.gateway.logs.map(({ event }) => event).filter((event) =>
    String(event).startsWith("breaker.")
  );
  assertEquals(
    changes,
    ["breaker.open", "breaker.half_open", "breaker.closed"],
    "one line a change, not one a request",
  );
});

Deno.test("the penalty of an endpoint that goes on failing grows, and each change is one line", async () => {
  await using setup = await TwoProviders.start(
    "models: { only: a/m }\nbackends: { breaker: { failures: 2, base_delay: 400ms, max_delay: 10s } }",
  );
  setup.answers = { a: failing(502) };
  const opened = () => setup.gateway.logs.filter(({ event }) => event === "breaker.open");
  for (const end = performance.now() + 8000; opened().length < 3 && performance.now() < end;) {
    await setup.statuses("only", 1);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const [first = NaN, second = NaN, third = NaN] = opened().map(({ time }) => Date.parse(String(time)));
  // Each by up to a fifth more or less: 480 ms at most, then 640 at least.
  assert(second - first >= 300, `${second - first} ms`);
  assert(third - second >= 620, `${second - first} ms, then ${third - second}`);
});

Deno.test("a client's own fault never opens it, however often", async () => {
  await using setup = await TwoProviders.start(
    "models: { only: a/m }\nbackends: { breaker: { failures: 2 } }",
  );
  setup.answers = { a: failing(400) };
  assertEquals(new Set(await setup.statuses("only", 20)), new Set([400]));
  assertEquals([setup.asked.length, await setup.health()], [20, { a: 1 }]);
});

Deno.test("while one target is left alone the others answer, without an attempt at it", async () => {
  await using setup = await TwoProviders.start(
    "models: { both: { targets: [a/m, b/m] } }\nbackends: { policy: priority, breaker: { failures: 3, base_delay: 60s } }",
  );
  setup.answers = { a: failing(500) };
  assertEquals(new Set(await setup.statuses("both", 10)), new Set([200]));
  assertEquals(setup.asked.filter((name) => name === "a").length, 3);
});

Deno.test("an endpoint that asks to be left alone is: Retry-After rests it alone, and is passed on", async () => {
  await using setup = await TwoProviders.start(
    "models: { both: { targets: [a/m, b/m] }, only: a/m }\nbackends: { policy: priority }",
  );
  setup.answers = { a: failing(429, { "retry-after": "30" }) };
  assertEquals(await setup.statuses("both", 3), [200, 200, 200]);
  assertEquals(setup.asked, ["a", "b", "b", "b"]);
  const refused = await setup.ask("only");
  await refused.body?.cancel();
  const after = Number(refused.headers.get("retry-after"));
  assert(refused.status === 429 && after > 25 && after <= 30, `${refused.status} ${after}`);
  assertEquals(await setup.health(), { a: 1, b: 1 });
});

Deno.test("an endpoint in trouble that says until when is left alone so long, which is no limit of the client's", async () => {
  await using setup = await TwoProviders.start(
    "models: { both: { targets: [a/m, b/m] }, only: a/m }\nbackends: { policy: priority }",
  );
  setup.answers = { a: failing(503, { "retry-after": "30" }) };
  assertEquals(await setup.statuses("both", 3), [200, 200, 200]);
  assertEquals(setup.asked, ["a", "b", "b", "b"]);
  const refused = await setup.ask("only");
  assertEquals([refused.status, (await refused.json()).error.code], [503, "no_target_available"]);
  const after = Number(refused.headers.get("retry-after"));
  assert(after > 25 && after <= 30, `${after}`);
  assertEquals(setup.asked.length, 4);
});

const CHAINS: readonly (readonly [key: string, status: number, error: unknown])[] = [
  ["fallbacks", 500, { message: "down" }],
  ["context_window_fallbacks", 400, { message: "too long", code: "context_length_exceeded" }],
  ["content_policy_fallbacks", 400, { message: "no", code: "content_filter" }],
];

for (const [key, status, error] of CHAINS) {
  Deno.test(`${key} step in for their reason alone`, async () => {
    await using setup = await TwoProviders.start(`models:
  first: { targets: [a/m], ${key}: [second] }
  plain: a/m
  second: b/big
backends: { breaker: { failures: 0 } }`);
    setup.answers = { a: (call) => call.answer(status, JSON.stringify({ error })) };
    const response = await setup.ask("first");
    assertEquals([response.status, response.headers.get("x-gateway-model")], [200, "big"]);
    await response.body?.cancel();
    const [plain] = await setup.statuses("plain", 1);
    assert(plain !== 200);
    setup.answers = { a: failing(404) };
    assertEquals(await setup.statuses("first", 1), [404]);
    const line = await setup.gateway.log(({ status, requested_model }) =>
      status === 200 && requested_model === "first"
    );
    assertEquals(line.provider, "b");
    const metrics = await (await fetch(`${setup.gateway.url}/metrics`)).text();
    assertStringIncludes(metrics, 'gateway_fallbacks_total{provider="b",model="big",');
  });
}

Deno.test("requests of one conversation go to one target as long as that is there", async () => {
  await using setup = await TwoProviders.start(
    "models: { both: { targets: [a/m, b/m] } }\nbackends: { sticky: true }",
  );
  const talk = (session: string) =>
    setup.ask("both", {
      body: JSON.stringify({
        model: "both",
        messages: [{ role: "user", content: "Hi" }],
        metadata: { session_id: session },
      }),
    }).then((response) => response.body?.cancel());
  for (let session = 0; session < 20; session++) {
    const from = setup.asked.length;
    for (let i = 0; i < 3; i++) await talk(`s${session}`);
    assertEquals(new Set(setup.asked.slice(from)).size, 1);
  }
  assertEquals(new Set(setup.asked).size, 2);
});

Deno.test("providers are told what was chosen where that is asked for, on every attempt, and else are not", async () => {
  for (const [settings, told] of [["backends: { headers: true }", true], ["", false]] as const) {
    await using setup = await TwoProviders.start(`models: { both: { targets: [a/m, b/é] } }
${settings}
observability: { conventions: [gateway] }`);
    const heard: (readonly [string | null, string | null])[] = [];
    const hear = (answer: (call: UpstreamCall) => Promise<void>) => (call: UpstreamCall) => {
      heard.push([call.headers.get("x-selected-model"), call.headers.get("x-vsr-destination-endpoint")]);
      return answer(call);
    };
    const { prelude, content, finish, terminal } = STREAMS.openai_chat;
    const good = async (call: UpstreamCall) => {
      if (call.json.stream !== true) return await call.answer(200, GOOD);
      await call.stream();
      await call.chunk(prelude + content("Hello") + finish + terminal);
      await call.end();
    };
    // A whole answer and a stream, each after an attempt that was answered with an error; then errors alone.
    for (const [stream, answers] of [[false, good], [true, good], [false, failing(500)]] as const) {
      setup.answers = { a: hear(failing(500)), b: hear(answers) };
      heard.length = 0;
      const response = await setup.ask("both", {
        body: JSON.stringify({ model: "both", stream, messages: [{ role: "user", content: "Hi" }] }),
      });
      await response.text();
      assertEquals(response.status, answers === good ? 200 : 502);
      assert(heard.length >= (answers === good ? 1 : 2));
      for (const [model, endpoint] of heard) {
        if (!told) assertEquals([model, endpoint], [null, null]);
        else {
          assert(model === "m" || model === "%C3%A9", String(model));
          assertEquals(endpoint?.startsWith("127.0.0.1:"), true);
        }
      }
    }
  }
});
