/** What is HTTP/2's own; what it shares with HTTP/1.1 stands in the contract. */
import { assert, assertEquals } from "@std/assert";
import { Buffer } from "node:buffer";
import { Deadlines } from "../../../lib/deadlines.ts";
import { Flag, FrameType, numberFrame, Setting, writeUint32 } from "../../../lib/providers/http2/frames.ts";
import { RECEIVE_WINDOW } from "../../../lib/providers/http2/windows.ts";
import { HttpClient } from "../../../lib/providers/http_client.ts";
import { routeTo } from "../../../lib/providers/route.ts";
import { ManualClock } from "../../manual_clock.ts";
import { RawServer } from "../raw_server.ts";
import { RecordedAnswer } from "../recorded_answer.ts";
import {
  type Http2Script,
  type RawHttp2Options,
  RawHttp2Server,
  type RawStream,
} from "./raw_http2_server.ts";

const TIMEOUTS = { connect: 5_000, firstChunk: 10_000, betweenChunks: 10_000, total: 0 };

interface Scene {
  readonly server: RawHttp2Server;
  readonly client: HttpClient;
  readonly clock: ManualClock;
  /** Frames that the server got, as `TYPE STREAM`. */
  readonly frames: string[];
  post(path?: string, body?: Uint8Array | null, headers?: string[]): {
    answer: RecordedAnswer;
    handle: ReturnType<HttpClient["send"]>;
  };
}

async function scene(
  script: Http2Script,
  test: (scene: Scene) => Promise<void>,
  options: RawHttp2Options = {},
): Promise<void> {
  const frames: string[] = [];
  const server = new RawHttp2Server(script, {
    ...options,
    onFrame: (type, flags, stream, payload) => {
      frames.push(`${FrameType[type]} ${stream}`);
      options.onFrame?.(type, flags, stream, payload);
    },
  });
  const clock = new ManualClock();
  const client = newClient(server.url, clock);
  const handles: ReturnType<HttpClient["send"]>[] = [];
  try {
    await test({
      server,
      client,
      clock,
      frames,
      post(path = "/", body = null, headers = []) {
        const answer = new RecordedAnswer();
        const handle = client.send("POST", path, headers, body, null, answer);
        handles.push(handle);
        return { answer, handle };
      },
    });
  } finally {
    for (const handle of handles) handle.abort();
    await client.close();
    await server.close();
  }
}

function newClient(url: URL, clock: ManualClock): HttpClient {
  return new HttpClient({
    route: routeTo(url, null, null, undefined, true),
    maxConnections: 256,
    maxQueue: 64,
    timeouts: TIMEOUTS,
    deadlines: new Deadlines(clock),
  });
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}

const hello: Http2Script = (stream) => stream.answer("hello");

Deno.test("a request has HTTP/2's own headers and none of a connection's", async () => {
  let seen: [string, string][] = [];
  await scene((stream) => {
    seen = [...stream.headers];
    return stream.answer("hello");
  }, async ({ post, server }) => {
    assertEquals(
      await post("/v1/x?y=1", new TextEncoder().encode("{}"), ["connection", "keep-alive", "x-a", "é"]).answer
        .over,
      "end",
    );
    assertEquals(seen, [
      [":method", "POST"],
      [":scheme", "http"],
      [":authority", server.url.host],
      [":path", "/v1/x?y=1"],
      ["x-a", Buffer.from("é", "latin1").toString()],
      ["content-length", "2"],
    ]);
  });
});

Deno.test("no more streams than the provider allows go over one connection, and at most a hundred", async () => {
  for (
    const { limit, calls, connections } of [
      { limit: 2, calls: 5, connections: 3 },
      { limit: 1000, calls: 150, connections: 2 },
    ]
  ) {
    let open = 0;
    let most = 0;
    const all = Promise.withResolvers<void>();
    await scene(async (stream) => {
      if (++open === calls) all.resolve();
      most = Math.max(most, stream.connection.streams.size);
      await all.promise;
      await stream.answer("hello");
    }, async ({ post, server }) => {
      const answers = Array.from({ length: calls }, () => post().answer);
      for (const answer of answers) assertEquals(await answer.over, "end");
      assertEquals([server.connections.length, most], [connections, Math.min(limit, 100)]);
    }, { settings: [[Setting.MaxConcurrentStreams, limit]] });
  }
});

