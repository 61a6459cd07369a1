import { assertEquals, assertRejects } from "@std/assert";
import { connectFirst, dialTcp } from "../../lib/providers/dial.ts";
import { RawServer } from "./raw_server.ts";

const never = new AbortController().signal;

/** A server on 127.0.0.1; nobody listens on its port at the other addresses of the loopback. */
async function withServer(test: (port: number) => Promise<void>): Promise<void> {
  const server = new RawServer((connection) => connection.drain());
  try {
    await test(Number(server.url.port));
  } finally {
    await server.close();
  }
}

Deno.test("connectFirst() goes on to the next address when one refuses", async () => {
  await withServer(async (port) => {
    const conn = await connectFirst(["127.0.0.2", "127.0.0.3", "127.0.0.1", "127.0.0.4"], port, never);
    assertEquals(conn.remoteAddr.hostname, "127.0.0.1");
    conn.close();
  });
});

Deno.test("connectFirst() rejects when no address answers", async () => {
  await withServer(async (port) => {
    await assertRejects(
      () => connectFirst(["127.0.0.2", "127.0.0.3"], port, never),
      Deno.errors.ConnectionRefused,
    );
  });
});

Deno.test("connectFirst() gives up when it is told to", async () => {
  await withServer(async (port) => {
    const abort = new AbortController();
    const connecting = connectFirst(["127.0.0.2", "127.0.0.1"], port, abort.signal);
    abort.abort();
    await assertRejects(() => connecting);
  });
});

Deno.test("dialTcp() resolves names and takes addresses as they stand in a URL", async () => {
  await withServer(async (port) => {
    for (const host of ["localhost", "127.0.0.1"]) (await dialTcp(host, port, never)).close();
  });
  await assertRejects(() => dialTcp("[::1]", 1, never), Deno.errors.ConnectionRefused);
});

Deno.test("dialTcp() rejects with ENOTFOUND when a name has no address", async () => {
  const error = await assertRejects(() => dialTcp("nobody.invalid", 80, never), Error);
  assertEquals("code" in error ? error.code : null, "ENOTFOUND");
});
