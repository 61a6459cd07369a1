/** Conversations in a file: over restarts, crashes and processes. */
import { DatabaseSync } from "node:sqlite";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { STREAMS, WHOLE } from "../stages/scripts.ts";
import { samples } from "../telemetry/metrics/scrape.ts";
import { readerOf, readUntil } from "./fault_setup.ts";
import { gatewayCommand, gatewayEnvironment, type GatewayProcess } from "./gateway_process.ts";
import { MOCK, SharedStore } from "./shared_store.ts";
import { MAY_MOUNT, SmallDisk } from "./small_disk.ts";
import { UpstreamServer } from "./upstream_server.ts";

function post(gateway: GatewayProcess, body: Record<string, unknown>, key = ""): Promise<Response> {
  const headers = { authorization: `Bearer ${key}` };
  return fetch(`${gateway.url}/v1/responses`, {
    method: "POST",
    headers,
    body: JSON.stringify({ model: "m", ...body }),
  });
}

/** @returns the id of the response. */
async function respond(gateway: GatewayProcess, body: Record<string, unknown>, key = ""): Promise<string> {
  const response = await post(gateway, body, key);
  const answer = await response.json();
  assertEquals(response.status, 200, JSON.stringify(answer));
  return answer.id;
}

async function statusOf(gateway: GatewayProcess, id: string, key = ""): Promise<number> {
  const headers = { authorization: `Bearer ${key}` };
  const response = await fetch(`${gateway.url}/v1/responses/${id}`, { headers });
  await response.body?.cancel();
  return response.status;
}

async function metricOf(gateway: GatewayProcess, line: string): Promise<number | undefined> {
  return samples(await (await fetch(`${gateway.url}/metrics`)).text()).get(line);
}

Deno.test("a chain of 100 turns over a restart and two processes on one file", async () => {
  let last: unknown[] = [];
  await using upstream = new UpstreamServer((call) => {
    last = call.json.messages;
    return call.answer(200, JSON.stringify(WHOLE.openai_chat));
  });
  const sections = `
providers: { chat: { type: openai_compatible, base_url: "${upstream.origin}/v1" } }
models: { m: chat/m }`;
  await using shared = new SharedStore();
  const second = await shared.start(sections);
  let first = await shared.start(sections);
  let previous: string | null = null;
  for (let turn = 1; turn <= 100; turn++) {
    if (turn === 51) {
      await first.stop();
      first = await shared.start(sections);
    }
    const body: Record<string, unknown> = { input: `turn ${turn}`, previous_response_id: previous };
    previous = await respond(turn % 2 === 0 ? first : second, body);
  }
  assertEquals(last.length, 199, "all turns, each but the last with its answer");
  assertStringIncludes(JSON.stringify(last[0]), "turn 1");
  assertEquals(await metricOf(second, 'conversation_active_count{backend="sqlite"}'), 99);
});

Deno.test("a conversation with its items goes on after a restart, and telemetry says where it is kept", async () => {
  const sections = `${MOCK}\nobservability: { tracing: { exporter: { type: stdout } } }`;
  await using shared = new SharedStore();
  const before = await shared.start(sections);
  const made = await fetch(`${before.url}/v1/conversations`, {
    method: "POST",
    body: JSON.stringify({ metadata: { topic: "x" }, items: [{ role: "user", content: "first" }] }),
  });
  const { id } = await made.json();
  await respond(before, { input: "second", conversation: id });
  await before.stop();
  const after = await shared.start(sections);
  const turn = await respond(after, { input: "third", conversation: id });
  const items = await (await fetch(`${after.url}/v1/conversations/${id}/items?order=asc`)).json();
  assertEquals(
    items.data.map((
      { role, content }: { role: string; content: { text: string }[] },
    ) => [role, content[0]?.text])
      .filter(([role]: string[]) => role === "user"),
    [["user", "first"], ["user", "second"], ["user", "third"]],
  );
  assertEquals(items.data.length, 5, "with the two answers");
  await after.stop();
  const spans = after.lines.filter((line) =>
    line.includes('"Name":"conversation.create"') && line.includes(turn)
  );
  assertEquals(spans.length, 1);
  assertStringIncludes(spans[0] ?? "", '{"Key":"conversation.backend","Value":"sqlite"}');
});

