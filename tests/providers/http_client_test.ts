import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { Deadlines } from "../../lib/deadlines.ts";
import type { HttpClientOptions } from "../../lib/providers/http_client.ts";
import { routeTo } from "../../lib/providers/route.ts";
import { ManualClock } from "../manual_clock.ts";
import { BODY, clientScene, type Scene, TIMEOUTS } from "./client_scene.ts";
import { type RawConnection, RawServer } from "./raw_server.ts";
import { RecordedAnswer } from "./recorded_answer.ts";

/** A server with a script, and a client of it. */
function scene(
  script: (connection: RawConnection) => Promise<void> | void,
  test: (scene: Scene<RawServer>) => Promise<void>,
  options: Partial<HttpClientOptions> = {},
): Promise<void> {
  const server = new RawServer(script);
  return clientScene(server, routeTo(server.url, null, null), test, options);
}

/** Answers every request of a connection. */
async function answering(connection: RawConnection): Promise<void> {
  while (await connection.request() !== null) await connection.answer("hello");
}

Deno.test("send() sends the request as given and tells of the answer in order", async () => {
  let seen: string | null = null;
  await scene(async (connection) => {
    seen = await connection.request();
    await connection.answer("hello", "201 Created", "X-Request-ID: abc\r\nx-twice: 1\r\nX-Twice: 2\r\n");
    await connection.drain();
  }, async ({ post, server }) => {
    const { answer } = post("/v1/chat?beta=true");
    assertEquals(await answer.over, "end");
    assertEquals(answer.calls, ["connect", "response", "data", "end"]);
    assertEquals(answer.status, 201);
    assertEquals(answer.text, "hello");
    assertEquals(answer.headers?.get("x-request-id"), "abc");
    assertEquals(answer.headers?.get("x-twice"), "1, 2");
    assertEquals(answer.headers?.get("x-absent"), null);
    assertEquals([...answer.headers?.entries() ?? []].map(([name]) => name), [
      "x-request-id",
      "x-twice",
      "x-twice",
      "content-length",
    ]);
    assertEquals(
      seen,
      `POST /v1/chat?beta=true HTTP/1.1\r\nhost: ${server.url.host}\r\nconnection: keep-alive\r\n` +
        `content-type: application/json\r\ncontent-length: 13\r\n\r\n{"model":"m"}`,
    );
  });
});

Deno.test("send() uses a connection again", async () => {
  await scene(answering, async ({ post, server }) => {
    for (let i = 0; i < 5; i++) assertEquals(await post().answer.over, "end");
    assertEquals(server.connections.length, 1);
  });
});

Deno.test("send() opens as many connections as there are requests", async () => {
  await scene(answering, async ({ post, server }) => {
    const calls = Array.from({ length: 20 }, () => post());
    for (const { answer } of calls) assertEquals(await answer.over, "end");
    assertEquals(server.connections.length, 20);
  });
});

Deno.test("send() skips an informational answer", async () => {
  await scene(async (connection) => {
    await connection.request();
    await connection.write("HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n");
    await connection.answer("hello");
    await connection.drain();
  }, async ({ post }) => {
    const { answer } = post();
    assertEquals(await answer.over, "end");
    assertEquals(answer.calls, ["connect", "response", "data", "end"]);
  });
});

const FAILURES: { name: string; answer: string; calls: string[]; kind: string }[] = [
  { name: "closes before answering", answer: "", calls: ["connect", "error"], kind: "connection_reset" },
  { name: "answers garbage", answer: "hello\r\n\r\n", calls: ["connect", "error"], kind: "protocol_error" },
  {
    name: "sends endless headers",
    answer: `HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}\r\n\r\n`,
    calls: ["connect", "error"],
    kind: "protocol_error",
  },
  {
    name: "closes within the head",
    answer: "HTTP/1.1 200 OK\r\nconte",
    calls: ["connect", "error"],
    kind: "connection_reset",
  },
  {
    name: "closes within a chunked body",
    answer: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel",
    calls: ["connect", "response", "data", "error"],
    kind: "connection_reset",
  },
  {
    name: "closes within a chunked body that it said it would close after",
    answer: "HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel",
    calls: ["connect", "response", "data", "error"],
    kind: "connection_reset",
  },
  {
    name: "closes before the announced length",
    answer: "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 10\r\n\r\nhel",
    calls: ["connect", "response", "data", "error"],
    kind: "connection_reset",
  },
  {
    name: "sends a chunk without a length",
    answer: "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nhello\r\n",
    calls: ["connect", "response", "error"],
    kind: "protocol_error",
  },
];

