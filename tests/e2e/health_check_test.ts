/** Active health checks: providers that are asked now and then whether they are well. */
import { assert, assertEquals } from "@std/assert";
import { WHOLE } from "../stages/scripts.ts";
import { samples } from "../telemetry/metrics/scrape.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { type UpstreamCall, UpstreamServer } from "./upstream_server.ts";

const GOOD = JSON.stringify(WHOLE.openai_chat);
const CHECK = "interval: 100ms, timeout: 2s, failures: 2, successes: 1";

class Checked implements AsyncDisposable {
  readonly checks: UpstreamCall[] = [];
  well = true;
  readonly upstream: UpstreamServer;
  gateway!: GatewayProcess;

  private constructor(isCheck: (call: UpstreamCall) => boolean) {
    this.upstream = new UpstreamServer((call) => {
      if (!isCheck(call)) return call.answer(200, GOOD);
      this.checks.push(call);
      return call.answer(this.well ? 200 : 500, this.well ? GOOD : "{}");
    });
  }

  static async start(provider: string, isCheck: (call: UpstreamCall) => boolean): Promise<Checked> {
    const checked = new Checked(isCheck);
    checked.gateway = await GatewayProcess.start({ config: checked.config(provider) });
    return checked;
  }

  config(provider: string): string {
    return `server: { drain_delay: 0s }
logging: { format: json }
providers: { a: { base_url: "${this.upstream.origin}/v1", api_key: planted-key, ${provider} } }
models: { m: a/m, other: a/other }`;
  }

  async ask(model: string): Promise<number> {
    const body = JSON.stringify({ model, messages: [{ role: "user", content: "Hi" }] });
    const response = await fetch(`${this.gateway.url}/v1/chat/completions`, { method: "POST", body });
    await response.body?.cancel();
    return response.status;
  }

  /** Waits for so many more checks. */
  async atLeast(times: number): Promise<void> {
    const until = this.checks.length + times;
    for (const end = performance.now() + 5000; this.checks.length < until;) {
      assert(performance.now() < end, `${this.checks.length} checks, not ${until}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async metrics(): Promise<Map<string, number>> {
    return samples(await (await fetch(`${this.gateway.url}/metrics`)).text());
  }

  async health(model: string): Promise<number | undefined> {
    return [...await this.metrics()]
      .find(([name]) => name.startsWith(`gateway_backend_health{provider="a",model="${model}"`))?.[1];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway.stop();
    await this.upstream[Symbol.asyncDispose]();
  }
}

Deno.test("a provider that fails its checks is left alone before a client hears of it, and asked again once it passes", async () => {
  await using setup = await Checked.start(
    `type: vllm, health_check: { ${CHECK} }`,
    ({ path }) => path === "/health",
  );
  assertEquals([await setup.ask("m"), await setup.health("m")], [200, 1]);
  setup.well = false;
  await setup.gateway.log(({ event }) => event === "health_check.failed");
  assertEquals([await setup.ask("m"), await setup.ask("other")], [503, 503]);
  assertEquals([await setup.health("m"), await setup.health("other")], [0, 0]);
  const ready = await fetch(`${setup.gateway.url}/readyz`);
  await ready.body?.cancel();
  assertEquals(ready.status, 200, "readiness is the gateway's own");
  setup.well = true;
  await setup.gateway.log(({ event }) => event === "health_check.passed");
  assertEquals([await setup.ask("m"), await setup.ask("other")], [200, 200]);
  const [check] = setup.checks;
  assertEquals(check?.headers.get("authorization"), "Bearer planted-key");
  const metrics = await setup.metrics();
  const counted = [...metrics].filter(([name]) => name.startsWith("provider_requests_total{"));
  assertEquals(counted.reduce((sum, [, value]) => sum + value, 0), 3, "checks are no requests");
  // Of two models: what was logged before an answer may be read after it.
  let closed = 0;
  await setup.gateway.log(({ event }) => event === "breaker.closed" && ++closed === 2);
  const events = setup.gateway.logs.map(({ event }) => String(event));
  assertEquals(events.filter((event) => /^(health_check|breaker)\./.test(event)).toSorted(), [
    "breaker.closed",
    "breaker.closed",
    "breaker.open",
    "breaker.open",
    "health_check.failed",
    "health_check.passed",
  ]);
});

Deno.test("a check by model asks each for one token, and leaves alone the one that fails", async () => {
  await using setup = await Checked.start(
    `type: openai, health_check: { ask: model, ${CHECK} }`,
    ({ text }) => text.includes('"ping"'),
  );
  setup.well = false;
  const line = await setup.gateway.log(({ event, model }) =>
    event === "health_check.failed" && model === "other"
  );
  assertEquals(line.provider, "a");
  assertEquals(await setup.ask("other"), 503);
  const check = setup.checks.find(({ json }) => json.model === "other");
  assertEquals([check?.path, check?.json.max_completion_tokens], ["/v1/chat/completions", 1]);
});

Deno.test("checks end with the configuration that asked for them", async () => {
  const provider = `type: openai_compatible, health_check: { path: /ok, ${CHECK} }`;
  await using setup = await Checked.start(provider, ({ path }) => path === "/ok");
  await setup.atLeast(2);
  await setup.gateway.configure(setup.config("type: openai_compatible"));
  setup.gateway.signal("SIGHUP");
  await setup.gateway.log(({ event }) => event === "config.reloaded");
  const before = setup.checks.length;
  await setup.gateway.configure(setup.config(`${provider}, timeouts: { connect: 1s }`));
  // Several intervals without a check.
  await new Promise((resolve) => setTimeout(resolve, 400));
  assert(setup.checks.length <= before + 1, "one may have been on its way");
  const reloaded = setup.gateway.logs.length;
  setup.gateway.signal("SIGHUP");
  await setup.gateway.log((line) =>
    line.event === "config.reloaded" && setup.gateway.logs.indexOf(line) >= reloaded
  );
  await setup.atLeast(2);
});

Deno.test("checks end when the gateway drains, though it still answers", async () => {
  const provider = `type: openai_compatible, health_check: { path: /ok, ${CHECK} }`;
  await using setup = await Checked.start(provider, ({ path }) => path === "/ok");
  await setup.gateway.configure(
    setup.config(provider).replace("drain_delay: 0s", "drain_delay: 1s"),
  );
  setup.gateway.signal("SIGHUP");
  await setup.gateway.log(({ event }) => event === "config.reloaded");
  await setup.atLeast(2);
  setup.gateway.signal("SIGTERM");
  await setup.gateway.log(({ event }) => event === "gateway.stopping");
  const before = setup.checks.length;
  assertEquals(await setup.ask("m"), 200);
  await setup.gateway.log(({ event }) => event === "gateway.stopped");
  assert(setup.checks.length <= before + 1, "one may have been on its way");
});
