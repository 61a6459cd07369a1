/** The rows of "Streams" in docs on faults that need real sockets: who is told, and how soon. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { WireFormat } from "../../lib/wire/canonical.ts";
import { REQUESTS, STREAMS, streamText } from "../stages/scripts.ts";
import { CLIENTS, codeIn, FaultSetup, formatOf, FORMATS, readerOf, readUntil } from "./fault_setup.ts";
import type { UpstreamCall, UpstreamScript } from "./upstream_server.ts";

interface Leaving {
  readonly name: string;
  readonly stream: boolean;
  readonly serve: (call: UpstreamCall, format: WireFormat) => Promise<unknown>;
  /** What the client waits for before it leaves, once the request has reached the provider. */
  readonly until: "reached" | "headers" | string;
  readonly stage: string;
  readonly estimated: boolean;
}

const LEAVING: readonly Leaving[] = [
  {
    name: "before headers, a whole answer",
    stream: false,
    serve: (call) => call.closed,
    until: "reached",
    stage: "before_headers",
    estimated: false,
  },
  {
    name: "before headers",
    stream: true,
    serve: (call) => call.closed,
    until: "reached",
    stage: "before_headers",
    estimated: false,
  },
  {
    name: "before the first token",
    stream: true,
    serve: (call) => call.stream(),
    until: "headers",
    stage: "before_first_token",
    estimated: false,
  },
  {
    name: "in the middle",
    stream: true,
    async serve(call, format) {
      await call.stream();
      await call.chunk(STREAMS[format].prelude + STREAMS[format].content("Hello"));
    },
    until: "Hello",
    stage: "streaming",
    estimated: true,
  },
  {
    name: "at the last chunk",
    stream: true,
    async serve(call, format) {
      const { prelude, content, finish } = STREAMS[format];
      await call.stream();
      await call.chunk(prelude + content("Hello") + finish);
    },
    until: "Hello",
    stage: "streaming",
    estimated: false,
  },
];

Deno.test("the client leaves: the provider is let go within 100 ms, and it is recorded once", async (t) => {
  let serve: Leaving["serve"] = () => Promise.resolve();
  let arrived: (call: UpstreamCall) => void = () => {};
  let format: WireFormat = "openai_chat";
  await using setup = await FaultSetup.start(async (call) => {
    arrived(call);
    await serve(call, format);
    await call.closed;
  }, "server: { drain_delay: 0s }\nstream: { commit_after: 100ms }");
  let cancels = 0;
  for (const leaving of LEAVING) {
    for (const client of FORMATS) {
      await t.step(`${leaving.name}, ${client}`, async () => {
        serve = leaving.serve;
        format = client;
        const took: number[] = [];
        // Five times, since the machine may be busy with something else for one of them.
        for (let round = 0; round < 5; round++) {
          const id = crypto.randomUUID();
          const reached = new Promise<UpstreamCall>((resolve) => arrived = resolve);
          const abort = new AbortController();
          const answer = fetch(
            setup.request(client, leaving.stream, { headers: { "x-request-id": id } }),
            { signal: abort.signal },
          );
          answer.catch(() => {});
          const call = await reached;
          if (leaving.until !== "reached") {
            const reader = readerOf(await answer);
            if (leaving.until !== "headers") await readUntil(reader, leaving.until);
          }
          const left = performance.now();
          abort.abort();
          took.push(await call.closed - left);
          const line = await setup.closing(id);
          assertEquals([line.event, line.status, line.error_type], ["request.cancelled", 499, undefined]);
          // These count in their terminal event alone, or finally in the last piece.
          const last = ["openai_responses", "google_generate_content", "google_interactions"].includes(
            client,
          );
          const estimated = leaving.estimated || (leaving.name === "at the last chunk" && last);
          assertEquals(line.usage_estimated ?? false, estimated, JSON.stringify(line));
          if (leaving.until === "Hello") assert(Number(line.output_tokens) > 0, JSON.stringify(line));
          cancels++;
        }
        const median = took.sort((a, b) => a - b)[2] ?? Infinity;
        assert(median <= 100, `the provider was let go after ${took.map(Math.round).join(", ")} ms`);
      });
    }
  }
  const metrics = await setup.metrics();
  const stages = new Map<string, number>();
  for (const [sample, count] of metrics) {
    const stage = /^gateway_cancelled_total\{stage="(.*)"\}/.exec(sample)?.[1];
    if (stage !== undefined) stages.set(stage, count);
  }
  assertEquals(Object.fromEntries(stages), {
    before_headers: 10 * FORMATS.length,
    before_first_token: 5 * FORMATS.length,
    streaming: 10 * FORMATS.length,
  });
  const closing = setup.gateway.logs.filter((line) => line.event === "request.cancelled");
  assertEquals(
    [closing.length, cancels],
    [25 * FORMATS.length, 25 * FORMATS.length],
    "exactly one record each",
  );
  assertEquals(metrics.get("gateway_in_flight_requests"), 0);
});

