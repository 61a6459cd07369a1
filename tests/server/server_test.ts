import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import type { ConnectionInfo, RunningServer, ServerHandler, ServerLimits } from "../../lib/server/engine.ts";
import { serve, type ServeOptions } from "../../lib/server/server.ts";
import { ManualClock } from "../manual_clock.ts";
import { eventually, RawClient } from "./raw_client.ts";

const LIMITS: ServerLimits = { maxConnections: 100, headerTimeout: 10_000, idleTimeout: 60_000 };
const GET = "GET /path HTTP/1.1\r\nhost: localhost\r\n\r\n";
const encoder = new TextEncoder();

function plainAnswer(): Promise<Response> {
  return Promise.resolve(new Response("answer"));
}

/** Serves on a port of its own, hands the server to the test, and closes it. */
async function withServer(
  options: Partial<ServeOptions>,
  test: (server: RunningServer, port: number) => Promise<void>,
): Promise<void> {
  const server = await serve({
    hostname: "127.0.0.1",
    port: 0,
    handler: plainAnswer,
    limits: LIMITS,
    clock: systemClock,
    onWarning: () => {},
    ...options,
  });
  try {
    await test(server, server.address.port);
  } finally {
    server.abortAll();
    await server.finished;
  }
}

/** A handler whose answers wait until the test lets them go. */
class Gate {
  readonly #waiting: (() => void)[] = [];
  readonly handler: ServerHandler = async () => {
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return new Response("late");
  };

  get waiting(): number {
    return this.#waiting.length;
  }

  open(): void {
    for (const release of this.#waiting.splice(0)) release();
  }
}

/** A streamed answer that the test feeds. */
class Feed {
  controller: ReadableStreamDefaultController<Uint8Array> | null = null;
  cancelled = false;
  readonly handler: ServerHandler = (_request, connection) => {
    connection.streamed = true;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void (this.controller = controller),
      cancel: () => void (this.cancelled = true),
    });
    return Promise.resolve(new Response(body));
  };

  push(text: string): void {
    this.controller?.enqueue(encoder.encode(text));
  }
}