Deno.test("a provider that allows no streams fails the request, unsent, after a few connections", async () => {
  await scene(hello, async ({ post, server }) => {
    const { answer } = post();
    assertEquals([await answer.over, answer.error?.sent], ["connection_reset", false]);
    assertEquals(server.connections.length, 4);
  }, { settings: [[Setting.MaxConcurrentStreams, 0]] });
});

Deno.test("giving up one stream resets it and leaves the others on the connection alone", async () => {
  const streams: RawStream[] = [];
  await scene(async (stream) => {
    streams.push(stream);
    await stream.head(200);
    await stream.data("hello");
  }, async ({ post, server }) => {
    const [first, second] = [post(), post()];
    await Promise.all([first.answer.began, second.answer.began]);
    first.handle.abort();
    assertEquals(await streams[0]?.closed, 8, "CANCEL");
    await streams[1]?.data(" world");
    await streams[1]?.end();
    assertEquals([await second.answer.over, second.answer.text], ["end", "hello world"]);
    assertEquals(server.connections.length, 1);
  });
});

Deno.test("a stalled reader holds back its own stream alone", async () => {
  const megabytes = new Uint8Array(2 * 1024 * 1024);
  await scene(async (stream) => {
    if (stream.path === "/small") return await stream.answer("hello");
    await stream.head(200);
    await stream.data(megabytes);
    await stream.end();
  }, async ({ post }) => {
    const stalled = Array.from({ length: 80 }, () => post("/large"));
    for (const { answer, handle } of stalled) {
      await answer.began;
      handle.pause();
    }
    for (let i = 0; i < 20; i++) assertEquals(await post("/small").answer.over, "end");
    for (const { answer } of stalled) assert(answer.bytes <= RECEIVE_WINDOW, `${answer.bytes} bytes`);
    for (const { handle } of stalled) handle.resume();
    for (const { answer } of stalled) {
      assertEquals([await answer.over, answer.bytes], ["end", megabytes.length]);
    }
  });
});

Deno.test("a provider that says goodbye gets no more streams; those it has seen go on, the others go elsewhere", async () => {
  const streams: RawStream[] = [];
  const both = Promise.withResolvers<void>();
  await scene(async (stream) => {
    if (stream.connection.number > 0) return await stream.answer("from the second");
    streams.push(stream);
    if (stream.path === "/warm") return await stream.answer("hello");
    if (streams.length === 3) both.resolve();
  }, async ({ post, server }) => {
    assertEquals(await post("/warm").answer.over, "end");
    const [seen, unseen] = [post("/seen").answer, post("/unseen").answer];
    await both.promise;
    await server.connections[0]?.goAway(streams[1]?.id ?? 0);
    assertEquals([await unseen.over, unseen.text], ["end", "from the second"]);
    assertEquals(unseen.calls, ["connect", "response", "data", "end"], "nobody hears of the second try");
    await streams[1]?.answer("from the first");
    assertEquals([await seen.over, seen.text], ["end", "from the first"]);
    await server.connections[0]?.closed;
    assertEquals([await post().answer.over, server.connections.length], ["end", 2]);
  });
});

Deno.test("what a provider has not looked at goes elsewhere from its first connection's first requests on", async () => {
  const streams: RawStream[] = [];
  await scene(async (stream) => {
    if (stream.connection.number > 0) return await stream.answer("from the second");
    streams.push(stream);
    if (streams.length < 3) return;
    await stream.connection.goAway(streams[1]?.id ?? 0);
    await streams[0]?.answer("from the first");
    await streams[1]?.reset(7);
  }, async ({ post }) => {
    const answers = [post().answer, post().answer, post().answer];
    for (const answer of answers) assertEquals(await answer.over, "end");
    assertEquals(answers.map(({ text }) => text), ["from the first", "from the second", "from the second"]);
  });
});

