/** TLS as clients that others wrote see it: over both engines, with the runtime's listener and with clients' certificates. */
import { assert, assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import type { ConnectionInfo, RunningServer, ServerHandler } from "../../lib/server/engine.ts";
import { serve, type ServeOptions } from "../../lib/server/server.ts";
import type { ServerTls } from "../../lib/server/tls/server_tls.ts";
import { requires } from "../requires.ts";
import { type Certificate, Certificates, curl, openssl } from "./certificates.ts";
import { eventually } from "./raw_client.ts";

const LIMITS = { maxConnections: 100, headerTimeout: 10_000, idleTimeout: 60_000 };
/** Whether this runtime can ask clients for certificates; what it does where it cannot has a test as well. */
const ASKS = !Deno.version.deno.startsWith("2.6.");

/** An authority, the certificate and key that it signed, and what the server is told of them. */
interface Fixture {
  readonly certificates: Certificates;
  readonly authority: Certificate;
  readonly server: Certificate;
  tls(more?: Partial<ServerTls>): ServerTls;
}

async function fixture(): Promise<Fixture & AsyncDisposable> {
  const certificates = await Certificates.create();
  const authority = await certificates.authority("authority");
  const server = await certificates.certificate("server", "authority");
  return {
    certificates,
    authority,
    server,
    tls: (more) => ({
      certificate: server.cert,
      key: server.key,
      clientCa: null,
      minVersion: "TLSv1.2",
      ...more,
    }),
    [Symbol.asyncDispose]: () => certificates[Symbol.asyncDispose](),
  };
}

async function withServer(
  options: Partial<ServeOptions>,
  test: (server: RunningServer, url: string) => Promise<void>,
): Promise<void> {
  const server = await serve({
    hostname: "127.0.0.1",
    port: 0,
    handler: (request) => Promise.resolve(new Response(`answer to ${request.method}`)),
    limits: LIMITS,
    clock: systemClock,
    onWarning: () => {},
    ...options,
  });
  try {
    await test(server, `https://localhost:${server.address.port}/`);
  } finally {
    server.abortAll();
    await server.finished;
  }
}

/** The subject of the certificate that a server shows, and what openssl says besides. */
async function shown(url: string, cwd: string, more = ""): Promise<string> {
  return await openssl(
    cwd,
    `s_client -connect localhost:${new URL(url).port} -CAfile authority.crt${more}`,
    true,
  );
}

/** A streamed answer that the test feeds. */
function feed(): { handler: ServerHandler; push(text: string): void; end(): void; left: Promise<void> } {
  let controller: ReadableStreamDefaultController<Uint8Array>;
  const left = Promise.withResolvers<void>();
  return {
    handler: (request, connection) => {
      if (!request.url.endsWith("/stream")) return Promise.resolve(new Response("whole"));
      connection.streamed = true;
      const body = new ReadableStream<Uint8Array>({
        start: (it) => void (controller = it),
        cancel: () => left.resolve(),
      });
      return Promise.resolve(new Response(body));
    },
    push: (text) => controller.enqueue(new TextEncoder().encode(text)),
    end: () => controller.close(),
    left: left.promise,
  };
}

const needs = requires("openssl", "curl");

for (const engine of ["connection", "plain"] as const) {
  Deno.test({
    name: `serve() [${engine}] speaks TLS, HTTP/2 where the client offers it, and no plain text`,
    ...needs,
    async fn() {
      await using files = await fixture();
      let seen: ConnectionInfo | null = null;
      const handler: ServerHandler = (request, connection) => {
        seen = connection;
        return Promise.resolve(new Response(new URL(request.url).protocol));
      };
      await withServer({ engine, handler, tls: files.tls() }, async (_server, url) => {
        const ca = ["--cacert", files.authority.certFile, "--write-out", " %{http_version}"];
        assertEquals(await curl(...ca, url), { code: 0, text: "https: 2" });
        assertEquals(await curl(...ca, "--http1.1", url), { code: 0, text: "https: 1.1" });
        assertEquals(await curl(...ca, "--tls-max", "1.2", url), { code: 0, text: "https: 2" });
        assertEquals((seen as ConnectionInfo | null)?.remoteAddress, "127.0.0.1");
        assertNotEquals((await curl(url.replace("https", "http"))).code, 0);
        // Curl does not know the authority, and says so.
        assertEquals((await curl(url)).code, 60);
      });
    },
  });

  for (const clients of [false, true]) {
    Deno.test({
      name: `serve() [${engine}] takes another certificate${
        clients ? " where it asks clients for theirs" : ""
      }, and streams go on`,
      ignore: needs.ignore || (clients && !ASKS),
      async fn() {
        await using files = await fixture();
        const { certificates, authority } = files;
        const next = await certificates.certificate("renewed", "authority");
        const clientCa = clients ? authority.cert : null;
        const stream = feed();
        await withServer(
          { engine, handler: stream.handler, tls: files.tls({ clientCa }) },
          async (server, url) => {
            const own = clients ? { cert: next.cert, key: next.key } : {};
            using client = Deno.createHttpClient({ caCerts: [authority.cert], ...own });
            const response = await fetch(`${url}stream`, { client });
            const body = response.body?.getReader();
            const more = clients ? " -cert renewed.crt -key renewed.key" : "";
            assertMatch(await shown(url, certificates.directory, more), /subject=CN = server/);
            server.changeTls(files.tls({ certificate: next.cert, key: next.key, clientCa }));
            await eventuallyAsync(async () =>
              (await shown(url, certificates.directory, more)).includes("subject=CN = renewed")
            );
            stream.push("still here");
            const chunk = await body?.read();
            assertEquals(new TextDecoder().decode(chunk?.value), "still here");
            stream.end();
            assertEquals((await body?.read())?.done, true);
          },
        );
      },
    });
  }

  Deno.test({
    name: `serve() [${engine}] loses no connection while certificates change`,
    ...needs,
    async fn() {
      await using files = await fixture();
      await withServer({ engine, tls: files.tls() }, async (server, url) => {
        const { port } = server.address;
        let asking = true;
        let lost = 0;
        const connect = async () => {
          let answered = 0;
          while (asking) {
            try {
              using client = await Deno.connectTls({
                hostname: "localhost",
                port,
                caCerts: [files.authority.cert],
              });
              await client.write(new TextEncoder().encode("GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"));
              if (await client.read(new Uint8Array(16)) !== null) answered++;
            } catch {
              lost++;
            }
          }
          return answered;
        };
        const all = Array.from({ length: 4 }, connect);
        for (let change = 0; change < 10; change++) {
          server.changeTls(files.tls());
          await curl("--cacert", files.authority.certFile, url);
        }
        asking = false;
        const counts = await Promise.all(all);
        assert(counts.every((count) => count > 0), `answered ${counts}`);
        assertEquals(lost, 0);
      });
    },
  });

  Deno.test({
    name: `serve() [${engine}] refuses who has no certificate of the clients' authority`,
    ignore: needs.ignore || !ASKS,
    async fn() {
      await using files = await fixture();
      const { certificates, authority } = files;
      await certificates.authority("stranger");
      const mallory = await certificates.certificate("mallory", "stranger");
      const client = await certificates.certificate("client", "authority");
      let requests = 0;
      let seen: ConnectionInfo | null = null;
      const handler: ServerHandler = (_request, connection) => {
        requests++;
        seen = connection;
        return Promise.resolve(new Response("in"));
      };
      await withServer(
        { engine, handler, tls: files.tls({ clientCa: authority.cert }) },
        async (_server, url) => {
          const ca = ["--cacert", authority.certFile];
          assertNotEquals((await curl(...ca, url)).code, 0);
          assertNotEquals(
            (await curl(...ca, "--cert", mallory.certFile, "--key", mallory.keyFile, url)).code,
            0,
          );
          assertEquals(requests, 0);
          for (const version of ["--http1.1", "--http2"]) {
            assertEquals(
              await curl(...ca, version, "--cert", client.certFile, "--key", client.keyFile, url),
              {
                code: 0,
                text: "in",
              },
            );
          }
          assertEquals(requests, 2);
          assertEquals((seen as ConnectionInfo | null)?.remoteAddress, "127.0.0.1");
        },
      );
    },
  });

  Deno.test({
    name: `serve() [${engine}] refuses versions of TLS below the one that is asked for`,
    ignore: needs.ignore || !ASKS,
    async fn() {
      await using files = await fixture();
      await withServer({ engine, tls: files.tls({ minVersion: "TLSv1.3" }) }, async (_server, url) => {
        assertMatch(await shown(url, files.certificates.directory, " -tls1_2"), /alert protocol version/);
        assertMatch(await shown(url, files.certificates.directory, " -tls1_3"), /Cipher is TLS_/);
      });
    },
  });

  Deno.test({
    name: `serve() [${engine}] hears of a client that leaves a stream behind clients' certificates`,
    ignore: needs.ignore || !ASKS,
    async fn() {
      await using files = await fixture();
      const { authority, server: { cert, key } } = files;
      const stream = feed();
      await withServer(
        { engine, handler: stream.handler, tls: files.tls({ clientCa: authority.cert }) },
        async (server, url) => {
          using client = Deno.createHttpClient({ caCerts: [authority.cert], cert, key });
          const leaving = new AbortController();
          const response = await fetch(`${url}stream`, { client, signal: leaving.signal });
          stream.push("first");
          await response.body?.getReader().read();
          leaving.abort();
          await stream.left;
          await eventually(() => server.requests() === 0, "the request's end");
        },
      );
    },
  });
}

Deno.test({
  name: "serve() closes a connection whose handshake takes too long, and serves the others meanwhile",
  ...needs,
  async fn() {
    await using files = await fixture();
    for (const clientCa of ASKS ? [null, files.authority.cert] : [null]) {
      const limits = { ...LIMITS, headerTimeout: 200 };
      await withServer(
        { engine: "connection", limits, tls: files.tls({ clientCa }) },
        async (server, url) => {
          using slow = await Deno.connect({ hostname: "127.0.0.1", port: server.address.port });
          // The beginning of a record that never ends.
          await slow.write(Uint8Array.from([22, 3, 1, 2, 0, 1]));
          const own = ["--cert", files.server.certFile, "--key", files.server.keyFile];
          const { code } = await curl("--cacert", files.authority.certFile, ...own, url);
          assertEquals(code, 0);
          const end = await slow.read(new Uint8Array(64)).catch(() => null);
          // At most an alert, then the end.
          if (end !== null) assertEquals(await slow.read(new Uint8Array(64)).catch(() => null), null);
        },
      );
    }
  },
});

Deno.test({
  name: "serve() with TLS says that a port is taken, although certificates take turns on it",
  ...needs,
  async fn() {
    await using files = await fixture();
    for (const clientCa of ASKS ? [null, files.authority.cert] : [null]) {
      await withServer({ tls: files.tls({ clientCa }) }, async (server) => {
        const { port } = server.address;
        await assertRejects(
          () => withServer({ port, tls: files.tls({ clientCa }) }, () => Promise.resolve()),
          Deno.errors.AddrInUse,
        );
      });
    }
  },
});

Deno.test({
  name: "serve() does not serve at all where the runtime would let everybody in",
  ignore: needs.ignore || ASKS,
  async fn() {
    await using files = await fixture();
    for (const more of [{ clientCa: files.authority.cert }, { minVersion: "TLSv1.3" as const }]) {
      await assertRejects(
        () => withServer({ tls: files.tls(more) }, () => Promise.resolve()),
        Error,
        "cannot ask for clients' certificates",
      );
    }
  },
});

async function eventuallyAsync(reached: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 5000;
  while (!await reached()) if (performance.now() > end) throw new Error("Waited in vain");
}