for (const engine of ["connection", "plain"] as const) {
  Deno.test(`serve() [${engine}] answers one request after the other on a connection`, async () => {
    await withServer({ engine }, async (_server, port) => {
      using client = await RawClient.connect(port);
      assertMatch(await client.ask(GET, "answer"), /^HTTP\/1.1 200 OK\r\n/);
      assertMatch(await client.ask(GET, "answer"), /^HTTP\/1.1 200 OK\r\n/);
    });
  });

  Deno.test(`serve() [${engine}] answers pipelined requests in order`, async () => {
    let count = 0;
    const handler: ServerHandler = () => Promise.resolve(new Response(`answer ${++count}.`));
    await withServer({ engine, handler }, async (_server, port) => {
      using client = await RawClient.connect(port);
      const received = await client.ask(GET + GET + GET, "answer 3.");
      assertEquals(received.match(/answer \d/g), ["answer 1", "answer 2", "answer 3"]);
    });
  });

  Deno.test(`serve() [${engine}] answers HEAD with the headers of GET and no body`, async () => {
    await withServer({ engine }, async (_server, port) => {
      using client = await RawClient.connect(port);
      const received = await client.ask(GET.replace("GET", "HEAD") + GET, "answer");
      assertEquals(received.match(/content-length: 6/g)?.length, 2);
      assertEquals(received.match(/answer/g)?.length, 1);
    });
  });

  Deno.test(`serve() [${engine}] refuses what is no HTTP`, async () => {
    await withServer({ engine }, async (_server, port) => {
      using client = await RawClient.connect(port);
      await client.send("nonsense\r\n\r\n");
      assertMatch(await client.end(), /^HTTP\/1.1 400 /);
    });
  });

  Deno.test(`serve() [${engine}] tells the handler who connected`, async () => {
    let seen: ConnectionInfo | null = null;
    const handler: ServerHandler = (_request, connection) => {
      seen = connection;
      return plainAnswer();
    };
    await withServer({ engine, handler }, async (_server, port) => {
      using client = await RawClient.connect(port);
      await client.ask(GET, "answer");
      assertEquals((seen as ConnectionInfo | null)?.remoteAddress, "127.0.0.1");
    });
  });

  Deno.test(`serve() [${engine}] tells the handler when the client leaves before its answer`, async () => {
    const gone = Promise.withResolvers<void>();
    let begun = false;
    const handler: ServerHandler = async (_request, connection) => {
      begun = true;
      await new Promise<void>((resolve) => connection.onGone = resolve);
      assert(connection.gone);
      gone.resolve();
      return new Response(null, { status: 499 });
    };
    await withServer({ engine, handler }, async (server, port) => {
      const client = await RawClient.connect(port);
      await client.send(GET);
      await eventually(() => begun, "the handler");
      client.close();
      const left = performance.now();
      await gone.promise;
      assert(performance.now() - left < 100, `took ${performance.now() - left} ms`);
      await eventually(() => server.requests() === 0, "the request's end");
    });
  });

  Deno.test(`serve() [${engine}] does not call a handler's listener after its answer`, async () => {
    let called = false;
    const handler: ServerHandler = async (_request, connection) => {
      connection.onGone = () => void (called = true);
      // Long enough for the engine to listen.
      await new Promise((resolve) => setTimeout(resolve, 80));
      return new Response("answer");
    };
    await withServer({ engine, handler }, async (server, port) => {
      const client = await RawClient.connect(port);
      await client.ask(GET, "answer");
      client.close();
      await eventually(() => server.connections() === 0, "the connection's end");
      assertEquals(called, false);
    });
  });

  Deno.test(`serve() [${engine}] counts a streamed answer until its last byte`, async () => {
    const feed = new Feed();
    await withServer({ engine, handler: feed.handler }, async (server, port) => {
      using client = await RawClient.connect(port);
      await client.send(GET);
      await eventually(() => feed.controller !== null, "the stream");
      feed.push("one");
      await client.receive("one");
      assertEquals(server.requests(), 1);
      feed.controller?.close();
      await client.receive("0\r\n\r\n");
      await eventually(() => server.requests() === 0, "the stream's end");
    });
  });

  Deno.test(`serve() [${engine}] cancels a streamed answer when its client leaves`, async () => {
    const feed = new Feed();
    await withServer({ engine, handler: feed.handler }, async (server, port) => {
      const client = await RawClient.connect(port);
      await client.send(GET);
      await eventually(() => feed.controller !== null, "the stream");
      feed.push("one");
      await client.receive("one");
      client.close();
      await eventually(() => feed.cancelled, "the cancel");
      await eventually(() => server.requests() === 0, "the stream's end");
    });
  });

  Deno.test(`serve() [${engine}] drains: answers say "connection: close"`, async () => {
    await withServer({ engine }, async (server, port) => {
      using client = await RawClient.connect(port);
      assert(!(await client.ask(GET, "answer")).includes("connection: close"));
      server.drain();
      assertStringIncludes(await client.ask(GET, "answer"), "connection: close");
      using late = await RawClient.connect(port);
      assertStringIncludes(await late.ask(GET, "answer"), "connection: close");
    });
  });

  Deno.test(`serve() [${engine}] lets requests end after it stopped accepting`, async () => {
    const gate = new Gate();
    await withServer({ engine, handler: gate.handler }, async (server, port) => {
      using client = await RawClient.connect(port);
      await client.send(GET);
      await eventually(() => gate.waiting === 1, "the handler");
      server.stopAccepting();
      await assertRejects(() => RawClient.connect(port));
      gate.open();
      assertStringIncludes(await client.end(), "late");
      await server.finished;
      assertEquals(server.requests(), 0);
    });
  });

  Deno.test(`serve() [${engine}] serves who has a connection after it stopped listening`, async () => {
    await withServer({ engine }, async (server, port) => {
      using client = await RawClient.connect(port);
      assertStringIncludes(await client.ask(GET, "answer"), "200 OK");
      const waiting = await Promise.all(Array.from({ length: 50 }, () => RawClient.connect(port)));
      server.drain();
      await server.stopListening();
      if (engine === "connection") await assertRejects(() => RawClient.connect(port));
      for (const late of [client, ...waiting]) {
        assertStringIncludes(await late.ask(GET, "answer"), "connection: close");
        late[Symbol.dispose]();
      }
      server.stopAccepting();
      await server.finished;
    });
  });

  Deno.test(`serve() [${engine}] lets a streamed answer end after it stopped accepting`, async () => {
    const feed = new Feed();
    await withServer({ engine, handler: feed.handler }, async (server, port) => {
      using client = await RawClient.connect(port);
      await client.send(GET);
      await eventually(() => feed.controller !== null, "the stream");
      server.stopAccepting();
      feed.push("last words");
      feed.controller?.close();
      const received = await client.end();
      assertStringIncludes(received, "last words");
      assert(received.endsWith("0\r\n\r\n"));
      await server.finished;
    });
  });

  Deno.test(`serve() [${engine}] closes everything when told to`, async () => {
    const gate = new Gate();
    await withServer({ engine, handler: gate.handler }, async (server, port) => {
      using client = await RawClient.connect(port);
      await client.send(GET);
      await eventually(() => gate.waiting === 1, "the handler");
      server.abortAll();
      assertEquals(await client.end(), "");
      await server.finished;
      gate.open();
    });
  });

  Deno.test(`serve() [${engine}] speaks HTTP/2 with prior knowledge`, async () => {
    const handler: ServerHandler = async (request) => {
      return new Response(`${request.headers.get("host")} ${await request.text()}`);
    };
    await withServer({ engine, handler }, async (_server, port) => {
      const client = Deno.createHttpClient({ http1: false, http2: true });
      const response = await fetch(`http://127.0.0.1:${port}/path`, { method: "POST", body: "body", client });
      assertEquals(await response.text(), "null body");
      client.close();
    });
  });

  Deno.test(`serve() [${engine}] throws when the port is taken`, async () => {
    await withServer({ engine }, async (_server, port) => {
      await assertRejects(() => withServer({ engine, port }, async () => {}), Deno.errors.AddrInUse);
    });
  });
}

