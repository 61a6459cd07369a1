import { assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { AddressBook, systemResolve } from "../../lib/providers/address_book.ts";
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

Deno.test("connectFirst() tells of addresses that refuse, and of those that lose with a head start", async () => {
  await withServer(async (port) => {
    const failed: string[] = [];
    // Nobody answers at an address that is reserved for documentation; some systems say so at once.
    const silent = "192.0.2.1";
    const conn = await connectFirst(
      ["127.0.0.2", silent, "127.0.0.1"],
      port,
      never,
      (address) => failed.push(address),
    );
    conn.close();
    assertEquals(failed, ["127.0.0.2", silent]);
  });
});

function systemBook(host: string): AddressBook {
  return new AddressBook(host, { resolve: systemResolve, ttl: 1_000, clock: systemClock });
}

Deno.test("dialTcp() resolves names, by the hosts file too, and takes addresses as they stand in a URL", async () => {
  await withServer(async (port) => {
    for (const host of ["localhost", "127.0.0.1"]) {
      (await dialTcp(systemBook(host))(host, port, never)).close();
    }
  });
  const refused = () => dialTcp(systemBook("[::1]"))("[::1]", 1, never);
  await assertRejects(refused, Deno.errors.ConnectionRefused);
});

Deno.test("dialTcp() rejects with ENOTFOUND when a name has no address", async () => {
  const host = "nobody.invalid";
  const error = await assertRejects(() => dialTcp(systemBook(host))(host, 80, never), Error);
  assertEquals("code" in error ? error.code : null, "ENOTFOUND");
});
