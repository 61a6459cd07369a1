/** Clients that are slow, idle, too many or malformed, against a whole gateway. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { RawClient } from "../server/raw_client.ts";
import { samples } from "../telemetry/metrics/scrape.ts";
import { GatewayProcess, serveCommand } from "./gateway_process.ts";
import { UpstreamServer } from "./upstream_server.ts";

const ANSWER = '{"id":"x","object":"chat.completion","created":1,"model":"m","choices":[]}';
const HEALTH = "GET /livez HTTP/1.1\r\nhost: a\r\n\r\n";

function portOf(gateway: GatewayProcess): number {
  return Number(new URL(gateway.url).port);
}

function post(body: string, head = ""): string {
  return `POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\n${head}content-length: ${body.length}\r\n\r\n${body}`;
}

Deno.test("slow headers, a slow body and idling: 408 or closed in their time, which is ten seconds unless configured", async () => {
  const schema = JSON.parse(await Deno.readTextFile(new URL("../../config.schema.json", import.meta.url)));
  const { header_timeout, body_timeout } = schema.properties.server.properties;
  assertEquals([header_timeout.default, body_timeout.default], ["10s", "10s"]);
  await using gateway = await GatewayProcess.start({
    config: "server: { header_timeout: 400ms, body_timeout: 400ms, idle_timeout: 400ms, drain_delay: 0s }",
  });
  const port = portOf(gateway);
  const began = performance.now();
  const slow: [sent: string, answer: string][] = [
    ["", ""],
    ["POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nx-", ""],
    ["POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: 600\r\n\r\n{", "HTTP/1.1 408 "],
    ["POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n", "HTTP/1.1 408 "],
    [HEALTH, "HTTP/1.1 200 "],
  ];
  await Promise.all(slow.map(async ([sent, answer]) => {
    using client = await RawClient.connect(port);
    await client.send(sent);
    assertStringIncludes(await client.end(), answer);
  }));
  // Far less than the defaults, however busy the machine is.
  assert(performance.now() - began < 5000, `${performance.now() - began} ms`);
});

Deno.test("a body that trickles is given up: progress is a kilobyte a second", async () => {
  await using gateway = await GatewayProcess.start({
    config: "server: { body_timeout: 400ms, drain_delay: 0s }",
  });
  using client = await RawClient.connect(portOf(gateway));
  await client.send("POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n");
  const began = performance.now();
  const trickle = setInterval(() => client.send("1\r\n{\r\n").catch(() => {}), 50);
  try {
    assertStringIncludes(await client.receive("request_timeout"), "HTTP/1.1 408 ");
  } finally {
    clearInterval(trickle);
  }
  assert(performance.now() - began < 5000, `${performance.now() - began} ms`);
});

Deno.test("clients that leave within their request's body: one record each, at once", async () => {
  await using gateway = await GatewayProcess.start({ config: "server: { drain_delay: 0s }" });
  const ids = await Promise.all(Array.from({ length: 24 }, async (_, i) => {
    const id = `leaves-${i}`;
    const client = await RawClient.connect(portOf(gateway));
    await client.send(post("{".padEnd(600), `x-request-id: ${id}\r\n`).slice(0, -300));
    await new Promise((resolve) => setTimeout(resolve, 8 * i));
    client.close();
    return id;
  }));
  for (const id of ids) {
    const line = await gateway.log((line) => line.request_id === id && line.event !== "request.start", 5000);
    assertEquals([line.event, line.status], ["request.cancelled", 499], JSON.stringify(line));
  }
});

Deno.test("a client that does not read a whole answer holds its connection no longer than one that idles", async () => {
  await using upstream = new UpstreamServer((call) =>
    call.answer(200, ANSWER.replace("[]", `[${" ".repeat(8 << 20)}]`))
  );
  await using gateway = await GatewayProcess.start({
    config: `server: { idle_timeout: 400ms, drain_delay: 0s }
providers: { up: { type: openai_compatible, base_url: "${upstream.origin}/v1" } }
models: { one: up/m }`,
  });
  const scrape = async () => samples(await (await fetch(`${gateway.url}/metrics`)).text());
  const files = async () => (await scrape()).get("process_open_fds") ?? NaN;
  const before = await files();
  const clients = await Promise.all(Array.from({ length: 4 }, async () => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port: portOf(gateway) });
    await connection.write(new TextEncoder().encode(post('{"model":"one","messages":[]}')));
    return connection;
  }));
  let answered = 0;
  await gateway.log(({ event }) => event === "request.end" && ++answered === clients.length);
  const until = performance.now() + 5000;
  // Connections of the upstream stay: at most one for each that was under way at a time.
  const kept = upstream.open;
  while (await files() > before + kept + 3) {
    assert(
      performance.now() < until,
      `${await files()} files are open, ${before} were before, ${kept} upstream`,
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  for (const connection of clients) connection.close();
});

Deno.test("never more connections than the cap: one that idles makes room, and none that waits for an answer", async () => {
  const release = Promise.withResolvers<void>();
  let asked = 0;
  await using upstream = new UpstreamServer(async (call) => {
    asked++;
    await release.promise;
    await call.answer(200, ANSWER);
  });
  await using gateway = await GatewayProcess.start({
    config: `server: { max_connections: 3, drain_delay: 0s }
providers: { up: { type: openai_compatible, base_url: "${upstream.origin}/v1" } }
models: { one: up/m }`,
  });
  const port = portOf(gateway);
  const waiting = await Promise.all([0, 1].map(async () => {
    const client = await RawClient.connect(port);
    await client.send(post('{"model":"one","messages":[]}'));
    return client;
  }));
  using idle = await RawClient.connect(port);
  await idle.ask(HEALTH, "HTTP/1.1 200 ");
  while (asked < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  using next = await RawClient.connect(port);
  await next.ask(HEALTH, "HTTP/1.1 200 ");
  await idle.end();
  assertEquals(waiting.map(({ ended }) => ended), [false, false]);
  release.resolve();
  for (const client of waiting) {
    await client.receive("chat.completion");
    client.close();
  }
});

Deno.test("all file descriptors taken: the gateway lives, and answers within a second of their release", async () => {
  await using gateway = await GatewayProcess.start({
    config: "server: { max_connections: 10000, drain_delay: 0s }",
  });
  const open = [...Deno.readDirSync(`/proc/${gateway.pid}/fd`)].length;
  // The cap follows from the limit at the start: of one that is lowered later it knows nothing.
  const args = [`--pid=${gateway.pid}`, `--nofile=${open + 10}:`];
  assertEquals((await new Deno.Command("prlimit", { args }).output()).code, 0);
  const clients = await Promise.all(
    Array.from({ length: 60 }, () => Deno.connect({ hostname: "127.0.0.1", port: portOf(gateway) })),
  );
  await gateway.log(({ msg }) => String(msg).startsWith("Cannot accept connections"));
  for (const client of clients) client.close();
  const released = performance.now();
  using client = await RawClient.connect(portOf(gateway));
  await client.ask(HEALTH, "HTTP/1.1 200 ");
  assert(performance.now() - released < 1000, `${performance.now() - released} ms`);
});

Deno.test("few file descriptors: providers are reached though clients take all connections that there are", async () => {
  await using upstream = new UpstreamServer((call) => call.answer(200, ANSWER));
  await using gateway = await GatewayProcess.start({
    config: `server: { drain_delay: 0s }
providers: { up: { type: openai_compatible, base_url: "${upstream.origin}/v1" } }
models: { one: up/m }`,
    command: (file) => ["sh", "-c", 'ulimit -n 256; exec "$0" "$@"', ...serveCommand(file)],
  });
  const port = portOf(gateway);
  const good = await Promise.all(Array.from({ length: 8 }, () => RawClient.connect(port)));
  const idle = await Promise.all(
    Array.from({ length: 300 }, () => Deno.connect({ hostname: "127.0.0.1", port })),
  );
  await letIn(gateway);
  const asked = '{"model":"one","messages":[]}';
  const answers = await Promise.all(good.map((client) => client.ask(post(asked), "\r\n\r\n{")));
  assertEquals(answers.map((answer) => answer.slice(0, 13)), answers.map(() => "HTTP/1.1 200 "));
  for (const client of [...idle, ...good]) client.close();
  const released = performance.now();
  using next = await RawClient.connect(port);
  await next.ask(HEALTH, "HTTP/1.1 200 ");
  assert(performance.now() - released < 1000, `${performance.now() - released} ms`);
});

/** Resolves once the gateway has let in all whom it lets in. */
async function letIn({ pid }: GatewayProcess): Promise<void> {
  for (let before = -1, files = 0; files !== before;) {
    before = files;
    await new Promise((resolve) => setTimeout(resolve, 100));
    files = [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
  }
}

Deno.test("X-Forwarded-For and Forwarded are believed from trusted proxies alone", async () => {
  for (const [trusted, address] of [["127.0.0.0/8", "192.0.2.7"], ["10.0.0.0/8", "127.0.0.1"]] as const) {
    await using gateway = await GatewayProcess.start({
      config:
        `server: { drain_delay: 0s, trusted_proxies: [${trusted}] }\nrate_limit: { per_address: { requests: 1, per: 1h } }`,
    });
    const ask = async (headers: Record<string, string>) => {
      const response = await fetch(`${gateway.url}/v1/models`, { headers });
      await response.body?.cancel();
      return response.status;
    };
    const first = await ask({ "x-forwarded-for": "203.0.113.1, 192.0.2.7", "x-request-id": "one" });
    const line = await gateway.log(({ request_id, event }) =>
      request_id === "one" && event !== "request.start"
    );
    assertEquals([first, line.client_address], [200, address]);
    // Whose limit it is goes by the same address.
    const other = await ask({ forwarded: "for=198.51.100.2" });
    assertEquals(other, trusted === "127.0.0.0/8" ? 200 : 429);
  }
});

Deno.test("numbers that JavaScript cannot hold reach the provider as the bytes they were", async () => {
  const bodies: string[] = [];
  await using upstream = new UpstreamServer((call) => {
    bodies.push(call.text);
    return call.answer(200, ANSWER);
  });
  await using gateway = await GatewayProcess.start({
    config: `server: { drain_delay: 0s }
providers: { up: { type: openai_compatible, base_url: "${upstream.origin}/v1" } }
models: { one: up/m }`,
  });
  const body = '{"model":"one","seed":12345678901234567890,"x":[1e400,-0,0.1000,1E-999],"messages":[]}';
  const response = await fetch(`${gateway.url}/v1/chat/completions`, { method: "POST", body });
  await response.body?.cancel();
  assertEquals([response.status, bodies], [200, [body.replace('"one"', '"m"')]]);
});

Deno.test("bodies that mean two things or nothing: 400 with the place, in the client's dialect", async () => {
  await using gateway = await GatewayProcess.start({ config: "server: { drain_delay: 0s }" });
  const messages = '"messages":[{"role":"user","content":"Hi"}]';
  const bodies: [body: string | Uint8Array<ArrayBuffer>, says: string][] = [
    ["{", "line 1, column 2"],
    [Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), "not valid UTF-8"],
    [`{"model":"mock-gpt",${messages},"x":${"[".repeat(64)}${"]".repeat(64)}}`, "64 levels"],
    [`{"model":"mock-gpt",${messages},"model":"other"}`, "model"],
    [`{"model":"mock-gpt",${messages},"__proto__":{}}`, "__proto__"],
    [`{"model":"mock-gpt","messages":[{"role":"user","content":"\\ud800"}]}`, "messages[0].content"],
    [`{"model":"a\\u0000b",${messages}}`, "NUL"],
  ];
  for (const path of ["/v1/chat/completions", "/v1/responses", "/v1/messages"]) {
    for (const [body, says] of bodies) {
      const response = await fetch(gateway.url + path, { method: "POST", body });
      const { type, error } = await response.json();
      assertEquals([response.status, type], [400, path === "/v1/messages" ? "error" : undefined], says);
      assertStringIncludes(error.message + (error.param ?? ""), says);
      assert(response.headers.has("x-request-id") || response.headers.has("request-id"));
    }
  }
});

Deno.test("an unknown model is named with the nearest that there is, and is no label", async () => {
  await using gateway = await GatewayProcess.start({
    config:
      "server: { drain_delay: 0s }\nproviders: { mock: { type: mock } }\nmodels: { mock-gpt: mock/mock }",
  });
  for (let i = 0; i < 30; i++) {
    const body = JSON.stringify({
      model: `mock-gpd-${i}`.replace("-0", ""),
      messages: [{ role: "user", content: "x" }],
    });
    const response = await fetch(`${gateway.url}/v1/chat/completions`, { method: "POST", body });
    const { error } = await response.json();
    assertEquals([response.status, error.code], [404, "model_not_found"]);
    if (i === 0) assertStringIncludes(error.message, "Did you mean 'mock-gpt'?");
  }
  const metrics = await (await fetch(`${gateway.url}/metrics`)).text();
  assert(!metrics.includes("mock-gpd"), "an unknown model is a label");
});