Deno.test("the client stops reading: the provider is held back, memory is bounded, the connection is closed", async () => {
  const readers = 20;
  let written = 0;
  const closed: Promise<number>[] = [];
  const big = STREAMS.openai_chat.content("x".repeat(60_000));
  await using setup = await FaultSetup.start(async (call) => {
    closed.push(call.closed);
    let open = true;
    call.closed.then(() => open = false);
    await call.stream();
    await call.chunk(STREAMS.openai_chat.prelude);
    while (open) {
      await call.chunk(big);
      written += big.length;
    }
  }, "server: { drain_delay: 0s, write_stall_timeout: 8s }");
  const idle = await setup.metrics();
  const connections = await Promise.all(Array.from({ length: readers }, () => connectAndStall(setup)));
  try {
    const queueOf = (metrics: Map<string, number>) => metrics.get("gateway_stream_queue_bytes") ?? NaN;
    await settled(() => written);
    let held = await setup.metrics();
    // Beside other work nothing moves for a while, too; it is over only where something waits.
    for (let tries = 0; tries < 5 && queueOf(held) === 0; tries++) {
      await settled(() => written);
      held = await setup.metrics();
    }
    assert(written / readers < 24 * 1024 * 1024, `${written} bytes were taken of ${readers} providers`);
    assertEquals(held.get("gateway_open_streams"), readers);
    // The mark, and the piece that went over it.
    const queued = queueOf(held);
    assert(queued > 0 && queued <= readers * (64 * 1024 + big.length), `${queued} bytes wait`);
    const resident = (metrics: Map<string, number>) =>
      (metrics.get("process_resident_memory_bytes") ?? NaN) / 1e6;
    const grown = resident(held) - resident(idle);
    // 1.2 MB for each, and as much as the heap keeps of what went through it while the sockets' buffers filled.
    assert(grown < readers * 1.2 + 200, `${readers} stalled readers took ${grown} MB`);

    await Promise.all(closed);
    let stalled = 0;
    await setup.gateway.log((line) => line.event === "request.cancelled" && ++stalled === readers);
    // Nobody has read a byte, and yet the connections are gone.
    const files = (metrics: Map<string, number>) => metrics.get("process_open_fds") ?? NaN;
    let after = await setup.metrics();
    for (let tries = 0; files(after) > files(idle) + 5 && tries < 40; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      after = await setup.metrics();
    }
    assert(files(after) <= files(idle) + 5, `${files(after)} files are open, ${files(idle)} were before`);
    assertEquals([after.get("gateway_open_streams"), queueOf(after)], [0, 0]);
  } finally {
    for (const connection of connections) connection.close();
  }
});

