/** SIGTERM, once and twice. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { STREAMS, streamText } from "../stages/scripts.ts";
import {
  CLIENTS,
  codeIn,
  FaultSetup,
  formatOf,
  FORMATS,
  isStream,
  readerOf,
  readUntil,
} from "./fault_setup.ts";
import type { UpstreamCall } from "./upstream_server.ts";

async function beginStream(call: UpstreamCall): Promise<void> {
  const { prelude, content } = STREAMS[formatOf(call)];
  await call.stream();
  await call.chunk(prelude + content("Hello"));
}

async function endStream(call: UpstreamCall): Promise<void> {
  const { content, finish, terminal } = STREAMS[formatOf(call)];
  await call.chunk(content(" world") + finish + terminal);
  await call.end();
}

Deno.test("SIGTERM: not ready but serving, then no new connections, streams finish, exit code 0", async () => {
  const finish = Promise.withResolvers<void>();
  await using setup = await FaultSetup.start(async (call) => {
    if (!isStream(call)) return await call.answer(503, "{}");
    await beginStream(call);
    await finish.promise;
    await endStream(call);
  }, "server: { drain_delay: 1500ms, drain_grace: 20s }\nretry: { attempts: 0 }");
  const { gateway } = setup;
  const readers = await Promise.all(
    FORMATS.map(async (client) => readerOf(await fetch(setup.request(client, true)))),
  );
  await Promise.all(readers.map((reader) => readUntil(reader, "Hello")));
  assertEquals((await fetch(`${gateway.url}/readyz`)).status, 200);

  gateway.signal("SIGTERM");
  await gateway.log((line) => line.event === "gateway.stopping");
  const ready = await fetch(`${gateway.url}/readyz`);
  assertEquals([ready.status, (await ready.json()).status], [503, "draining"]);
  assertEquals((await fetch(`${gateway.url}/livez`)).status, 200);
  const late = await rawRequest(gateway.url, "GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n");
  assertStringIncludes(late, "HTTP/1.1 200");
  assertStringIncludes(late.toLowerCase(), "connection: close");

  await refused(gateway.url);
  finish.resolve();
  const ends = {
    openai_chat: "[DONE]",
    openai_responses: "response.completed",
    anthropic_messages: "message_stop",
    google_generate_content: '"finishReason"',
    google_interactions: "[DONE]",
  };
  for (const [index, client] of FORMATS.entries()) {
    assertStringIncludes(await readUntil(readers[index] as typeof readers[0], "never"), ends[client]);
  }
  const status = await gateway.ended;
  assertEquals([status.code, status.signal], [0, null]);
  const closing = gateway.logs.filter((line) => line.event === "request.end" && line.stream === true);
  assertEquals(closing.map((line) => line.status), FORMATS.map(() => 200));
  assert(gateway.logs.some((line) => line.event === "gateway.stopped"));
});

Deno.test("SIGTERM: after the grace an error event for streams, 503 for what was not answered, exit code 0", async () => {
  let arrived = 0;
  const all = Promise.withResolvers<void>();
  const closed: Promise<number>[] = [];
  await using setup = await FaultSetup.start(async (call) => {
    closed.push(call.closed);
    if (++arrived === 3 * FORMATS.length) all.resolve();
    if (call.text.includes('"begun"')) await beginStream(call);
    await call.closed;
  }, "server: { drain_delay: 0s, drain_grace: 500ms }");
  const { gateway } = setup;
  const requests = FORMATS.flatMap((client) =>
    ["begun", "waiting", "whole"].map(async (kind) => {
      const request = setup.request(client, kind !== "whole", {
        headers: { "x-request-id": `${kind}-${client}` },
      });
      const text = (await request.text()).replace('"Hi"', `"${kind}"`);
      const response = await fetch(
        new Request(request.url, { method: "POST", headers: request.headers, body: text }),
      );
      return { client, kind, status: response.status, text: await response.text() };
    })
  );
  await all.promise;
  gateway.signal("SIGTERM");
  for (const { client, kind, status, text } of await Promise.all(requests)) {
    if (kind === "begun") {
      assertStringIncludes(text, "Hello");
      assertEquals(text.split(CLIENTS[client].error).length, 2, text);
    } else {
      assertEquals(status, 503, `${kind}, ${client}: ${text}`);
      assertEquals(
        codeIn(JSON.parse(text)),
        client === "anthropic_messages" ? "overloaded_error" : "shutting_down",
      );
    }
    assertStringIncludes(text, "The gateway is shutting down.");
    const line = await setup.closing(`${kind}-${client}`);
    assertEquals([line.status, line.error_type, line.event], [503, "shutting_down", "request.error"]);
  }
  await Promise.all(closed);
  assertEquals((await gateway.ended).code, 0);
  assertEquals(gateway.errors, "");
});

Deno.test("a second SIGTERM ends the process at once", async () => {
  await using setup = await FaultSetup.start(async (call) => {
    await beginStream(call);
    await call.closed;
  }, "server: { drain_delay: 0s, drain_grace: 1h }");
  const { gateway } = setup;
  const reader = readerOf(await fetch(setup.request("openai_chat", true)));
  await readUntil(reader, "Hello");
  gateway.signal("SIGTERM");
  await gateway.log((line) => line.event === "gateway.stopping");
  const before = performance.now();
  gateway.signal("SIGTERM");
  assertEquals((await gateway.ended).code, 143);
  assert(performance.now() - before < 2000);
  await assertRejects(() => readUntil(reader, "never"));
});

Deno.test("nobody holds up the end: idle clients, clients that do not read, providers that linger", async () => {
  await using setup = await FaultSetup.start(async (call) => {
    await call.stream();
    await call.chunk(streamText("openai_chat"));
    await call.closed;
  }, "server: { drain_delay: 0s, drain_grace: 1h }");
  const { gateway } = setup;
  const idle = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(gateway.url).port) });
  await (await fetch(setup.request("openai_chat", true))).text();
  const unread = await fetch(setup.request("openai_chat", true));
  await setup.closing(unread);
  const before = performance.now();
  gateway.signal("SIGTERM");
  assertEquals((await gateway.ended).code, 0);
  assert(performance.now() - before < 5000, `it took ${performance.now() - before} ms`);
  await unread.body?.cancel().catch(() => {});
  idle.close();
});

/** Sends a request on a connection of its own and reads what comes until it is closed. */
async function rawRequest(url: string, text: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(url).port) });
  await connection.write(new TextEncoder().encode(text));
  return await new Response(connection.readable).text();
}

/** Resolves once no connection is accepted any more. */
async function refused(url: string): Promise<void> {
  const port = Number(new URL(url).port);
  const until = performance.now() + 10_000;
  for (;;) {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => null);
    if (connection === null) return;
    connection.close();
    if (performance.now() > until) throw new Error("Waited in vain for the listener to close");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
