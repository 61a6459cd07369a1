import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { Deadlines } from "../../lib/deadlines.ts";
import { HttpClient } from "../../lib/providers/http_client.ts";
import type { UpstreamError, UpstreamHandle, UpstreamHandler } from "../../lib/providers/provider.ts";
import { seededRandom } from "../../lib/providers/mock/seeded_random.ts";
import { routeTo } from "../../lib/providers/route.ts";
import { Flag, FrameType, Setting } from "../../lib/providers/http2/frames.ts";
import { type Http2Script, RawHttp2Server } from "./http2/raw_http2_server.ts";
import { type RawConnection, RawServer } from "./raw_server.ts";

const BODY = new TextEncoder().encode("x".repeat(2_000));
const CHUNKED = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

/** Fails where a call breaks the order that handlers are promised. */
class StrictHandler implements UpstreamHandler {
  readonly over: Promise<void>;
  state: "new" | "answered" | "over" = "new";
  aborted = false;
  broken = "";
  #over: () => void = () => {};

  constructor(private readonly react: (what: string) => void) {
    this.over = new Promise((resolve) => this.#over = resolve);
  }

  onResponse(): void {
    this.#expect("new", "response");
    this.state = "answered";
    this.react("response");
  }

  onData(): void {
    this.#expect("answered", "data");
    this.react("data");
  }

  onEnd(): void {
    this.#expect("answered", "end");
    this.state = "over";
    this.#over();
  }

  onError(_error: UpstreamError): void {
    if (this.state === "over" || this.aborted) this.broken += "error after the end; ";
    this.state = "over";
    this.#over();
  }

  /** What the caller does when it aborts. */
  gone(): void {
    this.aborted = true;
    this.#over();
  }

  #expect(state: string, what: string): void {
    if (this.state !== state || this.aborted) this.broken += `${what} when ${this.state}; `;
  }
}

/** Answers well, badly, slowly, partly or not at all, as chance has it. */
function whimsical(random: () => number): (connection: RawConnection) => Promise<void> {
  return async function (connection) {
    while (await connection.request() !== null) {
      const whim = random();
      if (whim < 0.5) await connection.answer("hello");
      else if (whim < 0.7) {
        await connection.write(CHUNKED);
        for (let i = 0; i < 5; i++) await connection.write(`400\r\n${"y".repeat(1024)}\r\n`);
        await connection.write("0\r\n\r\n");
      } else if (whim < 0.75) return;
      else if (whim < 0.8) {
        return await connection.write("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart");
      } else if (whim < 0.85) return await connection.write("nonsense\r\n\r\n");
      else if (whim < 0.9) return await connection.answer("bye", "503 Busy", "connection: close\r\n");
      else if (whim < 0.95) await connection.write(`${CHUNKED}5\r\nhello\r\n`);
      // Else it never answers.
    }
  };
}

/** The same over HTTP/2, with what only that can do wrong. */
function whimsicalStreams(random: () => number): Http2Script {
  return async function (stream) {
    const whim = random();
    if (whim < 0.5) await stream.answer("hello");
    else if (whim < 0.7) {
      await stream.head(200);
      for (let i = 0; i < 5; i++) await stream.data("y".repeat(1024));
      await stream.end();
    } else if (whim < 0.74) stream.connection.close();
    else if (whim < 0.78) await stream.head(200, ["content-length", "100"], Flag.EndHeaders | Flag.EndStream);
    else if (whim < 0.81) {
      await stream.connection.send(FrameType.Headers, 4, stream.id, new Uint8Array([0x80]));
    } else if (whim < 0.84) await stream.data("before its headers");
    else if (whim < 0.88) await stream.reset(random() < 0.5 ? 7 : 2);
    else if (whim < 0.92) await stream.connection.goAway(Math.max(0, stream.id - 2));
    else if (whim < 0.96) {
      await stream.head(200);
      await stream.data("hello");
    }
    // Else it never answers.
  };
}

const PROTOCOLS = [
  { protocol: "HTTP/1.1", serve: (random: () => number) => new RawServer(whimsical(random)), atLeast: 16 },
  {
    protocol: "HTTP/2",
    serve: (random: () => number) =>
      new RawHttp2Server(whimsicalStreams(random), { settings: [[Setting.MaxConcurrentStreams, 4]] }),
    atLeast: 4,
  },
];

for (const { protocol, serve, atLeast } of PROTOCOLS) {
  const http2 = protocol === "HTTP/2";
  for (const seed of [1, 2, 3]) {
    Deno.test(`${protocol}: a mix of good and bad answers, aborts and pauses leaves nothing behind (seed ${seed})`, async () => {
      const random = seededRandom(seed);
      const server = serve(random);
      const deadlines = new Deadlines(systemClock, 10);
      const client = new HttpClient({
        route: routeTo(server.url, null, null, undefined, http2),
        maxConnections: 16,
        maxQueue: 1_000,
        timeouts: { connect: 0, firstChunk: 100, betweenChunks: 100, total: 0 },
        deadlines,
      });
      const handlers: StrictHandler[] = [];

      function post(): void {
        let handle: UpstreamHandle | null = null;
        const abort = () => {
          if (handler.state === "over" || handle === null) return;
          handle.abort();
          handler.gone();
        };
        const handler: StrictHandler = new StrictHandler((what) => {
          const whim = random();
          if (whim < 0.1) abort();
          else if (whim < 0.3 && what === "data") {
            handle?.pause();
            queueMicrotask(() => handle?.resume());
          }
        });
        handlers.push(handler);
        handle = client.send("POST", "/", [], BODY, null, handler);
        const fate = random();
        if (fate < 0.1) abort();
        else if (fate < 0.2) setTimeout(abort, random() * 20);
      }

      for (let i = 0; i < 300; i++) post();
      await Promise.all(handlers.map(({ over }) => over));
      assertEquals(handlers.map(({ broken }) => broken).filter((broken) => broken !== ""), []);
      assertEquals([client.running, client.waiting], [0, 0]);
      assert(server.connections.length > atLeast);
      await client.close();
      // A session's goodbye may be given a second.
      for (let waited = 0; deadlines.size > 0 && waited < 2_000; waited += 20) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      assertEquals(deadlines.size, 0);
      await server.close();
      // Timers of aborts that came too late, and the deadlines' own.
      await new Promise((resolve) => setTimeout(resolve, 50));
    });
  }
}