for (const { name, answer: bytes, calls, kind } of FAILURES) {
  Deno.test(`post() fails with ${kind} when the provider ${name}`, async () => {
    await scene(async (connection) => {
      await connection.request();
      await connection.write(bytes);
    }, async ({ post, server }) => {
      const { answer } = post();
      assertEquals(await answer.over, kind);
      assertEquals(answer.calls, calls);
      assertEquals(answer.error?.sent, true);
      assertEquals(server.connections.length, 1, "a fresh connection gets no second try");
    });
  });
}

Deno.test("send() reads a body that ends with the connection", async () => {
  await scene(async (connection) => {
    await connection.request();
    await connection.write("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nhello");
  }, async ({ post }) => {
    const { answer } = post();
    assertEquals(await answer.over, "end");
    assertEquals(answer.text, "hello");
  });
});

Deno.test("send() fails with connection_refused, unsent, when nobody listens", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  await scene(() => {}, async ({ post }) => {
    const { answer } = post();
    assertEquals(await answer.over, "connection_refused");
    assertEquals(answer.calls, ["error"]);
    assertEquals(answer.error?.sent, false);
  }, { route: routeTo(new URL(`http://127.0.0.1:${port}`), null, null) });
});

Deno.test("send() fails with dns_failed, unsent, when the host has no address", async () => {
  await scene(() => {}, async ({ post }) => {
    const { answer } = post();
    assertEquals(await answer.over, "dns_failed");
    assertEquals(answer.error?.sent, false);
  }, { route: routeTo(new URL("http://nobody.invalid"), null, null) });
});

Deno.test("send() fails with protocol_error when a header is not valid", async () => {
  await scene(answering, async ({ client }) => {
    const answer = new RecordedAnswer();
    client.send("POST", "/", ["x-bad", "a\nb"], BODY, null, answer);
    assertEquals(await answer.over, "protocol_error");
    assertEquals(answer.error?.sent, false);
    assertEquals(client.running, 0);
  });
});

Deno.test("send() tries once more when a reused connection is closed before any byte of the answer", async () => {
  await scene(async (connection) => {
    await connection.request();
    await connection.answer("first");
    // The first connection dies with the second request; the next one answers it.
    if (connection.number > 0) return await answering(connection);
    await connection.request();
  }, async ({ post, server }) => {
    assertEquals(await post().answer.over, "end");
    const { answer } = post();
    assertEquals(await answer.over, "end");
    assertEquals(answer.calls, ["connect", "response", "data", "end"]);
    assertEquals(server.connections.length, 2);
  });
});

Deno.test("send() tries no third time", async () => {
  await scene(async (connection) => {
    await connection.request();
    if (connection.number === 0) {
      await connection.answer("first");
      await connection.request();
    }
  }, async ({ post, server }) => {
    assertEquals(await post().answer.over, "end");
    assertEquals(await post().answer.over, "connection_reset");
    assertEquals(server.connections.length, 2);
  });
});

Deno.test("send() does not try again when a reused connection is closed within the answer", async () => {
  await scene(async (connection) => {
    await connection.request();
    await connection.answer("first");
    await connection.request();
    await connection.write("HTTP/1.1 200");
  }, async ({ post, server }) => {
    assertEquals(await post().answer.over, "end");
    assertEquals(await post().answer.over, "connection_reset");
    assertEquals(server.connections.length, 1);
  });
});

Deno.test("send() connects again when the provider closed an idle connection", async () => {
  await scene(async (connection) => {
    await connection.request();
    await connection.answer("hello");
  }, async ({ post, server }) => {
    assertEquals(await post().answer.over, "end");
    await server.connections[0]?.drain();
    assertEquals(await post().answer.over, "end");
    assertEquals(server.connections.length, 2);
  });
});

Deno.test("send() waits in line when all connections are in use, first come, first served", async () => {
  const release = Promise.withResolvers<void>();
  await scene(async (connection) => {
    for (let request = await connection.request(); request !== null; request = await connection.request()) {
      await release.promise;
      await connection.answer(request.split(" ")[1] ?? "");
    }
  }, async ({ post, client, server }) => {
    const calls = Array.from({ length: 5 }, (_, i) => post(`/${i}`));
    assertEquals([client.running, client.waiting], [2, 3]);
    const order: string[] = [];
    for (const { answer } of calls) answer.over.then(() => order.push(answer.text));
    release.resolve();
    await Promise.all(calls.map(({ answer }) => answer.over));
    assertEquals(order.slice(2), ["/2", "/3", "/4"]);
    assertEquals(server.connections.length, 2);
    assertEquals([client.running, client.waiting], [0, 0]);
  }, { maxConnections: 2 });
});

