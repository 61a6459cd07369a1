/** Several processes that are one gateway: what clients and operators see of deaths, replacements and reloads. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { STREAMS, streamText, WHOLE } from "../stages/scripts.ts";
import { samples } from "../telemetry/metrics/scrape.ts";
import { readUntil } from "./fault_setup.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { type UpstreamCall, UpstreamServer } from "./upstream_server.ts";

const MASTER = "planted-master-key";

interface Settings {
  readonly upstream: UpstreamServer;
  readonly workers?: number;
  readonly model?: string;
  readonly more?: string;
}

function configuration({ upstream, workers = 3, model = "one", more = "" }: Settings): string {
  return `
server: { workers: ${workers}, drain_delay: 0s, drain_grace: 20s, watch_config: false }
conversations: { path: conversations.db }
auth: { master_key: ${MASTER} }
providers: { up: { type: openai_compatible, base_url: "${upstream.origin}/v1", api_key: planted-key } }
models: { ${model}: up/x }
${more}
`;
}

const answering = (call: UpstreamCall) =>
  call.text.includes('"stream":true')
    ? call.stream().then(() => call.chunk(streamText("openai_chat"))).then(() => call.end())
    : call.answer(200, JSON.stringify(WHOLE.openai_chat));

function ask(url: string, model = "one", stream = false, client?: Deno.HttpClient): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model, stream, messages: [{ role: "user", content: "Hi" }] }),
    ...(client === undefined ? {} : { client }),
  });
}

/** Process ids of the workers, by their order of starting. */
function workersOf(gateway: GatewayProcess): number[] {
  const children = Deno.readTextFileSync(`/proc/${gateway.pid}/task/${gateway.pid}/children`);
  return children.trim().split(" ").filter((pid) => pid !== "").map(Number);
}