Deno.test("kill -9 under load loses nothing that was acknowledged, and the next one is ready within 2 s", async () => {
  await using shared = new SharedStore();
  const first = await shared.start();
  const acknowledged: string[] = [];
  const enough = Promise.withResolvers<void>();

  async function client(number: number): Promise<void> {
    for (let previous: string | null = null;;) {
      const stream = number % 2 === 0;
      const response = await post(first, {
        input: "x".repeat(2_000),
        previous_response_id: previous,
        stream,
      });
      const text = await response.text();
      const ended = stream ? text.includes("event: response.completed\n") : true;
      assertEquals([response.status, ended], [200, true], text);
      previous = /"id":\s*"(resp_[^"]+)"/.exec(text)?.[1] ?? "";
      acknowledged.push(previous);
      if (acknowledged.length === 500) enough.resolve();
    }
  }

  const clients = Promise.allSettled(Array.from({ length: 16 }, (_, i) => client(i)));
  await Promise.race([enough.promise, clients]);
  first.signal("SIGKILL");
  for (const result of await clients) {
    // The connection broke; no answer was wrong.
    if (result.status === "rejected") {
      assert(!/AssertionError/.test(String(result.reason)), String(result.reason));
    }
  }
  const started = performance.now();
  const second = await shared.start();
  const ready = await fetch(`${second.url}/readyz`);
  const took = performance.now() - started;
  assertEquals((await ready.json()).status, "ok");
  assert(took < 2_000, `ready after ${took} ms`);
  assert(acknowledged.length >= 500);
  const lost: string[] = [];
  for (const id of acknowledged) if (await statusOf(second, id) !== 200) lost.push(id);
  assertEquals(lost, []);
  const operations = (operation: string) =>
    metricOf(
      second,
      `conversation_operations_total{operation="${operation}",backend="sqlite",status="success"}`,
    );
  assertEquals(await operations("get"), acknowledged.length);
  // The chains are whole.
  await respond(second, { input: "go on", previous_response_id: acknowledged.at(-1) });
});

Deno.test("two processes write one file at once, and each sees what the other stored", async () => {
  await using shared = new SharedStore();
  const gateways = await Promise.all([shared.start(), shared.start()]);
  const ids = await Promise.all(gateways.map(async (gateway, g) => {
    const clients = Array.from({ length: 8 }, async (_, c) => {
      const own: string[] = [];
      for (let i = 0; i < 20; i++) own.push(await respond(gateway, { input: `${g} ${c} ${i}` }));
      return own;
    });
    return (await Promise.all(clients)).flat();
  }));
  for (const [index, own] of ids.entries()) {
    const other = gateways[1 - index] ?? gateways[0];
    for (const id of own) assertEquals(await statusOf(other, id), 200);
  }
});

Deno.test("a response on disk is its owner's alone, after a restart too", async () => {
  const sections = `${MOCK}
auth: { keys: [{ name: a, key: key-of-alice }, { name: b, key: key-of-bob }] }`;
  await using shared = new SharedStore();
  const before = await shared.start(sections);
  const id = await respond(before, { input: "mine" }, "key-of-alice");
  await before.stop();
  const after = await shared.start(sections);
  assertEquals(await statusOf(after, id, "key-of-alice"), 200);
  assertEquals(await statusOf(after, id, "key-of-bob"), 404);
  const taken = await post(after, { input: "yours?", previous_response_id: id }, "key-of-bob");
  assertEquals([taken.status, (await taken.json()).error.code], [400, "previous_response_not_found"]);
  const bytes = new TextDecoder("latin1").decode(await Deno.readFile(shared.path)) +
    new TextDecoder("latin1").decode(await Deno.readFile(`${shared.path}-wal`));
  assert(bytes.includes("mine") && !bytes.includes("key-of-alice"), "no key stands in the file");
});

Deno.test("a lock that another program holds: 503 in time, readiness says so, and all is well once it is gone", async () => {
  await using shared = new SharedStore();
  const gateway = await shared.start(MOCK, "timeout: 300ms");
  const id = await respond(gateway, { input: "before" });
  const lock = new DatabaseSync(shared.path);
  lock.exec("BEGIN IMMEDIATE");
  const started = performance.now();
  const refused = await post(gateway, { input: "held up" });
  assertEquals([refused.status, (await refused.json()).error.code], [503, "conversation_store_unavailable"]);
  assert(performance.now() - started < 2_000, `${performance.now() - started} ms`);
  assertEquals(await statusOf(gateway, id), 200, "reading needs no lock");
  const failed = await gateway.log((line) => line.event === "store.failed");
  assertStringIncludes(String(failed.msg), "database is locked");
  const ready = await fetch(`${gateway.url}/readyz?verbose`);
  assertEquals([ready.status, (await ready.json()).checks], [503, { conversations: "failed" }]);
  lock.close();
  await respond(gateway, { input: "after" });
  await gateway.log((line) => line.event === "store.recovered");
  const well = await fetch(`${gateway.url}/readyz`);
  assertEquals((await well.json()).status, "ok");
});