Deno.test("send() says when a request waits in line and when its turn has come", async () => {
  await scene(answering, async ({ client, post }) => {
    const first = post();
    const told: string[] = [];
    const answer = new RecordedAnswer();
    client.send("POST", "/", [], BODY, null, {
      onQueue: () => told.push("queue"),
      onDequeue: () => told.push("dequeue"),
      onConnect: () => told.push("connect"),
      onResponse: (status, headers) => answer.onResponse(status, headers),
      onData: (chunk) => answer.onData(chunk),
      onEnd: () => answer.onEnd(),
      onError: (error) => answer.onError(error),
    });
    assertEquals(told, ["queue"]);
    assertEquals(await first.answer.over, "end");
    assertEquals(await answer.over, "end");
    assertEquals(told, ["queue", "dequeue", "connect"]);
  }, { maxConnections: 1 });
});

Deno.test("send() fails with queue_full, unsent, when the line is full", async () => {
  await scene((connection) => connection.drain(), async ({ post, client }) => {
    post();
    post();
    const { answer } = post();
    assertEquals(await answer.over, "queue_full");
    assertEquals(answer.calls, ["error"]);
    assertEquals(answer.error?.sent, false);
    assertEquals([client.running, client.waiting], [1, 1]);
  }, { maxConnections: 1, maxQueue: 1 });
});

Deno.test("send() fails with queue_full when no connection is free within the connect time-out", async () => {
  await scene((connection) => connection.drain(), async ({ post, clock, client }) => {
    const first = post();
    const second = post();
    await until(() => first.answer.calls.includes("connect"));
    clock.advance(5_001);
    assertEquals(await second.answer.over, "queue_full");
    assertEquals(client.waiting, 0);
    first.handle.abort();
  }, { maxConnections: 1 });
});

Deno.test("abort() in line frees the place in it", async () => {
  await scene((connection) => connection.drain(), ({ post, client }) => {
    post();
    post().handle.abort();
    assertEquals([client.running, client.waiting], [1, 0]);
    return Promise.resolve();
  }, { maxConnections: 1 });
});

Deno.test("a failed request gives its place to the next", async () => {
  await scene(async (connection) => {
    await connection.request();
    if (connection.number > 0) await connection.answer("hello");
  }, async ({ post }) => {
    const [first, second] = [post(), post()];
    assertEquals(await first.answer.over, "connection_reset");
    assertEquals(await second.answer.over, "end");
  }, { maxConnections: 1 });
});

for (const when of ["before the answer", "in the middle of a stream", "while paused"]) {
  Deno.test(`abort() ${when} closes the provider's connection within 100 ms and says nothing more`, async () => {
    await scene(async (connection) => {
      await connection.request();
      if (when !== "before the answer") {
        await connection.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n");
      }
      await connection.drain();
    }, async ({ post, server, client }) => {
      const { answer, handle } = post();
      if (when === "before the answer") await until(() => answer.calls.includes("connect"));
      else await answer.began;
      if (when === "while paused") handle.pause();
      const calls = answer.calls.length;
      const start = systemClock.now();
      handle.abort();
      handle.abort();
      await server.connections[0]?.closed;
      assert(systemClock.now() - start < 100);
      assertEquals(answer.calls.length, calls);
      assertEquals(client.running, 0);
    });
  });
}

Deno.test("abort() from within onData() is safe", async () => {
  await scene(async (connection) => {
    await connection.request();
    await connection.write(
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n",
    );
    await connection.drain();
  }, async ({ post, server, client }) => {
    const { answer, handle } = post();
    answer.onChunk = () => handle.abort();
    await answer.began;
    await server.connections[0]?.closed;
    assertEquals(answer.text, "hello");
    assertEquals(answer.calls.at(-1), "data");
    assertEquals(client.running, 0);
  });
});

Deno.test("abort() while connecting stops connecting", async () => {
  await scene(() => {}, ({ post, client }) => {
    const { answer, handle } = post();
    handle.abort();
    assertEquals(answer.calls, []);
    assertEquals(client.running, 0);
    return Promise.resolve();
  });
});

Deno.test("send() fails with timeout_connect when no connection comes about", async () => {
  // A port of TEST-NET-1 (RFC 5737) would do, if packets to it went unanswered everywhere; a dial of our own does.
  let givenUp = false;
  const dial = (_hostname: string, _port: number, signal: AbortSignal) => {
    signal.addEventListener("abort", () => givenUp = true);
    return new Promise<never>(() => {});
  };
  await scene(() => {}, async ({ post, clock }) => {
    const { answer } = post();
    clock.advance(4_999);
    assertEquals(answer.calls, []);
    clock.advance(2);
    assertEquals(await answer.over, "timeout_connect");
    assertEquals(answer.error?.sent, false);
    assertEquals(givenUp, true);
  }, { route: { ...routeTo(new URL("http://127.0.0.1:1"), null, null), dial } });
});