Deno.test("serve() closes a connection whose headers do not come", async () => {
  for (const sent of ["", "GET /path HTTP/1.1\r\nhost: loc"]) {
    const clock = new ManualClock();
    await withServer({ clock }, async (server, port) => {
      using client = await RawClient.connect(port);
      await client.send(sent);
      await eventually(() => server.connections() === 1, "the connection");
      clock.advance(LIMITS.headerTimeout - 50);
      assertEquals(client.ended, false);
      clock.advance(100);
      assertEquals(await client.end(), "");
      await eventually(() => server.connections() === 0, "the connection's end");
    });
  }
});

Deno.test("serve() closes a connection that idles after an answer, and not before its time", async () => {
  const clock = new ManualClock();
  await withServer({ clock }, async (server, port) => {
    using client = await RawClient.connect(port);
    await client.ask(GET, "answer");
    clock.advance(LIMITS.headerTimeout * 2);
    await client.ask(GET, "answer");
    clock.advance(LIMITS.idleTimeout - 50);
    await client.ask(GET, "answer");
    // Half a request does not keep it open.
    await client.send("GET /path HTTP/1.1\r\n");
    clock.advance(LIMITS.idleTimeout + 50);
    await client.end();
    await eventually(() => server.connections() === 0, "the connection's end");
  });
});

Deno.test("serve() lets connections wait for ever where no time-outs are set", async () => {
  const clock = new ManualClock();
  await withServer(
    { clock, limits: { maxConnections: 2, headerTimeout: 0, idleTimeout: 0 } },
    async (_server, port) => {
      using fresh = await RawClient.connect(port);
      using used = await RawClient.connect(port);
      await used.ask(GET, "answer");
      clock.advance(10_000_000);
      await used.ask(GET, "answer");
      await fresh.ask(GET, "answer");
    },
  );
});