Deno.test("a stream that the provider refuses is sent again; one that it resets is not", async () => {
  let count = 0;
  await scene(async (stream) => {
    count++;
    if (stream.path === "/refused" && count === 2) await stream.reset(7);
    else if (stream.path === "/reset") await stream.reset(2);
    else await stream.answer("hello");
  }, async ({ post, server }) => {
    assertEquals(await post().answer.over, "end");
    assertEquals(await post("/refused").answer.over, "end");
    const { answer } = post("/reset");
    assertEquals([await answer.over, answer.error?.sent], ["connection_reset", true]);
    assertEquals([count, server.connections.length], [4, 1]);
  });
});

Deno.test("a provider that refuses every stream fails the request, unsent", async () => {
  await scene((stream) => stream.reset(7), async ({ post }) => {
    const { answer } = post();
    assertEquals([await answer.over, answer.error?.sent], ["connection_reset", false]);
  });
});

Deno.test("a request's body waits for the provider's windows", async () => {
  const body = new Uint8Array(200_000);
  let received = 0;
  await scene(hello, async ({ post, server }) => {
    const { answer } = post("/", body);
    await until(() => received === 65_535);
    const connection = server.connections[0];
    await connection?.write(numberFrame(FrameType.WindowUpdate, 0, 100_000));
    await connection?.write(numberFrame(FrameType.WindowUpdate, 1, 10_000));
    await until(() => received === 75_535);
    // A larger window for streams counts for those under way.
    const settings = new Uint8Array(6);
    settings[1] = Setting.InitialWindowSize;
    writeUint32(settings, 2, 85_535);
    await connection?.send(FrameType.Settings, 0, 0, settings);
    await until(() => received === 95_535);
    await connection?.write(numberFrame(FrameType.WindowUpdate, 1, 1_000_000));
    await until(() => received === 165_535);
    await connection?.write(numberFrame(FrameType.WindowUpdate, 0, 1_000_000));
    assertEquals([await answer.over, received], ["end", body.length]);
  }, {
    acknowledges: false,
    onFrame: (type, _flags, _stream, payload) => {
      if (type === FrameType.Data) received += payload.length;
    },
  });
});

Deno.test("an answer may come before the request is out: the rest is not sent", async () => {
  let stream: RawStream | undefined;
  await scene(hello, async ({ post, frames, server }) => {
    const { answer } = post("/", new Uint8Array(200_000));
    await until(() => server.connections[0]?.streams.get(1) !== undefined);
    stream = server.connections[0]?.streams.get(1);
    await stream?.answer("too much", 413);
    assertEquals([await answer.over, answer.status], ["end", 413]);
    await until(() => frames.includes("RstStream 1"));
    assertEquals(await stream?.closed, 0, "NO_ERROR");
  }, { acknowledges: false });
});

Deno.test("padding, priorities, informational answers, headers in pieces and trailers are taken", async () => {
  await scene(async (stream) => {
    const { connection, id } = stream;
    await stream.head(103, ["link", "</x>"]);
    const block = new Uint8Array([0x88, 0x00, 0x01, 0x78, 0x01, 0x79]);
    await connection.send(
      FrameType.Headers,
      Flag.Padded | Flag.Priority,
      id,
      concat([2, 0, 0, 0, 0, 1], block.subarray(0, 3), [0, 0]),
    );
    await connection.send(FrameType.Continuation, 0, id, block.subarray(3, 4));
    await connection.send(FrameType.Continuation, Flag.EndHeaders, id, block.subarray(4));
    await connection.send(
      FrameType.Data,
      Flag.Padded,
      id,
      concat([3], new TextEncoder().encode("hello"), [0, 0, 0]),
    );
    await connection.send(
      FrameType.Headers,
      Flag.EndHeaders | Flag.EndStream,
      id,
      new Uint8Array([0x00, 0x01, 0x7a, 0x01, 0x7a]),
    );
  }, async ({ post }) => {
    const { answer } = post();
    assertEquals([await answer.over, answer.status, answer.text], ["end", 200, "hello"]);
    assertEquals([...answer.headers?.entries() ?? []], [["x", "y"]]);
    assertEquals(answer.calls, ["connect", "response", "data", "end"]);
  });
});

