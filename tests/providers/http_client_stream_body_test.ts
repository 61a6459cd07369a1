/** Requests whose body comes while it is sent, and requests that have none. */
import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { Deadlines } from "../../lib/deadlines.ts";
import { HttpClient } from "../../lib/providers/http_client.ts";
import { routeTo } from "../../lib/providers/route.ts";
import { type RawConnection, RawServer } from "./raw_server.ts";
import { RecordedAnswer } from "./recorded_answer.ts";

async function scene(
  script: (connection: RawConnection) => Promise<void>,
  test: (client: HttpClient) => Promise<void>,
): Promise<void> {
  const server = new RawServer(script);
  const deadlines = new Deadlines(systemClock);
  const timeouts = { connect: 5_000, firstChunk: 5_000, betweenChunks: 5_000, total: 0 };
  const route = routeTo(server.url, null, null);
  const client = new HttpClient({ route, maxConnections: 4, maxQueue: 4, timeouts, deadlines });
  try {
    await test(client);
  } finally {
    await client.close();
    await server.close();
  }
}

async function* pieces(...texts: readonly string[]): AsyncIterable<Uint8Array> {
  for (const text of texts) yield await Promise.resolve(new TextEncoder().encode(text));
}

Deno.test("send() sends a stream in chunks where its length is not known", async () => {
  let seen = "";
  await scene(async (connection) => {
    seen = await connection.request() ?? "";
    seen += await connection.take("3\r\none\r\n4\r\nmore\r\n0\r\n\r\n".length);
    await connection.answer("done");
    await connection.drain();
  }, async (client) => {
    const answer = new RecordedAnswer();
    client.send("POST", "/files", [], pieces("one", "more"), null, answer);
    assertEquals(await answer.over, "end");
    assertEquals(answer.text, "done");
  });
  const [head = "", body] = seen.split("\r\n\r\n", 2);
  assert(head.startsWith("POST /files HTTP/1.1\r\n"), head);
  assert(/transfer-encoding: chunked/i.test(head), head);
  assertEquals(body, "3\r\none\r\n4\r\nmore\r\n0");
});

Deno.test("send() sends a stream as it is where its length is given", async () => {
  let seen = "";
  await scene(async (connection) => {
    seen = await connection.request() ?? "";
    await connection.answer("done");
    await connection.drain();
  }, async (client) => {
    const answer = new RecordedAnswer();
    client.send("POST", "/files", ["content-length", "7"], pieces("one", "more"), null, answer);
    assertEquals(await answer.over, "end");
  });
  assertEquals(seen.split("\r\n\r\n")[1], "onemore");
});

Deno.test("send() asks a stream for no more than the provider takes", async () => {
  const { promise: unread, resolve: read } = Promise.withResolvers<void>();
  const CHUNK = 64 * 1024;
  const CHUNKS = 1024;
  let asked = 0;
  async function* long(): AsyncIterable<Uint8Array> {
    for (; asked < CHUNKS; asked++) yield await Promise.resolve(new Uint8Array(CHUNK));
  }
  await scene(async (connection) => {
    await unread;
    // In chunked coding: `10000`, a line's end before and after it, and the bytes.
    await connection.request();
    for (let chunk = 0; chunk < CHUNKS; chunk++) await connection.take("10000\r\n".length + CHUNK + 2);
    await connection.answer("done");
    await connection.drain();
  }, async (client) => {
    const answer = new RecordedAnswer();
    client.send("POST", "/files", [], long(), null, answer);
    let before = -1;
    while (asked !== before) {
      before = asked;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert(asked > 0 && asked < CHUNKS / 2, `${asked} of ${CHUNKS} went to a provider that reads nothing`);
    read();
    assertEquals(await answer.over, "end");
    assertEquals(asked, CHUNKS);
  });
});

Deno.test("send() ends with an error where the stream breaks off, and the connection with it", async () => {
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  // deno-lint-ignore require-yield -- it fails before it has anything
  async function* broken(): AsyncIterable<Uint8Array> {
    await Promise.resolve();
    throw new Error("the client left");
  }
  await scene(async (connection) => {
    await connection.drain();
    end();
  }, async (client) => {
    const answer = new RecordedAnswer();
    client.send("POST", "/files", [], broken(), null, answer);
    assert(await answer.over !== "end");
    await over;
  });
});

Deno.test("send() never sends a stream twice", async () => {
  let requests = 0;
  await scene(async (connection) => {
    while (await connection.request() !== null) {
      // The second one on a connection meets its end.
      if (++requests === 2) return;
      await connection.answer("hello");
    }
  }, async (client) => {
    const first = new RecordedAnswer();
    client.send("POST", "/", [], new Uint8Array(), null, first);
    assertEquals(await first.over, "end");
    const second = new RecordedAnswer();
    client.send("POST", "/", ["content-length", "3"], pieces("one"), null, second);
    assertEquals(await second.over, "connection_reset");
  });
  assertEquals(requests, 2);
});

for (const method of ["GET", "DELETE", "HEAD"]) {
  Deno.test(`send() sends ${method} without a body`, async () => {
    let seen = "";
    await scene(async (connection) => {
      seen = await connection.request() ?? "";
      await connection.answer(method === "HEAD" ? "" : "hello");
      await connection.drain();
    }, async (client) => {
      const answer = new RecordedAnswer();
      client.send(method, "/files/file-1?after=x", [], null, null, answer);
      assertEquals(await answer.over, "end");
      assertEquals(answer.text, method === "HEAD" ? "" : "hello");
    });
    assert(seen.startsWith(`${method} /files/file-1?after=x HTTP/1.1\r\n`), seen);
  });
}
