/** Ending and reading the configuration anew while streams are open, on one process and on every worker of four. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { STREAMS, WHOLE } from "../stages/scripts.ts";
import { samples } from "../telemetry/metrics/scrape.ts";
import { readerOf, readUntil } from "./fault_setup.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { UpstreamServer } from "./upstream_server.ts";

/** So many that each of four workers has some. */
const OPEN = 24;
const { prelude, content, finish, terminal } = STREAMS.openai_chat;

class Streams implements AsyncDisposable {
  readonly release = Promise.withResolvers<void>();
  readonly readers: ReadableStreamDefaultReader<Uint8Array>[] = [];
  gateway!: GatewayProcess;
  readonly #clients: Deno.HttpClient[] = [];
  /** What a stream's `user` says becomes of it: it ends when it is let go, or never. */
  readonly #upstream = new UpstreamServer(async (call) => {
    if (!call.text.includes('"stream":true')) {
      return await call.answer(200, JSON.stringify(WHOLE.openai_chat));
    }
    await call.stream();
    await call.chunk(prelude + content("Hello"));
    if (call.text.includes('"user":"endless"')) return void await call.closed;
    await this.release.promise;
    await call.chunk(content(" world") + finish + terminal);
    await call.end();
  });

  static async open(workers: number, server: string): Promise<Streams> {
    const streams = new Streams();
    streams.gateway = await GatewayProcess.start({ config: streams.configuration(workers, server, "one") });
    for (let i = 0; i < OPEN; i++) {
      const response = await streams.ask("one", { stream: true, user: i % 2 === 0 ? "ends" : "endless" });
      const reader = readerOf(response);
      await readUntil(reader, "Hello");
      streams.readers.push(reader);
    }
    return streams;
  }

  configuration(workers: number, server: string, model: string): string {
    return `
server: { workers: ${workers}, watch_config: false, ${server} }
conversations: { path: conversations.db }
providers: { up: { type: openai_compatible, base_url: "${this.#upstream.origin}/v1" } }
models: { ${model}: up/m }
`;
  }

  /** On a connection of its own, so that any worker may have it. */
  ask(model: string, more: Record<string, unknown> = {}): Promise<Response> {
    const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    this.#clients.push(client);
    const body = JSON.stringify({ model, messages: [{ role: "user", content: "Hi" }], ...more });
    return fetch(`${this.gateway.url}/v1/chat/completions`, { method: "POST", client, body });
  }

  async statuses(model: string): Promise<number[]> {
    const statuses = new Set<number>();
    for (let i = 0; i < OPEN; i++) {
      const response = await this.ask(model);
      await response.body?.cancel();
      statuses.add(response.status);
    }
    return [...statuses];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway.stop();
    await this.#upstream[Symbol.asyncDispose]();
    for (const client of this.#clients) client.close();
  }
}

for (const workers of [1, 4]) {
  Deno.test(`SIGTERM with streams, workers: ${workers}: accepted and told to close, then the end, then an error event`, async () => {
    await using streams = await Streams.open(workers, "drain_delay: 2s, drain_grace: 2s");
    const { gateway, readers } = streams;
    const port = Number(new URL(gateway.url).port);
    gateway.signal("SIGTERM");
    await gateway.log(({ event }) => event === "gateway.stopping");
    const { status, headers } = await drained(streams);
    assertEquals([status, headers.get("connection")], [200, "close"]);
    for (let i = 0; i < 2 * workers; i++) {
      const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
      const ready = await fetch(`${gateway.url}/readyz`, { client });
      await ready.body?.cancel();
      client.close();
      assertEquals(ready.status, 503);
    }
    // Nobody is let in any more once the delay is over.
    while (
      await Deno.connect({ hostname: "127.0.0.1", port }).then((it) => (it.close(), true), () => false)
    ) await new Promise((resolve) => setTimeout(resolve, 20));
    streams.release.resolve();
    const ends = await Promise.all(readers.map((reader) => readUntil(reader, "never")));
    for (const [index, text] of ends.entries()) {
      if (index % 2 === 0) assertStringIncludes(text, "[DONE]");
      else assertStringIncludes(text, '"code":"shutting_down"');
    }
    const { code } = await gateway.ended;
    assertEquals(code, 0);
    const closing = gateway.logs.filter(({ stream }) => stream === true).map(({ event }) => event);
    assertEquals(closing.filter((event) => event === "request.end").length, OPEN / 2);
    assertEquals(closing.filter((event) => event === "request.error").length, OPEN / 2);
  });

  Deno.test(`SIGHUP with streams, workers: ${workers}: a bad file changes nothing and is counted, a good one is for all`, async () => {
    const settings = "drain_delay: 0s, drain_grace: 1s";
    await using streams = await Streams.open(workers, settings);
    const { gateway, readers } = streams;
    await gateway.configure(streams.configuration(workers, `${settings}, max_lag: never`, "two"));
    gateway.signal("SIGHUP");
    await gateway.log(({ event }) => event === "config.rejected");
    assertEquals([await streams.statuses("one"), await streams.statuses("two")], [[200], [404]]);
    await gateway.configure(streams.configuration(workers, settings, "two"));
    gateway.signal("SIGHUP");
    await gateway.log(({ event }) => event === "config.reloaded");
    assertEquals([await streams.statuses("one"), await streams.statuses("two")], [[404], [200]]);
    const metrics = samples(await (await fetch(`${gateway.url}/metrics`)).text());
    const reloads = (result: string) => metrics.get(`gateway_config_reloads_total{result="${result}"}`);
    assertEquals([reloads("failure"), reloads("success")], [1, 1]);
    streams.release.resolve();
    const ends = readers.filter((_, index) => index % 2 === 0).map((reader) => readUntil(reader, "[DONE]"));
    for (const text of await Promise.all(ends)) assertStringIncludes(text, "[DONE]");
    assert(gateway.logs.every(({ event }) => event !== "worker.ended"));
  });
}

/** An answer of who was told to end: workers hear of it a moment after their supervisor said so. */
async function drained(streams: Streams): Promise<Response> {
  for (const end = performance.now() + 1500;;) {
    const response = await streams.ask("one");
    await response.body?.cancel();
    if (response.headers.get("connection") === "close" || performance.now() > end) return response;
  }
}