Deno.test("serve() leaves connections alone while a request is under way", async () => {
  const clock = new ManualClock();
  const gate = new Gate();
  const feed = new Feed();
  const handler: ServerHandler = (request, connection) =>
    request.url.endsWith("/stream") ? feed.handler(request, connection) : gate.handler(request, connection);
  await withServer({ clock, handler }, async (_server, port) => {
    using whole = await RawClient.connect(port);
    await whole.send(GET);
    using streamed = await RawClient.connect(port);
    await streamed.send(GET.replace("/path", "/stream"));
    await eventually(() => gate.waiting === 1 && feed.controller !== null, "the handlers");
    clock.advance(LIMITS.idleTimeout * 10);
    feed.push("one");
    await streamed.receive("one");
    gate.open();
    await whole.receive("late");
  });
});

Deno.test("serve() serves no more connections than the cap, and the next one when another ends", async () => {
  const gate = new Gate();
  const limits = { ...LIMITS, maxConnections: 2 };
  await withServer({ handler: gate.handler, limits }, async (server, port) => {
    const first = await RawClient.connect(port);
    using second = await RawClient.connect(port);
    using third = await RawClient.connect(port);
    for (const client of [first, second, third]) await client.send(GET);
    await eventually(() => gate.waiting === 2, "two handlers");
    await new Promise((resolve) => setTimeout(resolve, 50));
    assertEquals([server.connections(), gate.waiting], [2, 2]);
    first.close();
    gate.open();
    await second.receive("late");
    await eventually(() => gate.waiting === 1, "the third");
    gate.open();
    await third.receive("late");
    assertEquals(server.connections() <= 2, true);
  });
});

Deno.test("serve() closes the connection that idles longest to make room at the cap", async () => {
  const clock = new ManualClock();
  await withServer({ clock, limits: { ...LIMITS, maxConnections: 2 } }, async (server, port) => {
    using first = await RawClient.connect(port);
    await first.ask(GET, "answer");
    clock.advance(10);
    using second = await RawClient.connect(port);
    await second.ask(GET, "answer");
    clock.advance(1000);
    using third = await RawClient.connect(port);
    await third.ask(GET, "answer");
    await first.end();
    assertEquals(second.ended, false);
    assertEquals(server.connections(), 2);
  });
});

Deno.test("serve() lets nobody hold a place at the cap who does not read an answer", async () => {
  const clock = new ManualClock();
  const large = new Uint8Array(32 << 20);
  let answers = 0;
  const handler: ServerHandler = (request) => {
    answers++;
    return Promise.resolve(new Response(request.url.endsWith("/large") ? large : "answer"));
  };
  await withServer({ clock, handler, limits: { ...LIMITS, maxConnections: 1 } }, async (_server, port) => {
    const silent = await Deno.connect({ hostname: "127.0.0.1", port });
    await silent.write(encoder.encode(GET.replace("/path", "/large")));
    await eventually(() => answers === 1, "the large answer");
    using next = await RawClient.connect(port);
    await next.send(GET);
    // Sooner or later than it is let in, which asks who has to leave.
    await eventually(() => (clock.advance(100), answers === 2), "the next one's request");
    await next.receive("answer");
    silent.close();
  });
});

Deno.test("serve() closes idle connections when it stops accepting", async () => {
  await withServer({}, async (server, port) => {
    using used = await RawClient.connect(port);
    await used.ask(GET, "answer");
    using fresh = await RawClient.connect(port);
    await eventually(() => server.connections() === 2, "both connections");
    server.stopAccepting();
    await used.end();
    await fresh.end();
    await server.finished;
  });
});

Deno.test("serve() closes a connection after its answer while draining", async () => {
  await withServer({}, async (server, port) => {
    server.drain();
    using client = await RawClient.connect(port);
    await client.send(GET);
    const received = await client.end();
    assertStringIncludes(received, "connection: close");
    assertStringIncludes(received, "answer");
  });
});