Deno.test("send() fails with timeout_first_chunk when headers come but no body", async () => {
  await scene(async (connection) => {
    await connection.request();
    await connection.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
    await connection.drain();
  }, async ({ post, clock, server }) => {
    const { answer } = post();
    await answer.answered;
    clock.advance(10_001);
    assertEquals(await answer.over, "timeout_first_chunk");
    assertEquals(answer.error?.sent, true);
    await server.connections[0]?.closed;
  });
});

Deno.test("send() fails with timeout_between_chunks when a stream goes silent, counted from the last chunk", async () => {
  const more = Promise.withResolvers<void>();
  await scene(async (connection) => {
    await connection.request();
    await connection.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n");
    await more.promise;
    await connection.write("5\r\nworld\r\n");
    await connection.drain();
  }, async ({ post, clock }) => {
    const { answer } = post();
    await answer.began;
    clock.advance(9_000);
    more.resolve();
    await until(() => answer.bytes === 10);
    clock.advance(9_000);
    assertEquals(answer.error, null);
    clock.advance(1_001);
    assertEquals(await answer.over, "timeout_between_chunks");
  });
});

Deno.test("send() does not count the time between chunks while the reader is paused", async () => {
  await scene(async (connection) => {
    await connection.request();
    await connection.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n");
    await connection.drain();
  }, async ({ post, clock }) => {
    const { answer, handle } = post();
    await answer.began;
    handle.pause();
    clock.advance(60_000);
    assertEquals(answer.error, null);
    handle.resume();
    clock.advance(9_999);
    assertEquals(answer.error, null);
    clock.advance(2);
    assertEquals(await answer.over, "timeout_between_chunks");
  });
});

Deno.test("send() fails with timeout_total whatever comes", async () => {
  await scene(async (connection) => {
    await connection.request();
    await connection.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n");
    await connection.drain();
  }, async ({ post, clock }) => {
    const { answer, handle } = post();
    await answer.began;
    handle.pause();
    clock.advance(3_001);
    assertEquals(await answer.over, "timeout_total");
  }, { timeouts: { ...TIMEOUTS, total: 3_000 } });
});

Deno.test("a request's own time-outs replace the client's, 0 switches one off", async () => {
  await scene((connection) => connection.drain(), async ({ client, clock, post }) => {
    const [short, never] = [new RecordedAnswer(), new RecordedAnswer()];
    const handle = client.send("POST", "/", [], BODY, { firstChunk: 0 }, never);
    client.send("POST", "/", [], BODY, { firstChunk: 100 }, short);
    const usual = post();
    await until(() => [short, never, usual.answer].every(({ calls }) => calls.includes("connect")));
    clock.advance(101);
    assertEquals(await short.over, "timeout_first_chunk");
    clock.advance(10_000);
    assertEquals(await usual.answer.over, "timeout_first_chunk");
    clock.advance(10_000_000);
    assertEquals(never.calls, ["connect"]);
    handle.abort();
  });
});

Deno.test("pause() holds a fast provider back and resume() goes on where it stopped", async () => {
  const total = 64 * 1024 * 1024;
  let written = 0;
  await scene(async (connection) => {
    await connection.request();
    await connection.write(`HTTP/1.1 200 OK\r\ncontent-length: ${total}\r\n\r\n`);
    const block = new Uint8Array(64 * 1024);
    for (; written < total; written += block.length) await connection.writeBytes(block);
    await connection.drain();
  }, async ({ post }) => {
    const { answer, handle } = post();
    answer.onChunk = () => {
      answer.chunks.length = 0;
      if (answer.bytes < 1024 * 1024) handle.pause();
    };
    await answer.began;
    const paused = answer.bytes;
    // What fits into the buffers of both sockets and of the stream between, and no more.
    const stalled = await settled(() => written);
    assert(stalled < 16 * 1024 * 1024, `${stalled} bytes were taken from the provider`);
    assertEquals(answer.bytes, paused);
    answer.onChunk = () => {
      answer.chunks.length = 0;
    };
    handle.resume();
    assertEquals(await answer.over, "end");
    assertEquals(answer.bytes, total);
  });
});

