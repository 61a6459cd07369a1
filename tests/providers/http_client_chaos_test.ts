import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { Deadlines } from "../../lib/deadlines.ts";
import { HttpClient } from "../../lib/providers/http_client.ts";
import type { UpstreamError, UpstreamHandle, UpstreamHandler } from "../../lib/providers/provider.ts";
import { seededRandom } from "../../lib/providers/mock/seeded_random.ts";
import { routeTo } from "../../lib/providers/route.ts";
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

for (const seed of [1, 2, 3]) {
  Deno.test(`a mix of good and bad answers, aborts and pauses leaves nothing behind (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    const server = new RawServer(whimsical(random));
    const deadlines = new Deadlines(systemClock, 10);
    const client = new HttpClient({
      route: routeTo(server.url, null, null),
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
    assertEquals([client.running, client.waiting, deadlines.size], [0, 0, 0]);
    assert(server.connections.length > 16);
    await client.close();
    await server.close();
    // Timers of aborts that came too late, and the deadlines' own.
    await new Promise((resolve) => setTimeout(resolve, 50));
  });
}
