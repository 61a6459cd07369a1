import { assert, assertEquals, assertThrows } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { Deadlines } from "../../lib/deadlines.ts";
import { HttpClient } from "../../lib/providers/http_client.ts";
import { type Route, routeTo } from "../../lib/providers/route.ts";
import { ManualClock } from "../manual_clock.ts";
import { type RawConnection, RawServer } from "./raw_server.ts";
import { RecordedAnswer } from "./recorded_answer.ts";
import { testCertificates } from "./test_certificates.ts";

const certificates = await testCertificates();
const ignore = certificates === null;

const TIMEOUTS = { connect: 5_000, firstChunk: 5_000, betweenChunks: 5_000, total: 0 };

/** Posts over a route and returns how it ended. */
async function post(route: Route, times = 1): Promise<RecordedAnswer> {
  const deadlines = new Deadlines(new ManualClock());
  const client = new HttpClient({ route, maxConnections: 8, maxQueue: 8, timeouts: TIMEOUTS, deadlines });
  let answer = new RecordedAnswer();
  for (let i = 0; i < times; i++) {
    answer = new RecordedAnswer();
    client.send("POST", "/v1/x", [...route.headers], new TextEncoder().encode("ping"), null, answer);
    await answer.over;
  }
  await client.close();
  return answer;
}

/** Runs a test against a TLS server that echoes. */
async function withTlsServer(test: (origin: URL) => Promise<void>): Promise<void> {
  const { cert = "", key = "" } = certificates ?? {};
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert, key, onListen: () => {} },
    async (request) => new Response(`secure ${await request.text()}`),
  );
  try {
    await test(new URL(`https://localhost:${server.addr.port}`));
  } finally {
    await server.shutdown();
  }
}

/** A proxy for tunnels. @returns what was asked of it. */
async function withTunnelProxy(
  test: (proxy: URL, requests: string[]) => Promise<void>,
  refusal: string | null = null,
): Promise<void> {
  const requests: string[] = [];
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const tunnels: Promise<unknown>[] = [];
  const accepting = (async () => {
    for await (const conn of listener) tunnels.push(serve(conn).catch(() => {}));
  })();

  async function serve(conn: Deno.TcpConn): Promise<void> {
    const chunk = new Uint8Array(4096);
    const head = new TextDecoder().decode(chunk.subarray(0, await conn.read(chunk) ?? 0));
    requests.push(head);
    const [, hostname = "", port = ""] = /^CONNECT (\S+):(\d+) /.exec(head) ?? [];
    if (refusal !== null) {
      await conn.write(new TextEncoder().encode(refusal));
      return conn.close();
    }
    const upstream = await Deno.connect({ hostname, port: Number(port) });
    await conn.write(new TextEncoder().encode("HTTP/1.1 200 Connection established\r\n\r\n"));
    await Promise.allSettled([
      conn.readable.pipeTo(upstream.writable),
      upstream.readable.pipeTo(conn.writable),
    ]);
  }

  try {
    await test(new URL(`http://127.0.0.1:${listener.addr.port}`), requests);
  } finally {
    listener.close();
    await accepting;
    await Promise.all(tunnels);
  }
}

Deno.test({
  name: "routeTo() trusts a provider's own certificate authority",
  ignore,
  fn: () =>
    withTlsServer(async (origin) => {
      const answer = await post(routeTo(origin, null, certificates?.ca ?? null), 3);
      assertEquals([answer.status, answer.text], [200, "secure ping"]);
    }),
});

Deno.test({
  name: "routeTo() fails with tls_failed, unsent, when the certificate authority is unknown",
  ignore,
  fn: () =>
    withTlsServer(async (origin) => {
      const answer = await post(routeTo(origin, null, null));
      assertEquals(answer.error?.kind, "tls_failed");
      assertEquals(answer.error?.sent, false);
    }),
});

Deno.test("routeTo() fails with tls_failed, unsent, when the provider does not speak TLS", async () => {
  const server = new RawServer((connection) => connection.answer("hello"));
  const answer = await post(routeTo(new URL(`https://${server.url.host}`), null, null));
  assertEquals(answer.error?.kind, "tls_failed");
  assertEquals(answer.error?.sent, false);
  await server.close();
});

Deno.test({
  name: "routeTo() reaches an https provider through a proxy's tunnel, and uses the tunnel again",
  ignore,
  fn: () =>
    withTlsServer((origin) =>
      withTunnelProxy(async (proxy, requests) => {
        const answer = await post(routeTo(origin, proxy, certificates?.ca ?? null), 3);
        assertEquals([answer.status, answer.text], [200, "secure ping"]);
        assertEquals(requests.length, 1);
        assert(requests[0]?.startsWith(`CONNECT localhost:${origin.port} HTTP/1.1\r\n`), requests[0]);
        assert(!requests[0]?.includes("proxy-authorization"));
      })
    ),
});

Deno.test({
  name: "routeTo() gives a proxy its credentials, and the provider none of them",
  ignore,
  fn: () =>
    withTlsServer((origin) =>
      withTunnelProxy(async (proxy, requests) => {
        proxy.username = "user";
        proxy.password = "p%40ss";
        const route = routeTo(origin, proxy, certificates?.ca ?? null);
        assertEquals(route.headers, []);
        assertEquals((await post(route)).status, 200);
        assert(requests[0]?.includes(`proxy-authorization: Basic ${btoa("user:p@ss")}\r\n`), requests[0]);
      })
    ),
});