Deno.test("pause() in onResponse() holds the body back", async () => {
  await scene(answering, async ({ client }) => {
    const answer = new RecordedAnswer();
    const handle = client.send("POST", "/", [], BODY, null, {
      onResponse: (status, headers) => {
        handle.pause();
        answer.onResponse(status, headers);
      },
      onData: (chunk) => answer.onData(chunk),
      onEnd: () => answer.onEnd(),
      onError: (error) => answer.onError(error),
    });
    await answer.answered;
    assertEquals(answer.calls, ["response"]);
    handle.resume();
    assertEquals(await answer.over, "end");
    assertEquals(answer.text, "hello");
  });
});

Deno.test("pause() and resume() within one chunk change nothing", async () => {
  await scene(answering, async ({ post }) => {
    const { answer, handle } = post();
    answer.onChunk = () => {
      handle.pause();
      handle.resume();
    };
    assertEquals(await answer.over, "end");
  });
});

Deno.test("close() lets running requests end and keeps no connection", async () => {
  const release = Promise.withResolvers<void>();
  await scene(async (connection) => {
    await connection.request();
    await release.promise;
    await connection.answer("hello");
    await connection.drain();
  }, async ({ post, client, server }) => {
    const { answer } = post();
    await until(() => answer.calls.includes("connect"));
    let closed = false;
    const closing = client.close().then(() => closed = true);
    await Promise.resolve();
    assertEquals(closed, false);
    release.resolve();
    assertEquals(await answer.over, "end");
    await closing;
    await server.connections[0]?.closed;
  });
});

Deno.test("no deadline is left behind", async () => {
  const clock = new ManualClock();
  const deadlines = new Deadlines(clock);
  await scene(answering, async ({ post }) => {
    assertEquals(await post().answer.over, "end");
    post().handle.abort();
    assertEquals(deadlines.size, 0);
  }, { deadlines });
});

/** Lets the event loop turn until something is so. */
async function until(condition: () => boolean): Promise<void> {
  for (let turns = 0; !condition(); turns++) {
    if (turns > 10_000) throw new Error("Cannot wait any longer: the condition does not come true");
    await turn();
  }
}

/** The value of something that moves, once it has stood still for many turns of the event loop. */
async function settled(read: () => number): Promise<number> {
  let value = read();
  for (let still = 0; still < 200; still++) {
    await turn();
    if (read() !== value) still = 0;
    value = read();
  }
  return value;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** A client of a name whose addresses a test sets, and the server at 127.0.0.1 behind it. */
async function named(
  script: (connection: RawConnection) => Promise<void> | void,
  test: (scene: Scene<RawServer> & { addresses: string[]; asked: () => number }) => Promise<void>,
): Promise<void> {
  const addresses = ["127.0.0.1"];
  let asked = 0;
  const resolve = () => {
    asked++;
    return Promise.resolve([...addresses]);
  };
  const server = new RawServer(script);
  const clock = new ManualClock();
  const url = new URL(`http://provider.test:${server.url.port}`);
  const route = routeTo(url, null, null, { resolve, ttl: 30_000, clock });
  await clientScene(server, route, (inner) => test({ ...inner, clock, addresses, asked: () => asked }));
}

Deno.test("post() looks addresses up once within their time, and again beside a request when it is over", async () => {
  await named(answering, async ({ post, clock, asked, server }) => {
    await Promise.all([post().answer.over, post().answer.over]);
    assertEquals(asked(), 1);
    clock.advance(29_999);
    await post().answer.over;
    assertEquals(asked(), 1);
    clock.advance(1);
    await post().answer.over;
    assertEquals([asked(), server.connections.length], [2, 2]);
  });
});

Deno.test("a connection to an address that has gone is given up when idle; a stream on it lives on", async () => {
  const release = Promise.withResolvers<void>();
  await named(async (connection) => {
    for (let request = await connection.request(); request !== null; request = await connection.request()) {
      if (request.startsWith("POST /stream")) {
        await connection.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n");
        await release.promise;
        await connection.write("0\r\n\r\n");
      } else await connection.answer("hello");
    }
  }, async ({ post, clock, addresses, server }) => {
    const stream = post("/stream");
    await stream.answer.began;
    assertEquals(await post().answer.over, "end");
    assertEquals(server.connections.length, 2);
    // The server listens at 127.0.0.1 alone, so the name must not lose that altogether.
    addresses.splice(0, 1, "127.0.0.9");
    clock.advance(30_000);
    const last = post();
    assertEquals(await last.answer.over, "end", "it had been given its connection before");
    await Promise.all([server.connections[1]?.closed]);
    assertEquals(await post().answer.over, "connection_refused", "the old address is not used any more");
    release.resolve();
    assertEquals(await stream.answer.over, "end");
    await server.connections[0]?.closed;
  });
});
