/** What clients over HTTP/2 can do wrong. The platform speaks it, with prior knowledge on the same port. */
import { assert, assertEquals } from "@std/assert";
import { type Clock, systemClock } from "../../lib/clock.ts";
import { ErrorCode, Setting } from "../../lib/providers/http2/frames.ts";
import type { RunningServer, ServerHandler } from "../../lib/server/engine.ts";
import { TargetReader } from "../../lib/server/request_target.ts";
import { serve } from "../../lib/server/server.ts";
import { ManualClock } from "../manual_clock.ts";
import { eventually, RawClient } from "./raw_client.ts";
import { RawHttp2Client } from "./raw_http2_client.ts";

const GET = "GET /path HTTP/1.1\r\nhost: localhost\r\n\r\n";
/** A request of so many streams, or so many requests, is more than anybody means. */
const MANY = 5_000;
/** Time for a server to end whose requests are all answered. */
const ENDS_MS = 5_000;
/** More than the time in which a server that drains watches what its clients ask at a time. */
const WATCHED_MS = 600;

async function withServer(
  handler: ServerHandler,
  test: (server: RunningServer, port: number) => Promise<void>,
  clock: Clock = systemClock,
): Promise<void> {
  const server = await serve({
    hostname: "127.0.0.1",
    port: 0,
    handler,
    limits: { maxConnections: 10, headerTimeout: 10_000, idleTimeout: 60_000 },
    clock,
    onWarning: () => {},
  });
  try {
    await test(server, server.address.port);
  } finally {
    server.abortAll();
    await server.finished;
  }
}

/** A handler whose answers wait until they are released. */
class Held {
  handled = 0;
  #released = Promise.withResolvers<void>();

  readonly handler: ServerHandler = async () => {
    this.handled++;
    await this.#released.promise;
    return new Response("answer");
  };

  release(): void {
    this.#released.resolve();
  }

  /** Answers so many requests once all of them are there. @returns whether the client was told to leave before, and after. */
  async ask(client: RawHttp2Client, times: number): Promise<[before: boolean, after: boolean]> {
    this.#released = Promise.withResolvers();
    const all = this.handled + times;
    const ids = await Promise.all(Array.from({ length: times }, () => client.get("/path")));
    await eventually(() => this.handled === all, "the requests");
    const before = client.ended;
    this.release();
    await eventually(() => ids.every((id) => client.answer(id).body === "answer"), "the answers");
    return [before, client.ended];
  }
}

Deno.test("HTTP/2: a connection has a bounded number of streams at a time, each a request", async () => {
  const held = new Held();
  await withServer(held.handler, async (server, port) => {
    using client = await RawHttp2Client.connect(port);
    await eventually(() => client.settings.has(Setting.MaxConcurrentStreams), "the server's settings");
    const most = client.settings.get(Setting.MaxConcurrentStreams) ?? Infinity;
    assert(most <= 256, `${most} streams at a time`);
    for (let i = 0; i < most + 50; i++) await client.get("/path");
    const refused = () =>
      [...client.answers.values()].filter(({ reset }) => reset === ErrorCode.RefusedStream);
    await eventually(() => refused().length === 50, "the refusals");
    await eventually(() => server.requests() === most, "the requests");
    assertEquals(server.connections(), 1);
    held.release();
    await eventually(() => server.requests() === 0, "the answers");
  });
});

Deno.test("HTTP/2: who opens and resets streams without end is cut off, and the others are served", async () => {
  let handled = 0;
  await withServer(() => {
    handled++;
    return Promise.resolve(new Response("answer"));
  }, async (server, port) => {
    using client = await RawHttp2Client.connect(port);
    let sent = 0;
    try {
      for (; sent < MANY && !client.ended; sent++) {
        await client.reset(await client.get("/path"), ErrorCode.Cancel);
      }
    } catch {
      // Cut off in the middle of a frame.
    }
    await eventually(() => client.ended, "the connection's end");
    assert(sent < MANY && handled < MANY, `${sent} streams were opened, ${handled} handled`);
    await eventually(() => server.connections() === 0 && server.requests() === 0, "nothing left of it");
    using other = await RawClient.connect(port);
    await other.ask(GET, "answer");
  });
});

