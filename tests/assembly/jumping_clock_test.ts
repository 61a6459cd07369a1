/** A machine whose time of day is set while the gateway runs: durations, windows and time-outs know nothing of it. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { startGateway } from "../../lib/gateway.ts";
import { loadText } from "../config/load_text.ts";
import { UpstreamServer } from "../e2e/upstream_server.ts";
import { seeded } from "../stages/pii/seeded.ts";
import { STREAMS, WHOLE } from "../stages/scripts.ts";
import { samples } from "../telemetry/metrics/scrape.ts";

const DAY = 24 * 3600 * 1000;

/** A day ahead or a day behind each time that somebody asks, in no order that a reader could keep step with. */
function jumpingClock(): Clock {
  const random = seeded(7);
  return {
    now: () => systemClock.now(),
    wall: () => systemClock.wall() + (random() < 0.5 ? DAY : -DAY),
    every: (ms, callback) => systemClock.every(ms, callback),
  };
}

class JumpingGateway implements AsyncDisposable {
  readonly lines: Record<string, unknown>[] = [];
  status = 200;
  #url = "";
  #end: () => Promise<void> = () => Promise.resolve();
  readonly #upstream = new UpstreamServer(async (call) => {
    if (this.status !== 200) return await call.answer(this.status, "{}");
    if (!call.text.includes('"stream":true')) {
      return await call.answer(200, JSON.stringify(WHOLE.openai_chat));
    }
    await call.stream();
    await call.chunk(STREAMS.openai_chat.prelude + STREAMS.openai_chat.content("Hello"));
    // And then nothing any more.
    await call.closed;
  });

  static async start(more: string): Promise<JumpingGateway> {
    const gateway = new JumpingGateway();
    const { config } = loadText(`
server: { host: 127.0.0.1, port: 0, drain_delay: 0s, drain_grace: 0s }
logging: { format: json }
timeouts: { between_chunks: 200ms }
retry: { attempts: 0 }
providers: { up: { type: openai_compatible, base_url: "${gateway.#upstream.origin}/v1" } }
models: { one: up/m }
${more}`);
    const running = await startGateway(config, {
      version: "0",
      terminal: false,
      clock: jumpingClock(),
      writer: {
        write(bytes) {
          const text = new TextDecoder().decode(bytes).trim();
          for (const line of text.split("\n")) gateway.lines.push(JSON.parse(line));
          return Promise.resolve(bytes.length);
        },
      },
    });
    gateway.#url = running.url;
    gateway.#end = () => running.shutdown();
    return gateway;
  }

  async ask(stream = false, content = "Hi"): Promise<{ status: number; text: string; headers: Headers }> {
    const response = await fetch(`${this.#url}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify({ model: "one", stream, messages: [{ role: "user", content }] }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  }

  async metrics(): Promise<Map<string, number>> {
    return samples(await (await fetch(`${this.#url}/metrics`)).text());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    await this.#upstream[Symbol.asyncDispose]();
  }
}

Deno.test("the clock jumps: durations in log and metrics are what passed", async () => {
  const began = performance.now();
  let longest = 0;
  {
    await using gateway = await JumpingGateway.start("");
    for (let i = 0; i < 10; i++) assertEquals((await gateway.ask()).status, 200);
    const metrics = await gateway.metrics();
    longest = performance.now() - began;
    for (const [name, value] of metrics) {
      if (/_seconds_sum(\{|$)/.test(name)) assert(value >= 0 && value * 1000 <= longest, `${name} ${value}`);
    }
    const closing = () => gateway.lines.filter(({ event }) => event === "request.end");
    while (closing().length < 10) await new Promise((resolve) => setTimeout(resolve, 5));
    for (const { duration_ms } of closing()) {
      assert(Number(duration_ms) >= 0 && Number(duration_ms) <= longest, `${duration_ms} ms`);
    }
  }
});

Deno.test("the clock jumps: a stream's time-out comes in its time", async () => {
  await using gateway = await JumpingGateway.start("");
  const began = performance.now();
  const { text } = await gateway.ask(true);
  const took = performance.now() - began;
  assertStringIncludes(text, "upstream_timeout");
  assert(took >= 200 && took < 5000, `${took} ms`);
});

Deno.test("the clock jumps: a breaker's penalty passes, and not before its time", async () => {
  await using gateway = await JumpingGateway.start(
    "backends: { breaker: { failures: 2, base_delay: 600ms, max_delay: 600ms } }",
  );
  gateway.status = 502;
  for (let i = 0; i < 2; i++) await gateway.ask();
  gateway.status = 200;
  const opened = performance.now();
  const { status, headers } = await gateway.ask();
  assertEquals([status, headers.get("retry-after")], [503, "1"]);
  while ((await gateway.ask()).status !== 200) {
    assert(performance.now() - opened < 5000, "it stays closed");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // It differs by a fifth.
  assert(performance.now() - opened > 450, `${performance.now() - opened} ms`);
});

Deno.test("the clock jumps: a limit lets through what it says, and an answer that is kept stays kept", async () => {
  await using limited = await JumpingGateway.start("rate_limit: { per_address: { requests: 5, per: 1h } }");
  const statuses = [];
  for (let i = 0; i < 12; i++) statuses.push((await limited.ask()).status);
  assertEquals(statuses, [...Array(5).fill(200), ...Array(7).fill(429)]);
  await using cached = await JumpingGateway.start("cache: { enabled: true, ttl: 1h }");
  for (let round = 0; round < 4; round++) {
    const seen = [];
    for (let i = 0; i < 6; i++) {
      seen.push((await cached.ask(false, `question ${round}`)).headers.get("x-gateway-cache"));
    }
    assertEquals(seen, ["miss", ...Array(5).fill("hit")]);
  }
});
