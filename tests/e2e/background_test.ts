/** Responses in the background: over the ends of processes, between processes, within their limits. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { STREAMS, streamText, WHOLE } from "../stages/scripts.ts";
import { samples } from "../telemetry/metrics/scrape.ts";
import { formatOf, readerOf, readUntil } from "./fault_setup.ts";
import type { GatewayProcess } from "./gateway_process.ts";
import { SharedStore } from "./shared_store.ts";
import { type UpstreamCall, UpstreamServer } from "./upstream_server.ts";

/** A provider whose answers wait until the test lets them go on. */
class HeldUpstream implements AsyncDisposable {
  readonly server: UpstreamServer;
  readonly calls: UpstreamCall[] = [];
  readonly #go = Promise.withResolvers<void>();
  #arrived = Promise.withResolvers<void>();

  constructor() {
    this.server = new UpstreamServer((call) => this.#serve(call));
  }

  async #serve(call: UpstreamCall): Promise<void> {
    this.calls.push(call);
    const format = formatOf(call);
    if (call.json.stream !== true) {
      this.#arrive();
      await Promise.race([this.#go.promise, call.closed]);
      return await call.answer(200, JSON.stringify(WHOLE[format]));
    }
    const { prelude, content } = STREAMS[format];
    await call.stream();
    await call.chunk(prelude + content("Hello"));
    this.#arrive();
    await Promise.race([this.#go.promise, call.closed]);
    await call.chunk(streamText(format).slice((prelude + content("Hello")).length));
    await call.end();
  }

  #arrive(): void {
    this.#arrived.resolve();
    this.#arrived = Promise.withResolvers();
  }

  /** Resolves once so many requests are here. */
  async arrived(count: number): Promise<void> {
    while (this.calls.length < count) await this.#arrived.promise;
  }

  goOn(): void {
    this.#go.resolve();
  }

  get sections(): string {
    const { origin } = this.server;
    return `
providers:
  openai: { type: openai, base_url: "${origin}/v1", api_key: upstream-key }
  chat: { type: openai_compatible, base_url: "${origin}/v1" }
models: { m: openai/up, c: chat/up }`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.goOn();
    await this.server[Symbol.asyncDispose]();
  }
}

type Fields = Record<string, unknown>;

function post(gateway: GatewayProcess, path: string, body: Fields = {}): Promise<Response> {
  return fetch(`${gateway.url}/v1/responses${path}`, { method: "POST", body: JSON.stringify(body) });
}

/** Begins a response and gives its id. */
async function begin(gateway: GatewayProcess, body: Fields = {}): Promise<string> {
  const response = await post(gateway, "", { model: "m", input: "x", background: true, ...body });
  assertEquals(response.status, 200);
  if (body.stream !== true) return (await response.json()).id;
  const reader = readerOf(response);
  const text = await readUntil(reader, "response.queued");
  await reader.cancel();
  return /"id":"(resp_[0-9a-f]+)"/.exec(text)?.[1] ?? "";
}

async function get(gateway: GatewayProcess, id: string) {
  return await (await fetch(`${gateway.url}/v1/responses/${id}`)).json();
}

/** Asks until the response has this status. */
async function becomes(gateway: GatewayProcess, id: string, status: string) {
  for (let tries = 0; tries < 1000; tries++) {
    const response = await get(gateway, id);
    if (response.status === status) return response;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`The response is still ${(await get(gateway, id)).status}`);
}

function follow(gateway: GatewayProcess, id: string): Promise<Response> {
  return fetch(`${gateway.url}/v1/responses/${id}?stream=true`);
}

Deno.test("a killed process's responses are failed by the next one, and a living one's are not", async () => {
  await using upstream = new HeldUpstream();
  await using shared = new SharedStore();
  const settings = "background: { lease: 1s }";
  const living = await shared.start(upstream.sections, settings);
  const dying = await shared.start(upstream.sections, settings);
  const kept = [await begin(living), await begin(living, { stream: true, model: "c" })];
  const lost = [await begin(dying), await begin(dying, { stream: true })];
  await upstream.arrived(4);
  await dying.stop("SIGKILL");

  const next = await shared.start(upstream.sections, settings);
  for (const id of lost) {
    const response = await becomes(next, id, "failed");
    assertEquals(response.error.code, "server_error");
    assertStringIncludes(response.error.message, "restarted");
  }
  const events = await (await follow(living, lost[1] ?? "")).text();
  assertStringIncludes(events, "event: response.queued");
  assertStringIncludes(events.trimEnd().split("\n\n").at(-1) ?? "", "event: response.failed");
  await Promise.any([living, next].map((it) => it.log((line) => line.event === "run.abandoned")));

  // Several leases long others looked, and the living one's are still made.
  for (const id of kept) assertEquals((await get(next, id)).status, "in_progress");
  upstream.goOn();
  for (const id of kept) assertEquals((await becomes(next, id, "completed")).id, id);
});

Deno.test("another process follows a response, and cancels it", async () => {
  await using upstream = new HeldUpstream();
  await using shared = new SharedStore();
  const settings = "background: { lease: 1s }";
  const making = await shared.start(upstream.sections, settings);
  const other = await shared.start(upstream.sections, settings);
  const ids = [await begin(making, { stream: true }), await begin(making)];
  await upstream.arrived(2);
  const reader = readerOf(await follow(other, ids[0] ?? ""));
  assertStringIncludes(await readUntil(reader, "Hello"), "response.queued");
  for (const id of ids) {
    assertEquals((await (await post(other, `/${id}/cancel`)).json()).status, "cancelled");
    await making.log((line) => line.event === "run.cancelled" && line.response_id === id);
  }
  assertStringIncludes(await readUntil(reader, "never"), "event: response.incomplete");
  await Promise.all(upstream.calls.map((call) => call.closed));
});

Deno.test("SIGTERM: a response ends within the grace", async () => {
  await using upstream = new HeldUpstream();
  await using shared = new SharedStore();
  const gateway = await shared.start(upstream.sections);
  const ids = [await begin(gateway), await begin(gateway, { stream: true, model: "c" })];
  await upstream.arrived(2);
  gateway.signal("SIGTERM");
  await gateway.log((line) => line.event === "gateway.stopping");
  upstream.goOn();
  assertEquals((await gateway.ended).code, 0);
  const next = await shared.start(upstream.sections);
  for (const id of ids) assertEquals((await get(next, id)).status, "completed");
});

Deno.test("SIGTERM: after the grace a response is failed, whether it ran or waited", async () => {
  await using upstream = new HeldUpstream();
  await using shared = new SharedStore();
  const gateway = await shared.start(
    `${upstream.sections}`,
    "background: { max_running: 2 }",
    "drain_grace: 300ms",
  );
  const ids = [await begin(gateway), await begin(gateway, { stream: true })];
  await upstream.arrived(2);
  ids.push(await begin(gateway), await begin(gateway, { stream: true }));
  assertEquals((await get(gateway, ids[3] ?? "")).status, "queued");
  assertEquals((await gateway.stop()).code, 0);
  const failed = gateway.logs.filter((line) => line.event === "run.failed");
  assertEquals(failed.map((line) => line.response_id).sort(), ids.toSorted());
  assertEquals(new Set(failed.map((line) => line.error_type)), new Set(["shutting_down"]));
  const next = await shared.start(upstream.sections);
  for (const id of ids) {
    const response = await get(next, id);
    assertEquals(response.status, "failed");
    assertStringIncludes(response.error.message, "shutting down");
  }
  for (const id of [ids[1], ids[3]]) {
    const text = await (await follow(next, id ?? "")).text();
    assertStringIncludes(text.trimEnd().split("\n\n").at(-1) ?? "", "event: response.failed");
  }
});

Deno.test("responses wait for their turn, and too many are refused", async () => {
  await using upstream = new HeldUpstream();
  await using shared = new SharedStore();
  const gateway = await shared.start(upstream.sections, "background: { max_running: 1, max_queued: 2 }");
  const ids = [await begin(gateway), await begin(gateway), await begin(gateway, { stream: true })];
  await upstream.arrived(1);
  assertEquals((await get(gateway, ids[0] ?? "")).status, "in_progress");
  for (const id of ids.slice(1)) assertEquals((await get(gateway, id)).status, "queued");
  const refused = await post(gateway, "", { model: "m", input: "x", background: true });
  assertEquals([refused.status, (await refused.json()).error.code], [503, "overloaded"]);
  assertEquals(refused.headers.get("retry-after"), "5");
  const metrics = samples(await (await fetch(`${gateway.url}/metrics`)).text());
  assertEquals(metrics.get('gateway_background_runs{state="running"}'), 1);
  assertEquals(metrics.get('gateway_background_runs{state="queued"}'), 2);

  // One that waits is cancelled without its provider's ever hearing of it.
  assertEquals((await (await post(gateway, `/${ids[1]}/cancel`)).json()).status, "cancelled");
  const last = await begin(gateway);
  upstream.goOn();
  for (const id of [ids[0], ids[2], last]) await becomes(gateway, id ?? "", "completed");
  assertEquals((await get(gateway, ids[1] ?? "")).status, "cancelled");
  assertEquals(upstream.calls.length, 3);
});

Deno.test("a provider hears nothing of the background, and all of what the client sent for it", async () => {
  await using upstream = new HeldUpstream();
  upstream.goOn();
  await using shared = new SharedStore();
  const gateway = await shared.start(upstream.sections);
  const body = { model: "m", input: "x", background: true, metadata: { a: "b" }, unknown: 1.0 };
  const response = await fetch(`${gateway.url}/v1/responses`, {
    method: "POST",
    headers: { "openai-beta": "responses=v1", "openai-organization": "org" },
    body: JSON.stringify(body),
  });
  const { id } = await response.json();
  const completed = await becomes(gateway, id, "completed");
  assertEquals([completed.id, completed.background], [id, true]);
  const [call] = upstream.calls;
  assertEquals(call?.json, { model: "up", input: "x", metadata: { a: "b" }, unknown: 1 });
  assertEquals(call?.headers.get("openai-beta"), "responses=v1");
  assertEquals(call?.headers.get("authorization"), "Bearer upstream-key");
});

Deno.test("a client's own key goes to the provider of its run, and is kept nowhere", async () => {
  await using upstream = new HeldUpstream();
  await using shared = new SharedStore();
  const gateway = await shared.start(`
providers: { chat: { type: openai_compatible, base_url: "${upstream.server.origin}/v1", auth: passthrough } }
models: { m: chat/up }`);
  const response = await fetch(`${gateway.url}/v1/responses`, {
    method: "POST",
    headers: { authorization: "Bearer sk-planted-client" },
    body: JSON.stringify({ model: "m", input: "x", background: true }),
  });
  const { id } = await response.json();
  await upstream.arrived(1);
  upstream.goOn();
  const own = { headers: { authorization: "Bearer sk-planted-client" } };
  for (let status = ""; status !== "completed";) {
    status = (await (await fetch(`${gateway.url}/v1/responses/${id}`, own)).json()).status;
    assert(status !== "failed");
  }
  assertEquals(upstream.calls[0]?.headers.get("authorization"), "Bearer sk-planted-client");
  for (const file of Deno.readDirSync(shared.path.replace(/[^/]*$/, ""))) {
    const bytes = Deno.readFileSync(shared.path.replace(/[^/]*$/, file.name));
    assert(!new TextDecoder("latin1").decode(bytes).includes("planted"), file.name);
  }
  assert(!gateway.lines.join().includes("planted"));
});

Deno.test("events beyond the limit are not kept, the last one is", async () => {
  await using upstream = new HeldUpstream();
  upstream.goOn();
  await using shared = new SharedStore();
  const gateway = await shared.start(upstream.sections, "background: { max_event_size: 100B }");
  const response = await post(gateway, "", { model: "c", input: "x", background: true, stream: true });
  const text = await response.text();
  const events = text.trimEnd().split("\n\n").map((event) => event.split("\n")[0]);
  assertEquals(events, ["event: response.created", "event: response.queued", "event: response.completed"]);
});