Deno.test({
  name: "routeTo() agrees with an https provider on HTTP/2, directly and through a proxy's tunnel",
  ignore,
  async fn() {
    const { ca = null, cert = "", key = "" } = certificates ?? {};
    let http2 = false;
    const server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, cert, key, onListen: () => {} },
      async (request) => {
        // Deno's server has no other sign of it: HTTP/2 has no such header.
        http2 = request.headers.get("host") === null;
        return new Response(`secure ${await request.text()}`);
      },
    );
    const origin = new URL(`https://localhost:${server.addr.port}`);
    const direct = await post(routeTo(origin, null, ca, undefined, true), 3);
    assertEquals([direct.status, direct.text, http2], [200, "secure ping", true]);
    await withTunnelProxy(async (proxy, requests) => {
      const tunnelled = await post(routeTo(origin, proxy, ca, undefined, true), 3);
      assertEquals([tunnelled.status, tunnelled.text, requests.length], [200, "secure ping", 1]);
    });
    await server.shutdown();
  },
});

Deno.test({
  name: "routeTo() fails with protocol_error, unsent, when an https provider does not speak HTTP/2",
  ignore,
  async fn() {
    const { ca = null, cert = "", key = "" } = certificates ?? {};
    for (const alpnProtocols of [["http/1.1"], undefined]) {
      const options = { hostname: "127.0.0.1", port: 0, cert, key };
      const listener = Deno.listenTls(alpnProtocols === undefined ? options : { ...options, alpnProtocols });
      const served = (async () => {
        for await (const conn of listener) {
          await conn.handshake().catch(() => {});
          conn.close();
        }
      })();
      const origin = new URL(`https://localhost:${listener.addr.port}`);
      const { error } = await post(routeTo(origin, null, ca, undefined, true));
      assertEquals(error, {
        kind: "protocol_error",
        sent: false,
        message: "the provider does not speak HTTP/2",
      });
      listener.close();
      await served;
    }
  },
});

Deno.test("routeTo() throws when a proxy would have to forward plain HTTP/2", () => {
  const [origin, proxy] = [new URL("http://provider.test"), new URL("http://proxy.test")];
  assertThrows(() => routeTo(origin, proxy, null, undefined, true), TypeError);
});

for (const status of ["407 Proxy Authentication Required", "502 Bad Gateway"]) {
  Deno.test(`routeTo() fails with connection_refused, unsent, when the proxy answers ${status}`, async () => {
    await withTunnelProxy(async (proxy, requests) => {
      const answer = await post(routeTo(new URL("https://provider.test"), proxy, null));
      assertEquals(answer.error, {
        kind: "connection_refused",
        sent: false,
        message: "the proxy refused the tunnel",
      });
      assertEquals(requests.length, 1);
    }, `HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`);
  });
}

Deno.test("routeTo() fails with connection_refused, unsent, when the proxy hangs up", async () => {
  await withTunnelProxy(async (proxy, requests) => {
    const answer = await post(routeTo(new URL("https://provider.test"), proxy, null));
    assertEquals(answer.error?.kind, "connection_refused");
    assertEquals(answer.error?.sent, false);
    assertEquals(requests.length, 1);
  }, "");
});

Deno.test("routeTo() fails with connection_refused, unsent, when there is no proxy", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const answer = await post(
    routeTo(new URL("https://provider.test"), new URL(`http://127.0.0.1:${port}`), null),
  );
  assertEquals(answer.error?.kind, "connection_refused");
  assertEquals(answer.error?.sent, false);
});

Deno.test("abort() while a tunnel is made closes the connection to the proxy", async () => {
  const asked = Promise.withResolvers<RawConnection>();
  const proxy = new RawServer(async (connection) => {
    await connection.request();
    asked.resolve(connection);
    await connection.drain();
  });
  const client = new HttpClient({
    route: routeTo(new URL("https://provider.test"), proxy.url, null),
    maxConnections: 8,
    maxQueue: 8,
    timeouts: TIMEOUTS,
    deadlines: new Deadlines(new ManualClock()),
  });
  const handle = client.send("POST", "/", [], new Uint8Array(), null, new RecordedAnswer());
  const connection = await asked.promise;
  const start = systemClock.now();
  handle.abort();
  await connection.closed;
  assert(systemClock.now() - start < 100);
  await client.close();
  await proxy.close();
});

Deno.test("routeTo() sends a plain request to a proxy with the whole URL", async () => {
  let seen = "";
  const proxy = new RawServer(async (connection) => {
    seen = await connection.request() ?? "";
    await connection.answer("forwarded");
    await connection.drain();
  });
  const url = new URL(proxy.url);
  url.username = "user";
  url.password = "pass";
  const answer = await post(routeTo(new URL("http://provider.test:8000"), url, null));
  assertEquals(answer.text, "forwarded");
  assert(
    seen.startsWith("POST http://provider.test:8000/v1/x HTTP/1.1\r\nhost: provider.test:8000\r\n"),
    seen,
  );
  assert(seen.includes(`proxy-authorization: Basic ${btoa("user:pass")}\r\n`));
  await proxy.close();
});

Deno.test("routeTo() throws when the proxy is of an unknown kind, without its password", () => {
  const proxy = new URL("socks5://user:hunter2@127.0.0.1:1080");
  const error = assertThrows(() => routeTo(new URL("https://a.test"), proxy, null), TypeError);
  assertEquals(
    error.message,
    'Cannot use the proxy "socks5://127.0.0.1:1080": its scheme is not http',
  );
});