/** A client that reads the beginning of a stream and no more. */
async function connectAndStall(setup: FaultSetup): Promise<Deno.Conn> {
  const connection = await Deno.connect({
    hostname: "127.0.0.1",
    port: Number(new URL(setup.gateway.url).port),
  });
  const body = JSON.stringify({ ...REQUESTS.openai_chat, model: "chat", stream: true });
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n`;
  await connection.write(new TextEncoder().encode(head + body));
  await connection.read(new Uint8Array(256));
  return connection;
}

/** Resolves once a figure has not changed for half a second; nothing announces that somebody does nothing. */
async function settled(read: () => number): Promise<void> {
  for (let last = -1; read() !== last;) {
    last = read();
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

Deno.test("the commit point: headers go out by time with a comment, and a fallback still works", async () => {
  const broken = Promise.withResolvers<void>();
  await using setup = await FaultSetup.start(async (call) => {
    if (call.json.model === "first") {
      await call.stream();
      await call.chunk(STREAMS.openai_chat.prelude);
      await broken.promise;
      return call.cut();
    }
    await call.stream();
    await call.chunk(streamText("openai_chat"));
    await call.end();
  }, "server: { drain_delay: 0s }\nstream: { commit_after: 150ms, ping_interval: 100ms }");
  const response = await fetch(setup.request("openai_chat", true, { model: "both" }));
  assertEquals([response.status, response.headers.get("content-type")], [200, "text/event-stream"]);
  const reader = readerOf(response);
  const before = await readUntil(reader, ": ping\n\n: ping\n\n");
  assertEquals(before.replaceAll(": ping\n\n", ""), "", "comments alone");
  broken.resolve();
  const text = await readUntil(reader, "[DONE]");
  assertStringIncludes(text, "Hello");
  const line = await setup.closing(response);
  assertEquals([line.status, line.provider, line.attempts], [200, "openai", 2]);
});

Deno.test("the commit point: errors before content are HTTP errors in the client's dialect", async () => {
  await using setup = await FaultSetup.start(async (call) => {
    await call.stream();
    const format = formatOf(call);
    await call.chunk(STREAMS[format].prelude);
    call.cut();
  }, "server: { drain_delay: 0s }\nretry: { attempts: 1, base_delay: 1ms, budget: 1 }");
  for (const client of FORMATS) {
    const response = await fetch(setup.request(client, true));
    const body = await response.json();
    assertEquals(response.status, 502);
    assertEquals(response.headers.get("x-gateway-attempts"), "2");
    assertEquals(response.headers.get("x-should-retry"), "false");
    if (client === "anthropic_messages") assertEquals([body.type, body.error.type], ["error", "api_error"]);
    else assertEquals(codeIn(body), "upstream_connection_failed");
  }
});

Deno.test("the provider goes silent: one error event in the client's dialect, then the end", async (t) => {
  for (const [name, serve] of Object.entries(SILENCES)) {
    await using setup = await FaultSetup.start(
      serve,
      "server: { drain_delay: 0s }\nretry: { attempts: 0 }\ntimeouts: { first_chunk: 500ms, between_chunks: 500ms }\n" +
        "stream: { commit_after: 100ms, ping_interval: 50ms }",
    );
    for (const client of FORMATS) {
      await t.step(`${name}, ${client}`, async () => {
        const response = await fetch(setup.request(client, true));
        assertEquals(response.status, 200);
        const text = await response.text();
        assertEquals(text.split(CLIENTS[client].error).length, 2, text);
        assert(text.trimEnd().split("\n\n").at(-1)?.includes("error"), "the error comes last");
        // Google's clients read no comments: blank lines keep the connection alive.
        const ping = client === "google_generate_content" ? "\n\n\n" : ": ping";
        assertStringIncludes(text, ping, "a silent provider does not silence the connection");
        const line = await setup.closing(response);
        assertEquals([line.status, line.error_type, line.attempts], [504, "upstream_timeout", 1]);
      });
    }
  }
});

const SILENCES: Readonly<Record<string, UpstreamScript>> = {
  "before its answer": async (call) => void await call.closed,
  "before the first chunk": async (call) => {
    await call.stream();
    await call.closed;
  },
  "between chunks": async (call) => {
    const format = formatOf(call);
    await call.stream();
    await call.chunk(STREAMS[format].prelude + STREAMS[format].content("Hello"));
    await call.closed;
  },
};

Deno.test("a line without end: an error event, and memory is bounded", async () => {
  let sent = 0;
  await using setup = await FaultSetup.start(async (call) => {
    let open = true;
    call.closed.then(() => open = false);
    await call.stream();
    await call.chunk(STREAMS.openai_chat.prelude + STREAMS.openai_chat.content("Hello") + "data: ");
    const piece = "x".repeat(100_000);
    for (sent = 0; open && sent < 1 << 30; sent += piece.length) await call.chunk(piece);
  });
  const response = await fetch(setup.request("openai_chat", true));
  const text = await response.text();
  assertStringIncludes(text, "Hello");
  assertStringIncludes(text, '"code":"upstream_invalid_response"');
  assert(text.length < 10_000);
  assert(sent < 64 * 1024 * 1024, `${sent} bytes were taken`);
});

Deno.test("connections are used again after streams that ended well, also where the client was slow", async () => {
  const long = STREAMS.openai_chat.content("y".repeat(200_000));
  await using setup = await FaultSetup.start(async (call) => {
    await call.stream();
    await call.chunk(STREAMS.openai_chat.prelude + long + STREAMS.openai_chat.finish);
    await call.chunk(STREAMS.openai_chat.terminal);
    await call.end();
  });
  for (let i = 0; i < 20; i++) {
    const response = await fetch(setup.request("openai_chat", true));
    await setup.closing(response);
    assert((await response.text()).endsWith("data: [DONE]\n\n"));
  }
  assert(setup.upstream.accepted <= 2, `${setup.upstream.accepted} connections for 20 requests in a row`);
});
