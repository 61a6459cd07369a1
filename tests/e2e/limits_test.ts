/** Limits as clients meet them, with a real gateway in front of a provider that does as it is told. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { streamText, WHOLE } from "../stages/scripts.ts";
import { samples } from "../telemetry/metrics/scrape.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { type UpstreamScript, UpstreamServer } from "./upstream_server.ts";

const GOOD = JSON.stringify(WHOLE.openai_chat);
/** What the answers of the scripts count, input and output together. */
const USED = 10;

function bodyOf(more: Record<string, unknown>): string {
  return JSON.stringify({
    model: "m",
    max_tokens: 100,
    messages: [{ role: "user", content: "Hi" }],
    ...more,
  });
}

/** What a request is expected to have of input. */
function sizeOf(more: Record<string, unknown>): number {
  return Math.ceil(bodyOf(more).length / 4);
}

class Setup implements AsyncDisposable {
  constructor(readonly upstream: UpstreamServer, readonly gateway: GatewayProcess) {}

  static async start(config: string, script: UpstreamScript): Promise<Setup> {
    const upstream = new UpstreamServer(script);
    const gateway = await GatewayProcess.start({
      config: `server: { drain_delay: 0s }
providers: { up: { type: openai_compatible, base_url: "${upstream.origin}/v1" } }
models: { m: up/m }
prices: { up/m: { input: 1000, output: 1000 } }
retry: { attempts: 1 }
${config}`,
    });
    return new Setup(upstream, gateway);
  }

  ask(more: Record<string, unknown> = {}, init: RequestInit & { path?: string } = {}): Promise<Response> {
    return fetch(`${this.gateway.url}${init.path ?? "/v1/chat/completions"}`, {
      method: "POST",
      headers: { authorization: "Bearer sk-alice" },
      body: bodyOf(more),
      ...init,
    });
  }

