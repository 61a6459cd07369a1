/** `http2: auto`: the host chooses by TLS, and no request waits for its answer. */
import { assert, assertEquals } from "@std/assert";
import { Deadlines } from "../../lib/deadlines.ts";
import { coded } from "../../lib/providers/coded_error.ts";
import { HttpClient } from "../../lib/providers/http_client.ts";
import { type Route, routeTo } from "../../lib/providers/route.ts";
import { ManualClock } from "../manual_clock.ts";
import { RecordedAnswer } from "./recorded_answer.ts";
import { testCertificates } from "./test_certificates.ts";

const certificates = await testCertificates();
const ignore = certificates === null;
const { cert = "", key = "", ca = null } = certificates ?? {};
const TIMEOUTS = { connect: 5_000, firstChunk: 5_000, betweenChunks: 5_000, total: 0 };

class Bench implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly client: HttpClient;

  constructor(readonly route: Route) {
    const deadlines = new Deadlines(this.clock);
    this.client = new HttpClient({ route, maxConnections: 8, maxQueue: 8, timeouts: TIMEOUTS, deadlines });
  }

  async post(): Promise<RecordedAnswer> {
    const answer = new RecordedAnswer();
    this.client.send("POST", "/v1/x", [], new TextEncoder().encode("ping"), null, answer);
    await answer.over;
    return answer;
  }

  /** Posts until an answer is this one. */
  async until(text: string): Promise<void> {
    for (let i = 0; i < 200; i++) {
      const answer = await this.post();
      if (answer.text === text) return;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Error(`Cannot get ${JSON.stringify(text)}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.close();
  }
}

/** A TLS server that speaks both protocols, and answers with the one it was asked in. */
function serveBoth() {
  return Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert, key, onListen: () => {} },
    // HTTP/2 has no such header.
    (request) => new Response(request.headers.has("host") ? "HTTP/1.1" : "HTTP/2"),
  );
}

Deno.test({
  name: "auto: HTTP/2 once the host has chosen it, HTTP/1.1 until then",
  ignore,
  async fn() {
    await using server = serveBoth();
    {
      await using bench = new Bench(
        routeTo(new URL(`https://localhost:${server.addr.port}`), null, ca, undefined, "auto"),
      );
      assertEquals((await bench.post()).text, "HTTP/1.1", "the first request waits for nothing");
      await bench.until("HTTP/2");
      const answers = await Promise.all(Array.from({ length: 5 }, () => bench.post()));
      assertEquals(new Set(answers.map(({ text }) => text)), new Set(["HTTP/2"]));
    }
  },
});

Deno.test({
  name: "auto: HTTP/1.1 with a host that chooses it, which is asked once",
  ignore,
  async fn() {
    const listener = Deno.listenTls({
      hostname: "127.0.0.1",
      port: 0,
      cert,
      key,
      alpnProtocols: ["http/1.1"],
    });
    let connections = 0;
    const served = (async () => {
      for await (const conn of listener) {
        connections++;
        (async () => {
          const chunk = new Uint8Array(4096);
          while (await conn.read(chunk) !== null) {
            await conn.write(
              new TextEncoder().encode("HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nHTTP/1.1"),
            );
          }
          conn.close();
        })().catch(() => {});
      }
    })();
    {
      await using bench = new Bench(
        routeTo(new URL(`https://localhost:${listener.addr.port}`), null, ca, undefined, "auto"),
      );
      for (let i = 0; i < 20; i++) {
        assertEquals((await bench.post()).text, "HTTP/1.1");
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      assertEquals(connections, 2, "one for the requests, one that asked");
    }
    listener.close();
    await served;
  },
});

Deno.test("auto: HTTP/1.1 without TLS, as far as anybody is asked", () => {
  const route = routeTo(new URL("http://provider.test"), null, null, undefined, "auto");
  assertEquals([route.http2, route.choice], [false, undefined]);
});

Deno.test({
  name:
    "auto: a host that could not be asked is asked later, one that speaks HTTP/2 no more is left to HTTP/1.1",
  ignore,
  async fn() {
    await using server = serveBoth();
    const url = new URL(`https://localhost:${server.addr.port}`);
    const real = routeTo(url, null, ca, undefined, "auto");
    assert(real.choice !== undefined);
    let asked = 0;
    {
      await using bench = new Bench({
        ...real,
        choice: {
          speaksHttp2: () => ++asked === 1 ? Promise.reject(new Error("down")) : Promise.resolve(true),
          dialHttp2: () => Promise.reject(coded("NO_HTTP2", "Cannot speak HTTP/2")),
        },
      });
      assertEquals((await bench.post()).text, "HTTP/1.1");
      await bench.post();
      assertEquals(asked, 1, "not at once");
      bench.clock.advance(5000);
      await bench.post();
      assertEquals(asked, 2);
      const refused = await bench.post();
      assertEquals([refused.error?.kind, refused.error?.sent], ["protocol_error", false]);
      assertEquals((await bench.post()).text, "HTTP/1.1");
      assertEquals(asked, 2);
    }
  },
});