function lives(pid: number): boolean {
  try {
    // What has ended and is not yet waited for is a zombie.
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

async function until(holds: () => boolean | Promise<boolean>, ms: number, what: string): Promise<number> {
  const began = performance.now();
  while (!await holds()) {
    if (performance.now() - began > ms) throw new Error(`Waited in vain for ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return performance.now() - began;
}

async function scrape(url: string): Promise<Map<string, number>> {
  return samples(await (await fetch(`${url}/metrics`)).text());
}

/** Every counter, and every count and bucket of a histogram. */
function counters(metrics: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...metrics].filter(([name]) => /^[a-z_]+_(total|count|bucket|sum)(\{|$)/.test(name)));
}

function answered(metrics: ReadonlyMap<string, number>, status = 200): number {
  return metrics.get(
    `http_requests_total{method="POST",path="/v1/chat/completions",status="${status}"}`,
  ) ?? 0;
}

/** Clients that ask again and again, each on a connection of its own for some requests, until told to stop. */
class Load {
  answered = 0;
  readonly failures: string[] = [];
  #going = true;
  readonly #clients: Promise<void>[];

  constructor(url: string, clients: number) {
    this.#clients = Array.from({ length: clients }, (_, index) => this.#client(url, index % 2 === 0));
  }

  async stop(): Promise<void> {
    this.#going = false;
    await Promise.all(this.#clients);
  }

  async #client(url: string, stream: boolean): Promise<void> {
    while (this.#going) {
      // So that new connections are made while workers come and go, as clients without a pool do.
      const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
      try {
        const response = await ask(url, "one", stream, client);
        const text = await response.text();
        if (response.status !== 200 || !text.includes("Hello")) {
          this.failures.push(`${response.status} ${text}`);
        }
        this.answered++;
      } catch (error) {
        this.failures.push(error instanceof Error ? `${error.message}: ${error.cause}` : String(error));
      } finally {
        client.close();
      }
    }
  }
}

Deno.test("workers share the port, and any of them answers for all", async () => {
  await using upstream = new UpstreamServer(answering);
  await using gateway = await GatewayProcess.start({ config: configuration({ upstream }) });
  const load = new Load(gateway.url, 8);
  await until(() => load.answered >= 100, 30_000, "100 answers");
  await load.stop();
  assertEquals(load.failures, []);
  const views = await (await fetch(`${gateway.url}/admin/telemetry`, {
    headers: { authorization: `Bearer ${MASTER}` },
  })).json();
  const opened = views.workers.map((it: { telemetry: { records: { opened: number } } }) =>
    it.telemetry.records.opened
  );
  assertEquals(opened.length, 3);
  assert(opened.every((count: number) => count > 0), String(opened));
  for (let i = 0; i < 6; i++) assertEquals(answered(await scrape(gateway.url)), load.answered);
  const metrics = await scrape(gateway.url);
  // Gauges: what is summed, and what is the same of all.
  const build = [...metrics].filter(([name]) => name.startsWith("gateway_build_info{"));
  assertEquals(build.map(([, value]) => value), [1]);
  assertEquals(metrics.get('conversation_active_count{backend="sqlite"}'), 0);
  assertEquals(metrics.get("gateway_in_flight_requests"), 0);
});

Deno.test("pushed metrics carry an instance id of each worker's own", async () => {
  const counted = new Map<string, number>();
  await using upstream = new UpstreamServer(answering);
  await using collector = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      for (const { resource, scopeMetrics } of (await request.json()).resourceMetrics) {
        const id = attribute(resource.attributes, "service.instance.id");
        const requests = scopeMetrics[0].metrics.find((it: { name: string }) =>
          it.name === "http_requests_total"
        );
        const points: { asDouble?: number; asInt?: string }[] = requests?.sum.dataPoints ?? [];
        counted.set(id, points.reduce((sum, point) => sum + Number(point.asDouble ?? point.asInt), 0));
      }
      return Response.json({});
    },
  );
  const more = `
observability:
  metrics:
    interval: 200ms
    exporter: { type: otlp, endpoint: "http://127.0.0.1:${collector.addr.port}", protocol: http/json, compression: none }
`;
  await using gateway = await GatewayProcess.start({ config: configuration({ upstream, workers: 2, more }) });
  const load = new Load(gateway.url, 4);
  await until(() => load.answered >= 40, 20_000, "40 answers");
  await load.stop();
  const total = () => [...counted.values()].reduce((sum, count) => sum + count, 0);
  await until(() => total() === load.answered, 10_000, `the count of ${load.answered}`);
  assertEquals(counted.size, 2);
  assert([...counted.values()].every((count) => count > 0), String([...counted.values()]));
});

function attribute(
  attributes: readonly { key: string; value: { stringValue: string } }[],
  name: string,
): string {
  return attributes.find(({ key }) => key === name)?.value.stringValue ?? "";
}

Deno.test("open requests of all workers are shown, each with its worker", async () => {
  const release = Promise.withResolvers<void>();
  let arrived = 0;
  await using upstream = new UpstreamServer(async (call) => {
    arrived++;
    await release.promise;
    await answering(call);
  });
  await using gateway = await GatewayProcess.start({ config: configuration({ upstream, workers: 2 }) });
  const clients = Array.from({ length: 12 }, () => Deno.createHttpClient({ poolMaxIdlePerHost: 0 }));
  const answers = clients.map((client) => ask(gateway.url, "one", false, client).then((it) => it.text()));
  await until(() => arrived === 12, 10_000, "12 requests upstream");
  const view = await (await fetch(`${gateway.url}/admin/requests`, {
    headers: { authorization: `Bearer ${MASTER}` },
  })).json();
  assertEquals([view.total, view.requests.length, view.unanswered], [13, 13, []]);
  const workers = new Set(view.requests.map((request: { worker: number }) => request.worker));
  assertEquals([...workers].sort(), [1, 2]);
  release.resolve();
  await Promise.all(answers);
  for (const client of clients) client.close();
});

Deno.test("kill -9 of a worker under load: the others lose nothing, and no counter goes back", async () => {
  const held = Promise.withResolvers<void>();
  await using upstream = new UpstreamServer(async (call) => {
    if (!call.text.includes('"user":"long"')) return await answering(call);
    const { prelude, content, finish, terminal } = STREAMS.openai_chat;
    await call.stream();
    await call.chunk(prelude + content("Hello"));
    await held.promise;
    await call.chunk(content(" world") + finish + terminal);
    await call.end();
  });
  await using gateway = await GatewayProcess.start({ config: configuration({ upstream }) });
  // Streams that are open on all of them, each with a request id that tells where.
  const clients = Array.from({ length: 12 }, () => Deno.createHttpClient({ poolMaxIdlePerHost: 0 }));
  const open = await Promise.all(clients.map(async (client, index) => {
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      client,
      headers: { "x-request-id": `stream-${index}` },
      body: JSON.stringify({ model: "one", stream: true, user: "long", messages: [] }),
    });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    await readUntil(reader, "Hello");
    return reader;
  }));
  const view = await (await fetch(`${gateway.url}/admin/requests`, {
    headers: { authorization: `Bearer ${MASTER}` },
  })).json();
  const workerOf = new Map<string, number>(
    view.requests.map((it: { requestId: string; worker: number }) => [it.requestId, it.worker]),
  );

  let scraping = true;
  let before = new Map<string, number>();
  let scrapes = 0;
  const back: string[] = [];
  const scraper = (async () => {
    while (scraping) {
      const now = await scrape(gateway.url).then(counters).catch(() => null);
      if (now === null) continue;
      for (const [name, value] of before) {
        if ((now.get(name) ?? 0) < value) back.push(`${name}: ${value}, then ${now.get(name)}`);
      }
      before = now;
      scrapes++;
    }
  })();
  const load = new Load(gateway.url, 6);
  await until(() => load.answered > 50, 20_000, "50 answers");
  const [victim = 0] = workersOf(gateway);
  Deno.kill(victim, "SIGKILL");
  const ended = await gateway.log((line) => line.event === "worker.ended");
  assertEquals(ended.signal, "SIGKILL");
  await until(() => workersOf(gateway).length === 3, 10_000, "another worker");
  const sofar = load.answered;
  await until(() => load.answered > sofar + 100, 20_000, "100 more answers");
  await load.stop();
  scraping = false;
  await scraper;
  assertEquals(back, []);
  assert(scrapes > 5, `${scrapes} scrapes`);
  // Those whose connection the dead worker had: one for each client at most.
  assert(load.failures.length <= 6, load.failures.join("\n"));
  assert(
    load.failures.every((failure) => /error sending request|connection/i.test(failure)),
    load.failures[0],
  );

  held.resolve();
  const ends = await Promise.all(open.map(async (reader, index) => {
    const text = await readUntil(reader, "[DONE]").catch(() => "cut");
    return { worker: workerOf.get(`stream-${index}`), done: text.includes("[DONE]") };
  }));
  const cut = new Set(ends.filter(({ done }) => !done).map(({ worker }) => worker));
  assert(cut.size <= 1, `streams of workers ${[...cut]} were cut`);
  for (const client of clients) client.close();
});

Deno.test("replacing the workers under 48 connecting clients: at most 10 resets a replacement", async () => {
  await using upstream = new UpstreamServer(answering);
  await using gateway = await GatewayProcess.start({ config: configuration({ upstream, workers: 2 }) });
  const before = workersOf(gateway);
  const load = new Load(gateway.url, 48);
  await until(() => load.answered > 200, 30_000, "200 answers");
  gateway.signal("SIGUSR2");
  let seen = 0;
  await gateway.log((line) => line.event === "worker.replaced" && ++seen === 2, 30_000);
  await until(() => !before.some(lives), 30_000, "the old workers' end");
  const sofar = load.answered;
  await until(() => load.answered > sofar + 100, 30_000, "100 more answers");
  await load.stop();
  assert(load.failures.length <= 2 * 10, `${load.failures.length} failures: ${load.failures[0]}`);
  // They were reset before they were accepted: all that was accepted was answered, and counted.
  const total = answered(await scrape(gateway.url));
  assertEquals(total, load.answered);
  const closing = () =>
    gateway.logs.filter((line) => line.event === "request.end" && line.status === 200).length;
  // Lines are written a moment after the answers, and read from a pipe here.
  await until(() => closing() >= total, 30_000, "a line for each");
  assertEquals(closing(), total);
});

Deno.test("a worker that stays above its memory's limit is replaced: the others serve, and what it had goes on", async () => {
  const held = Promise.withResolvers<void>();
  let reached = 0;
  await using upstream = new UpstreamServer(async (call) => {
    if (!call.text.includes('"user":"long"')) return await answering(call);
    const { prelude, content, finish, terminal } = STREAMS.openai_chat;
    await call.stream();
    await call.chunk(prelude + content("Hello"));
    reached++;
    await held.promise;
    await call.chunk(content(" world") + finish + terminal);
    await call.end();
  });
  const config = configuration({ upstream, workers: 2 }).replace(
    "server: {",
    "server: { max_memory: 400MiB, max_memory_time: 1s, body_timeout: 20s,",
  );
  await using gateway = await GatewayProcess.start({ config });
  const before = workersOf(gateway);
  const streams = await Promise.all(Array.from({ length: 8 }, async () => {
    const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    const response = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      client,
      body: JSON.stringify({ model: "one", stream: true, user: "long", messages: [] }),
    });
    return { client, response };
  }));
  await until(() => reached === 8, 10_000, "the streams");
  // Bodies that begin and do not end: what came has to be kept, however much is collected.
  const port = Number(new URL(gateway.url).port);
  const large = await Promise.all(Array.from({ length: 16 }, async () => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    const head = "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 30000000\r\n\r\n";
    const bytes = new TextEncoder().encode(head.padEnd(24 * 1024 ** 2, " "));
    for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
    return connection;
  }));
  const events = (name: string) => gateway.logs.filter(({ event }) => event === name).length;
  const grown = await gateway.log(({ event }) => event === "worker.grown", 20_000);
  assertEquals(grown.level, "WARNING");
  // One or both of them; new requests are served while the old one still has its streams.
  await until(() => events("worker.replaced") === events("worker.grown"), 20_000, "the replacement");
  for (const connection of large) connection.close();
  await until(
    async () => {
      const response = await ask(gateway.url);
      await response.body?.cancel();
      return response.status === 200;
    },
    10_000,
    "an answer",
  );
  held.resolve();
  for (const { response, client } of streams) {
    assertStringIncludes(await response.text(), "[DONE]");
    client.close();
  }
  const settled = () => !before.every(lives) && workersOf(gateway).length === 2;
  await until(settled, 20_000, "the old worker's end");
});

Deno.test("workers end within a second of their supervisor", async () => {
  await using upstream = new UpstreamServer(answering);
  const gateway = await GatewayProcess.start({ config: configuration({ upstream }) });
  const workers = workersOf(gateway);
  assertEquals(workers.length, 3);
  gateway.signal("SIGKILL");
  const ms = await until(() => !workers.some(lives), 5_000, "the workers' end");
  assert(ms < 1_000, `${ms} ms`);
  await gateway.ended;
  await gateway.stop();
});

Deno.test("SIGTERM to the supervisor, and to all of them as systemd does it: streams end, exit code 0", async () => {
  for (const group of [false, true]) {
    const finish = Promise.withResolvers<void>();
    await using upstream = new UpstreamServer(async (call) => {
      const { prelude, content, finish: last, terminal } = STREAMS.openai_chat;
      await call.stream();
      await call.chunk(prelude + content("Hello"));
      await finish.promise;
      await call.chunk(content(" world") + last + terminal);
      await call.end();
    });
    const gateway = await GatewayProcess.start({ config: configuration({ upstream, workers: 2 }) });
    const workers = workersOf(gateway);
    const responses = await Promise.all(Array.from({ length: 6 }, () => ask(gateway.url, "one", true)));
    const readers = responses.map((it) => (it.body as ReadableStream<Uint8Array>).getReader());
    await Promise.all(readers.map((reader) => readUntil(reader, "Hello")));
    gateway.signal("SIGTERM");
    if (group) { for (const pid of workers) Deno.kill(pid, "SIGTERM"); }
    await gateway.log((line) => line.event === "gateway.stopping");
    finish.resolve();
    for (const reader of readers) assertStringIncludes(await readUntil(reader, "[DONE]"), "[DONE]");
    assertEquals([(await gateway.ended).code, workers.some(lives)], [0, false]);
    assertEquals(gateway.logs.filter((line) => line.event === "request.end").length, 6);
    await gateway.stop();
  }
});

Deno.test("SIGTERM while a worker starts ends that one too", async () => {
  await using upstream = new UpstreamServer(answering);
  await using gateway = await GatewayProcess.start({ config: configuration({ upstream, workers: 2 }) });
  const before = workersOf(gateway);
  Deno.kill(before[0] ?? 0, "SIGKILL");
  await gateway.log((line) => line.event === "worker.ended");
  await until(() => workersOf(gateway).length === 2, 5_000, "another worker");
  const began = performance.now();
  gateway.signal("SIGTERM");
  assertEquals((await gateway.ended).code, 0);
  assert(performance.now() - began < 5_000, `${performance.now() - began} ms`);
});

Deno.test("a second SIGTERM ends all of them at once", async () => {
  await using upstream = new UpstreamServer(async (call) => {
    await call.stream();
    await call.chunk(STREAMS.openai_chat.prelude + STREAMS.openai_chat.content("Hello"));
    await call.closed;
  });
  await using gateway = await GatewayProcess.start({ config: configuration({ upstream, workers: 2 }) });
  const workers = workersOf(gateway);
  const response = await ask(gateway.url, "one", true);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  await readUntil(reader, "Hello");
  gateway.signal("SIGTERM");
  await gateway.log((line) => line.event === "gateway.stopping");
  gateway.signal("SIGTERM");
  assertEquals((await gateway.ended).code, 143);
  await until(() => !workers.some(lives), 1_000, "the workers' end");
  await reader.cancel().catch(() => {});
});

Deno.test("a crash loop turns readiness off, until workers live again", async () => {
  await using upstream = new UpstreamServer(answering);
  await using gateway = await GatewayProcess.start({ config: configuration({ upstream, workers: 2 }) });
  const [survivor] = workersOf(gateway);
  assertEquals((await fetch(`${gateway.url}/readyz`)).status, 200);
  let looping = false;
  const loop = gateway.log((line) => line.event === "workers.crash_loop", 30_000).then(() => looping = true);
  while (!looping) {
    for (const pid of workersOf(gateway)) if (pid !== survivor && lives(pid)) Deno.kill(pid, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await loop;
  const ready = async () => {
    const response = await fetch(`${gateway.url}/readyz?verbose`).catch(() => null);
    return { status: response?.status, body: await response?.json() };
  };
  await until(async () => (await ready()).status === 503, 5_000, "readiness to go off");
  assertEquals((await ready()).body.checks, { conversations: "ok", workers: "failed" });
  // The others serve.
  assertEquals((await ask(gateway.url)).status, 200);
  await gateway.log((line) => line.event === "workers.recovered", 40_000);
  await until(async () => (await ready()).status === 200, 5_000, "readiness to come back");
});

Deno.test("20 good and 20 bad configurations for all workers under load: no request fails", async () => {
  await using upstream = new UpstreamServer(answering);
  await using gateway = await GatewayProcess.start({ config: configuration({ upstream, workers: 2 }) });
  const load = new Load(gateway.url, 6);
  const hangup = async (event: string, nth: number) => {
    gateway.signal("SIGHUP");
    let seen = 0;
    return await gateway.log((line) => line.event === event && ++seen === nth);
  };
  for (let round = 1; round <= 20; round++) {
    await gateway.configure(configuration({ upstream, workers: 2, more: `models.: {}` }));
    const rejected = await hangup("config.rejected", round);
    assertStringIncludes(String(rejected.problems), "models.");
    await gateway.configure(
      configuration({ upstream, workers: 2, more: `retry: { attempts: ${round % 4} }` }),
    );
    await hangup("config.reloaded", round);
  }
  await gateway.configure(configuration({ upstream, workers: 3, model: "two" }));
  await load.stop();
  assertEquals(load.failures, []);
  const reload = await fetch(`${gateway.url}/admin/config/reload`, {
    method: "POST",
    headers: { authorization: `Bearer ${MASTER}` },
  });
  assertEquals(await reload.json(), {
    status: "reloaded",
    warnings: ["server.workers has changed, which takes a restart: it stays as it was"],
  });
  // All of them: whichever has the connection.
  for (let i = 0; i < 12; i++) {
    const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
    const response = await ask(gateway.url, "two", false, client);
    assertEquals([response.status, (await response.text()).includes("Hello")], [200, true]);
    client.close();
  }
  const metrics = await scrape(gateway.url);
  assertEquals(metrics.get('gateway_config_reloads_total{result="success"}'), 21);
  assertEquals(metrics.get('gateway_config_reloads_total{result="failure"}'), 20);
  // A worker that comes later has the configuration in force, not the one that is in the file.
  await gateway.configure("models: 7\n");
  const [victim = 0] = workersOf(gateway);
  Deno.kill(victim, "SIGKILL");
  await until(
    () => workersOf(gateway).length === 2 && !workersOf(gateway).includes(victim),
    10_000,
    "another",
  );
  await until(async () => (await ask(gateway.url, "two")).status === 200, 5_000, "its answer");
});

Deno.test("what cannot start says so once for all, with the code of one process", async () => {
  await using upstream = new UpstreamServer(answering);
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const config = configuration({ upstream });
  const failed = (options: { config: string; args?: string[] }) =>
    GatewayProcess.start(options).then(() => "started", (error: Error) => {
      assert(!error.message.includes("Uncaught"), error.message);
      return error.message;
    });
  assertStringIncludes(
    await failed({ config, args: ["--port", String(taken.addr.port)] }),
    "the address is in use",
  );
  assertStringIncludes(
    await failed({ config: config.replace("conversations: { path: conversations.db }", "") }),
    "server.workers: is 3, but conversations are in memory",
  );
  assertStringIncludes(
    await failed({ config: config.replace("path: conversations.db", "path: missing/folder/c.db") }),
    "conversations.path",
  );
});