Deno.test("HTTP/2: the authority is checked in Host's place", async () => {
  const targets = new TargetReader(["api.example"]);
  const paths: string[] = [];
  const handler: ServerHandler = (request) => {
    try {
      paths.push(targets.read(request).path);
      return Promise.resolve(new Response("answer"));
    } catch {
      return Promise.resolve(new Response("refused", { status: 400 }));
    }
  };
  const table: [authority: string, more: string[], answers: string[]][] = [
    ["api.example", [], ["200"]],
    ["api.example:8080", [], ["200"]],
    ["evil.example", [], ["400"]],
    ["user@api.example", [], ["400", "reset"]],
    ["api.example/admin?", [], ["400", "reset"]],
    ["api.example?", [], ["400", "reset"]],
    ["api.example", ["host", "evil.example"], ["400", "reset"]],
    ["evil.example", ["host", "api.example"], ["400", "reset"]],
  ];
  await withServer(handler, async (_server, port) => {
    for (const [authority, more, answers] of table) {
      using client = await RawHttp2Client.connect(port);
      const answer = client.answer(await client.get("/path", authority, more));
      await eventually(() => answer.status !== "" || answer.reset !== null || client.ended, authority);
      const got = answer.status === "" ? "reset" : answer.status;
      assert(answers.includes(got), `${authority} ${more}: ${got}`);
    }
  });
  assertEquals(new Set(paths), new Set(["/path"]));
});

/** Fails where a server still waits for its clients after {@linkcode ENDS_MS}. */
async function ends(server: RunningServer, clock: ManualClock): Promise<void> {
  let ended = false;
  server.finished.then(() => ended = true);
  clock.advance(ENDS_MS);
  await eventually(() => ended, "the server's end");
}

Deno.test("HTTP/2: who idles and answers nothing does not hold up the end", async () => {
  const clock = new ManualClock();
  await withServer(() => Promise.resolve(new Response("answer")), async (server, port) => {
    using client = await RawHttp2Client.connect(port);
    client.answersPings = false;
    const answer = client.answer(await client.get("/path"));
    await eventually(() => answer.body === "answer", "the answer");
    server.drain();
    server.stopAccepting();
    await ends(server, clock);
  }, clock);
});

Deno.test("HTTP/2: a draining server says goodbye when none of its client's requests is likely to cross that", async () => {
  const held = new Held();
  await withServer(held.handler, async (server, port) => {
    using client = await RawHttp2Client.connect(port);
    assertEquals(await held.ask(client, 2), [false, false]);
    server.drain();
    assertEquals(await held.ask(client, 1), [false, false]);
    assertEquals((await held.ask(client, 2))[1], true);
    server.stopAccepting();
    await server.finished;
  }, new ManualClock());
});

Deno.test("HTTP/2: a draining server goes by what its client asks at a time nowadays, not by what it asked once", async () => {
  const held = new Held();
  const clock = new ManualClock();
  await withServer(held.handler, async (server, port) => {
    using client = await RawHttp2Client.connect(port);
    const told = async (times: number) => (await held.ask(client, times))[1];
    assertEquals(await told(3), false);
    server.drain();
    assertEquals([await told(2), await told(1)], [false, false]);
    clock.advance(WATCHED_MS);
    assertEquals([await told(1), await told(2)], [false, true]);
    server.stopAccepting();
    await server.finished;
  }, clock);
});

Deno.test("HTTP/2: a request that crosses its server's goodbye does not hold up the end", {
  // Deno 2.6 goes on waiting for an answer to it.
  sanitizeOps: false,
  sanitizeResources: false,
}, async () => {
  const clock = new ManualClock();
  const held = new Held();
  await withServer(held.handler, async (server, port) => {
    using client = await RawHttp2Client.connect(port);
    client.answersPings = false;
    const answers = [client.answer(await client.get("/path")), client.answer(await client.get("/path"))];
    await eventually(() => held.handled === 2, "the requests");
    server.drain();
    clock.advance(ENDS_MS);
    await eventually(() => client.ended, "the goodbye");
    held.release();
    // Who has not heard it yet goes on: only the answer to its ping tells that it has.
    await client.get("/path");
    client.answersPings = true;
    await eventually(() => answers.every(({ body }) => body === "answer"), "the answers");
    server.stopAccepting();
    await ends(server, clock);
  }, clock);
});