function concat(...parts: (Uint8Array | number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const BROKEN_STREAMS: { name: string; script: Http2Script; kind: string }[] = [
  { name: "data before headers", script: (stream) => stream.data("x"), kind: "protocol_error" },
  { name: "a status that is none", script: (stream) => stream.head(7), kind: "protocol_error" },
  {
    name: "headers without end",
    script: (stream) => stream.connection.send(FrameType.Headers, Flag.EndHeaders, stream.id, hugeBlock()),
    kind: "protocol_error",
  },
  {
    name: "less than it announced",
    script: async (stream) => {
      await stream.head(200, ["content-length", "10"]);
      await stream.data("hel", Flag.EndStream);
    },
    kind: "connection_reset",
  },
];

/** Small as it is sent, 100 KB as it is read. */
function hugeBlock(): Uint8Array {
  const value = new TextEncoder().encode("v".repeat(3_000));
  return concat([0x88, 0x40, 0x01, 0x78, 0x7f, 0xb9, 0x16], value, Array<number>(40).fill(0xbe));
}

for (const { name, script, kind } of BROKEN_STREAMS) {
  Deno.test(`${name}: the request fails with ${kind}, and the connection serves the next`, async () => {
    let first = true;
    await scene((stream) => {
      if (!first) return stream.answer("hello");
      first = false;
      return script(stream);
    }, async ({ post, server }) => {
      assertEquals(await post().answer.over, kind);
      assertEquals([await post().answer.over, server.connections.length], ["end", 1]);
    });
  });
}

const BROKEN_CONNECTIONS: { name: string; script: Http2Script }[] = [
  {
    name: "a push",
    script: (stream) => stream.connection.send(FrameType.PushPromise, 4, stream.id, new Uint8Array(5)),
  },
  {
    name: "a frame that is too long",
    script: (stream) => stream.connection.send(FrameType.Data, 0, 1, new Uint8Array(16_385)),
  },
  {
    name: "headers that cannot be decoded",
    script: (stream) => stream.connection.send(FrameType.Headers, 4, stream.id, new Uint8Array([0x80])),
  },
  {
    name: "something between headers",
    script: async (stream) => {
      await stream.connection.send(FrameType.Headers, 0, stream.id, new Uint8Array([0x88]));
      await stream.connection.send(FrameType.Ping, 0, 0, new Uint8Array(8));
    },
  },
  {
    name: "headers that go on and on",
    script: async (stream) => {
      await stream.connection.send(FrameType.Headers, 0, stream.id, new Uint8Array([0x88]));
      for (let i = 0; i < 200; i++) {
        await stream.connection.send(FrameType.Continuation, 0, stream.id, new Uint8Array());
      }
    },
  },
  {
    name: "a window that is too large",
    script: (stream) => stream.connection.write(numberFrame(FrameType.WindowUpdate, 0, 0x7fffffff)),
  },
];

for (const { name, script } of BROKEN_CONNECTIONS) {
  Deno.test(`${name}: all on the connection fail with protocol_error, and the next request has another`, async () => {
    let first = true;
    await scene(async (stream) => {
      if (!first) return await stream.answer("hello");
      first = false;
      await script(stream);
    }, async ({ post, server, frames }) => {
      assertEquals(await post().answer.over, "protocol_error");
      await server.connections[0]?.closed;
      assert(frames.includes("GoAway 0"));
      assertEquals([await post().answer.over, server.connections.length], ["end", 2]);
    });
  });
}

Deno.test("a client that is sent more than its window lets the stream go", async () => {
  await scene(async (stream) => {
    await stream.head(200);
    const frame = new Uint8Array(16_384);
    for (let i = 0; i < 40; i++) await stream.connection.send(FrameType.Data, 0, stream.id, frame);
  }, async ({ post }) => {
    const { answer, handle } = post();
    await answer.answered;
    handle.pause();
    assertEquals(await answer.over, "protocol_error");
    assert(answer.bytes <= RECEIVE_WINDOW);
  });
});

Deno.test("a server that does not speak HTTP/2 fails the request with protocol_error", async () => {
  const server = new RawServer(async (connection) => {
    await connection.write("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    await connection.drain();
  });
  const client = newClient(server.url, new ManualClock());
  const answer = new RecordedAnswer();
  client.send("POST", "/", [], null, null, answer);
  assertEquals(await answer.over, "protocol_error");
  assertEquals(answer.error, {
    kind: "protocol_error",
    sent: false,
    message: "the provider does not speak HTTP/2",
  });
  await client.close();
  await server.close();
});

Deno.test("pings are answered", async () => {
  let pong = "";
  await scene(async (stream) => {
    await stream.connection.send(FrameType.Ping, 0, 0, new TextEncoder().encode("12345678"));
    await until(() => pong !== "");
    await stream.answer("hello");
  }, async ({ post }) => {
    assertEquals(await post().answer.over, "end");
    assertEquals(pong, "12345678");
  }, {
    onFrame: (type, flags, _stream, payload) => {
      if (type === FrameType.Ping && (flags & Flag.Ack) !== 0) pong = new TextDecoder().decode(payload);
    },
  });
});

Deno.test("a connection that was silent has to prove that it lives; a dead one is left within 5 s", async () => {
  await scene((stream) => {
    if (stream.connection.number > 0 || stream.id === 1) return stream.answer("hello");
  }, async ({ post, clock, frames, server }) => {
    assertEquals(await post().answer.over, "end");
    clock.advance(20_000);
    const { answer } = post();
    await until(() => frames.includes("Ping 0"));
    clock.advance(5_100);
    assertEquals(await answer.over, "end", "over another connection");
    assertEquals(server.connections.length, 2);
  }, { answersPings: false });
});

Deno.test("a connection on which a request timed out has to prove that it lives", async () => {
  await scene((stream) => {
    if (stream.path !== "/silent") return stream.answer("hello");
  }, async ({ post, clock, frames, server }) => {
    const { answer } = post("/silent");
    await until(() => answer.calls.includes("connect"));
    clock.advance(10_100);
    assertEquals(await answer.over, "timeout_first_chunk");
    await until(() => frames.includes("Ping 0"));
    assertEquals(await post().answer.over, "end");
    clock.advance(5_100);
    assertEquals([await post().answer.over, server.connections.length], ["end", 1], "it had answered");
  });
});

Deno.test("an idle connection is closed after a minute, with a goodbye", async () => {
  await scene(hello, async ({ post, clock, frames, server }) => {
    assertEquals(await post().answer.over, "end");
    clock.advance(59_000);
    assertEquals(await post().answer.over, "end");
    assertEquals(server.connections.length, 1);
    clock.advance(60_100);
    await server.connections[0]?.closed;
    assert(frames.includes("GoAway 0"));
    assertEquals([await post().answer.over, server.connections.length], ["end", 2]);
  });
});

Deno.test("a connection to an address that has gone ends with its last stream", async () => {
  const addresses = ["127.0.0.1"];
  const streams: RawStream[] = [];
  const server = new RawHttp2Server(async (stream) => {
    streams.push(stream);
    if (stream.path === "/stream") {
      await stream.head(200);
      await stream.data("hello");
    } else await stream.answer("hello");
  });
  const clock = new ManualClock();
  const dns = { resolve: () => Promise.resolve([...addresses]), ttl: 30_000, clock };
  const client = new HttpClient({
    route: routeTo(new URL(`http://provider.test:${server.url.port}`), null, null, dns, true),
    maxConnections: 8,
    maxQueue: 8,
    timeouts: { ...TIMEOUTS, betweenChunks: 0 },
    deadlines: new Deadlines(clock),
  });
  const post = (path: string) => {
    const answer = new RecordedAnswer();
    client.send("POST", path, [], null, null, answer);
    return answer;
  };
  const stream = post("/stream");
  await stream.began;
  addresses[0] = "127.0.0.9";
  clock.advance(30_000);
  assertEquals(await post("/").over, "end", "looked up beside it");
  assertEquals(await post("/").over, "connection_refused");
  await streams[0]?.end();
  assertEquals(await stream.over, "end");
  await server.connections[0]?.closed;
  await client.close();
  await server.close();
});