  /** Tokens of the minute that are used by now. Asking takes {@linkcode USED} more. */
  async used(limit: number): Promise<number> {
    const response = await this.ask({ max_tokens: 0 });
    await response.body?.cancel();
    return limit - Number(response.headers.get("x-ratelimit-remaining-tokens")) - sizeOf({ max_tokens: 0 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway.stop("SIGKILL");
    await this.upstream[Symbol.asyncDispose]();
  }
}

const KEY = (limits: string) => `auth: { keys: [{ name: alice, key: sk-alice, ${limits} }] }`;

Deno.test("limits: tokens are reserved, and what a request did not use comes back, however it ends", async () => {
  await using setup = await Setup.start(KEY("tpm: 10000"), async (call) => {
    const { user, stream } = call.json;
    if (user === "breaks") return call.answer(500, "{}");
    if (stream !== true) return call.answer(200, GOOD);
    await call.stream();
    await call.chunk(user === "leaves" ? streamText("openai_chat").slice(0, 600) : streamText("openai_chat"));
    if (user === "leaves") await call.closed;
    else await call.end();
  });
  let before = 0;
  const settled = async (what: string, isRight: (used: number) => boolean) => {
    const used = await setup.used(10_000);
    assert(isRight(used - before), `${what}: ${used - before} tokens`);
    before = used + USED;
  };
  const whole = await setup.ask();
  assertEquals(whole.headers.get("x-ratelimit-limit-tokens"), "10000");
  assertEquals(whole.headers.get("x-ratelimit-remaining-tokens"), String(10_000 - sizeOf({}) - 100));
  await whole.body?.cancel();
  await settled("whole", (it) => it === USED);
  await (await setup.ask({ stream: true })).text();
  await settled("streamed", (it) => it === USED);
  await (await setup.ask({ user: "breaks" })).text();
  await settled("failed", (it) => it === 0);
  const leaving = new AbortController();
  const left = await setup.ask({ stream: true, user: "leaves" }, { signal: leaving.signal });
  await left.body?.getReader().read();
  leaving.abort();
  await setup.gateway.log(({ event }) => event === "request.cancelled");
  await settled("cancelled", (it) => it > 0 && it < 100);
});

Deno.test("limits: a run in the background holds what its request has taken until it ends", async () => {
  const going = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  await using setup = await Setup.start(KEY("max_parallel: 1, tpm: 10000"), async (call) => {
    reached.resolve();
    await going.promise;
    if (call.json.stream !== true) return call.answer(200, GOOD);
    await call.stream();
    await call.chunk(streamText("openai_chat"));
    await call.end();
  });
  const input = { model: "m", input: "Hi", background: true, max_output_tokens: 50 };
  const begun = await setup.ask({}, { path: "/v1/responses", body: JSON.stringify(input) });
  const { id, status } = await begun.json();
  assertEquals([begun.status, status], [200, "queued"]);
  await reached.promise;
  const refused = await setup.ask({}, { signal: AbortSignal.timeout(5_000) });
  await refused.body?.cancel();
  assertEquals(refused.status, 429);
  going.resolve();
  const headers = { authorization: "Bearer sk-alice" };
  for (let now = ""; now !== "completed";) {
    now = (await (await fetch(`${setup.gateway.url}/v1/responses/${id}`, { headers })).json()).status;
  }
  // The place is free again, and of the tokens what was used alone is.
  assertEquals(await setup.used(10_000), USED);
});

Deno.test("limits: requests at a time come back when clients leave, and errors name the limit in every dialect", async () => {
  const reached = Promise.withResolvers<void>();
  await using setup = await Setup.start(KEY("max_parallel: 1, rpm: 5"), async (call) => {
    if (call.json.user !== "waits") return call.answer(200, GOOD);
    reached.resolve();
    await call.closed;
  });
  const leaving = new AbortController();
  const waiting = setup.ask({ user: "waits" }, { signal: leaving.signal }).catch(() => {});
  await reached.promise;
  const refused = await setup.ask();
  assertEquals([refused.status, refused.headers.get("retry-after")], [429, "1"]);
  const { error } = await refused.json();
  assertEquals([error.type, error.code], ["rate_limit_error", "rate_limit_exceeded"]);
  assertMatch(error.message, /^Rate limit reached for key 'alice' on requests at a time: Limit 1, Used 1/);
  leaving.abort();
  await waiting;
  await setup.gateway.log(({ event }) => event === "request.cancelled");
  for (let i = 0; i < 4; i++) await (await setup.ask()).body?.cancel();
  const anthropic = await setup.ask({}, { path: "/v1/messages" });
  assertEquals([anthropic.status, anthropic.headers.get("anthropic-ratelimit-requests-remaining")], [
    429,
    "0",
  ]);
  assert(Number(anthropic.headers.get("retry-after")) > 50);
  const body = await anthropic.json();
  assertEquals([body.type, body.error.type], ["error", "rate_limit_error"]);
  const metrics = samples(await (await fetch(`${setup.gateway.url}/metrics`)).text());
  assertEquals(metrics.get('gateway_rate_limited_total{limit="key_parallel"}'), 1);
  assertEquals(metrics.get('gateway_rate_limited_total{limit="key_requests"}'), 1);
});

Deno.test("limits: a spent budget is told as OpenAI tells it, with when it renews", async () => {
  // 10 tokens of a cent each: 1 cent a request, and 12 cents may each cost.
  await using setup = await Setup.start(
    `${KEY("budgets: [{ per: day, usd: 0.15 }]")}\nlimits: { expected_output: 10 }`,
    (call) => call.answer(200, GOOD),
  );
  let refused = await setup.ask();
  for (let i = 0; i < 20 && refused.status === 200; i++) {
    await refused.body?.cancel();
    refused = await setup.ask();
  }
  const { error } = await refused.json();
  assertEquals([error.type, error.code], ["insufficient_quota", "insufficient_quota"]);
  assertMatch(
    error.message,
    /budget of key 'alice' is \$0\.15 a day.* renewed at \d{4}-\d\d-\d\dT00:00:00Z\.$/,
  );
  assert(Number(refused.headers.get("retry-after")) <= 86_400);
  assertEquals(refused.headers.get("x-should-retry"), "false");
});