Deno.test("a background response is followed from another process, and fails once its own is killed", async () => {
  const { content } = STREAMS.openai_responses;
  await using upstream = new UpstreamServer(async (call) => {
    await call.stream();
    await call.chunk(STREAMS.openai_responses.prelude + content("Hello"));
    await call.closed;
  });
  const sections = `
providers: { openai: { type: openai, base_url: "${upstream.origin}/v1", api_key: key } }
models: { m: openai/m }`;
  const lease = "background: { lease: 1s }";
  await using shared = new SharedStore();
  const [first, second] = await Promise.all([shared.start(sections, lease), shared.start(sections, lease)]);
  const begun = await post(first, { input: "long", background: true, stream: true });
  const id = /"id":"(resp_[^"]+)"/.exec(await readUntil(readerOf(begun), "Hello"))?.[1] ?? "";
  // Another process replays what is stored, and goes on from there.
  const followed = readerOf(await fetch(`${second.url}/v1/responses/${id}?stream=true`));
  assertStringIncludes(await readUntil(followed, "Hello"), "response.created");
  first.signal("SIGKILL");
  assertStringIncludes(await readUntil(followed, "response.failed"), "response.failed");
  const stored = await (await fetch(`${second.url}/v1/responses/${id}`)).json();
  assertEquals([stored.status, stored.error.code], ["failed", "server_error"]);
});

Deno.test("a restart turns unfinished background responses to failed", async () => {
  await using upstream = new UpstreamServer((call) => call.closed.then(() => {}));
  const sections = `
providers: { openai: { type: openai, base_url: "${upstream.origin}/v1", api_key: key } }
models: { m: openai/m }`;
  const lease = "background: { lease: 1s, max_running: 2 }";
  await using shared = new SharedStore();
  const before = await shared.start(sections, lease);
  const ids: string[] = [];
  // Two run and one waits.
  for (const input of ["a", "b", "c"]) ids.push(await respond(before, { input, background: true }));
  before.signal("SIGKILL");
  await before.ended;
  const after = await shared.start(sections, lease);
  for (const id of ids) {
    await after.log((line) => String(line.msg).includes(`${id} was given up`));
    const stored = await (await fetch(`${after.url}/v1/responses/${id}`)).json();
    assertEquals([stored.id, stored.status], [id, "failed"]);
  }
});

Deno.test("a file that cannot be used ends the start with code 2 and says why", async () => {
  await using shared = new SharedStore();
  await Deno.writeTextFile(shared.path, "no database ".repeat(1_000));
  const cases: [path: string, reason: string][] = [
    ["/no/such/directory/c.db", 'there is no directory "/no/such/directory"'],
    ["/", "it is a directory"],
    [shared.path, "it is not an SQLite database"],
  ];
  for (const [path, reason] of cases) {
    const file = `${shared.path}.yaml`;
    await Deno.writeTextFile(file, `conversations: { path: ${path} }\n${MOCK}`);
    const [program, ...first] = gatewayCommand();
    const args = [...first, "serve", "--config", file, "--port", "0"];
    const ended = await new Deno.Command(program, { args, clearEnv: true, env: gatewayEnvironment() })
      .output();
    assertEquals(
      [ended.code, new TextDecoder().decode(ended.stderr)],
      [2, `${file}: conversations.path: Cannot open "${path}": ${reason}\n`],
    );
  }
});

Deno.test("a full disk: 503, what was stored stays readable, and all is well once there is room", {
  ignore: !MAY_MOUNT,
}, async () => {
  await using disk = await SmallDisk.mount();
  await using shared = new SharedStore(disk.directory);
  const gateway = await shared.start();
  const id = await respond(gateway, { input: "before" });
  await disk.fill();
  let refused: Response | null = null;
  for (let i = 0; i < 50 && refused === null; i++) {
    const response = await post(gateway, { input: "x".repeat(50_000) });
    if (response.status === 200) await response.body?.cancel();
    else refused = response;
  }
  assertEquals([refused?.status, (await refused?.json()).error.code], [
    503,
    "conversation_store_unavailable",
  ]);
  const failed = await gateway.log((line) => line.event === "store.failed");
  assertStringIncludes(String(failed.msg), "disk is full");
  assertEquals(await statusOf(gateway, id), 200);
  const chat = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "no conversation" }] }),
  });
  assertEquals(chat.status, 200, "what needs no store goes on");
  await chat.body?.cancel();
  await disk.empty();
  // Nobody has to ask: it looks by itself.
  await gateway.log((line) => line.event === "store.recovered");
  const again = await respond(gateway, { input: "x".repeat(50_000), previous_response_id: id });
  assertEquals(await statusOf(gateway, again), 200);
});