Deno.test("serve() lets a handler close a connection whose client stalls", async () => {
  let connection: ConnectionInfo | null = null;
  const chunk = new Uint8Array(1 << 20);
  let cancelled = false;
  const handler: ServerHandler = (_request, info) => {
    connection = info;
    info.streamed = true;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(chunk),
      cancel: () => void (cancelled = true),
    });
    return Promise.resolve(new Response(body));
  };
  await withServer({ handler }, async (server, port) => {
    // Reads nothing.
    const client = await Deno.connect({ hostname: "127.0.0.1", port });
    await client.write(encoder.encode(GET));
    await eventually(() => connection !== null, "the handler");
    await new Promise((resolve) => setTimeout(resolve, 50));
    assertEquals(server.connections(), 1);
    (connection as ConnectionInfo | null)?.abort();
    await eventually(() => server.connections() === 0, "the connection's end");
    await eventually(() => cancelled && server.requests() === 0, "the stream's cancel");
    client.close();
  });
});

Deno.test("serve() lets a handler give up a stream without ending the others of its HTTP/2 connection", async () => {
  const infos: ConnectionInfo[] = [];
  const feeds: Feed[] = [];
  const handler: ServerHandler = (request, info) => {
    const feed = new Feed();
    infos.push(info);
    feeds.push(feed);
    return feed.handler(request, info);
  };
  await withServer({ handler }, async (server, port) => {
    const client = Deno.createHttpClient({ http1: false, http2: true });
    const texts: string[] = [];
    const bodies = [];
    for (const text of ["first", "second"]) {
      const response = await fetch(`http://127.0.0.1:${port}/path`, { client });
      const body = (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
      bodies.push(body);
      feeds.at(-1)?.push(text);
      texts.push((await body.read()).value ?? "");
    }
    assertEquals(texts, ["first", "second"]);
    assertEquals([server.connections(), server.requests()], [1, 2]);

    const [first, second] = bodies;
    feeds[0]?.controller?.error(new Error("stalled"));
    infos[0]?.abort();
    await assertRejects(async () => await first?.read());
    await eventually(() => server.requests() === 1, "the first stream's end");
    feeds[1]?.push("more");
    assertEquals((await second?.read())?.value, "more");

    infos[1]?.abort();
    await assertRejects(async () => await second?.read());
    await eventually(() => server.connections() === 0, "the connection's end");
    client.close();
  });
});

Deno.test("serve() says so when it has to do without its own engine", async () => {
  const warnings: string[] = [];
  await withServer({ engine: "plain", onWarning: (message) => warnings.push(message) }, async () => {});
  assertEquals(warnings, []);
});

Deno.test("serve() survives its file descriptors' running out and answers within a second of their release", async () => {
  const command = new Deno.Command("sh", {
    args: [
      "-c",
      'ulimit -n 100; exec "$0" run -A --no-lock "$1"',
      Deno.execPath(),
      new URL("./few_descriptors.ts", import.meta.url).pathname,
    ],
    // The runtime's own look for a newer one would find no descriptor, and say so.
    env: { DENO_NO_UPDATE_CHECK: "1" },
    stdout: "piped",
    stderr: "piped",
  });
  const child = command.spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const port = Number((await lines.read()).value);
  const errors = new Response(child.stderr).text();
  const clients: Deno.TcpConn[] = [];
  // Many more than it has descriptors: most are gone when their turn comes, and each has to be accepted to be told.
  for (let i = 0; i < 1000; i++) clients.push(await Deno.connect({ hostname: "127.0.0.1", port }));
  assertStringIncludes((await lines.read()).value ?? "", "Cannot accept connections");
  for (const client of clients) client.close();
  const released = performance.now();
  using client = await RawClient.connect(port);
  await client.ask(GET, "answer");
  assert(performance.now() - released < 1000, `took ${performance.now() - released} ms`);
  child.kill("SIGKILL");
  await child.status;
  await lines.cancel();
  assertEquals(await errors, "");
});
