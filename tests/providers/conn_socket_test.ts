import { assertEquals } from "@std/assert";
import { systemClock } from "../../lib/clock.ts";
import { ConnSocket } from "../../lib/providers/conn_socket.ts";
import { ReadPace } from "../../lib/providers/read_pace.ts";
import { type RawConnection, RawServer } from "./raw_server.ts";

async function withSocket(
  script: (connection: RawConnection) => Promise<void>,
  test: (socket: ConnSocket) => Promise<void>,
  pace?: ReadPace,
): Promise<void> {
  const server = new RawServer(script);
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: Number(server.url.port) });
  const socket = new ConnSocket(conn, pace);
  try {
    await test(socket);
  } finally {
    socket.destroy();
    await server.close();
  }
}

/** What the server gets of what `write` does, as Latin-1. */
async function received(length: number, write: (socket: ConnSocket) => void): Promise<string> {
  const got = Promise.withResolvers<string>();
  await withSocket(async (connection) => {
    got.resolve(await connection.take(length));
  }, async (socket) => {
    write(socket);
    await got.promise;
  });
  return got.promise;
}

function once(socket: ConnSocket, event: string): Promise<unknown> {
  return new Promise((resolve) => socket.once(event, resolve));
}

Deno.test("write() sends parts in order, corked or not, text as Latin-1", async () => {
  const text = await received(14, (socket) => {
    socket.write("a");
    socket.cork();
    socket.write("b: é\r\n");
    socket.write(new Uint8Array([0x63, 0x64]));
    socket.uncork();
    socket.write(new Uint8Array([0xff]));
    socket.cork();
    socket.uncork();
    socket.write("ÿ");
    socket.write("end");
  });
  assertEquals(text, "ab: é\r\ncdÿÿend");
});

Deno.test("write() sends what is too large for one write", async () => {
  const size = 8 * 1024 * 1024;
  const text = await received(size + 8, (socket) => {
    socket.cork();
    socket.write("head");
    socket.write(new Uint8Array(size).fill(0x78));
    socket.write("tail");
    socket.uncork();
  });
  assertEquals([text.slice(0, 6), text.slice(-6), text.length], ["headxx", "xxtail", size + 8]);
});

Deno.test("read() gives what came, then null, and `readable` tells of more", async () => {
  const more = Promise.withResolvers<void>();
  await withSocket(async (connection) => {
    await connection.write("one");
    await more.promise;
    await connection.write("two");
    await connection.drain();
  }, async (socket) => {
    assertEquals(socket.read(), null);
    await once(socket, "readable");
    const chunk = socket.read() ?? new Uint8Array();
    assertEquals(new TextDecoder().decode(chunk), "one");
    assertEquals(chunk.buffer.byteLength, 3, "a chunk holds on to no more memory than its own");
    assertEquals(socket.read(), null);
    more.resolve();
    await once(socket, "readable");
    socket.unshift(new TextEncoder().encode("and "));
    assertEquals(new TextDecoder().decode(socket.read() ?? undefined), "and two");
  });
});

Deno.test("the end of the connection is told after the last bytes were read", async () => {
  await withSocket((connection) => connection.write("last"), async (socket) => {
    socket.read();
    await once(socket, "readable");
    const events: string[] = [];
    for (const event of ["end", "close", "error"]) socket.on(event, () => events.push(event));
    assertEquals(new TextDecoder().decode(socket.read() ?? undefined), "last");
    assertEquals(events, []);
    assertEquals(socket.read(), null);
    await once(socket, "close");
    assertEquals(events, ["end", "close"]);
    assertEquals(socket.destroyed, true);
  });
});

Deno.test("destroy() closes once and tells the error first", async () => {
  await withSocket((connection) => connection.drain(), async (socket) => {
    const events: string[] = [];
    socket.on("error", (error: Error) => events.push(error.message));
    socket.on("close", () => events.push("close"));
    socket.destroy(new Error("enough"));
    socket.destroy(new Error("again"));
    socket.write("nobody hears this");
    assertEquals(socket.read(), null);
    assertEquals(events, []);
    await once(socket, "close");
    assertEquals(events, ["enough", "close"]);
  });
});

Deno.test("a read brings 4 KiB at most, and four times as much after one that was full, up to 64 KiB", async () => {
  const size = 1024 * 1024;
  const lengths: number[] = [];
  await withSocket(async (connection) => {
    await connection.write("x".repeat(size));
    await connection.drain();
  }, async (socket) => {
    for (let left = size; left > 0;) {
      const chunk = socket.read();
      if (chunk === null) await once(socket, "readable");
      else {
        lengths.push(chunk.length);
        left -= chunk.length;
      }
    }
  });
  let most = 4 * 1024;
  for (const length of lengths) {
    assertEquals(length <= most, true, `${length} of ${most}`);
    if (length === most) most = Math.min(most * 4, 64 * 1024);
  }
  assertEquals(most, 64 * 1024);
});

Deno.test("read() gathers what comes piece by piece where reads have a gap, and never what is asked for", async () => {
  const pace = new ReadPace(systemClock);
  const asked = Promise.withResolvers<void>();
  const first = Promise.withResolvers<void>();
  const all = Promise.withResolvers<void>();
  await withSocket(async (connection) => {
    await connection.write("a");
    await first.promise;
    for (const piece of ["b", "c", "d"]) await connection.write(piece);
    await all.promise;
    assertEquals(await connection.take(3), "ask");
    await connection.write("answer");
    asked.resolve();
  }, async (socket) => {
    pace.gap = 500;
    assertEquals(await pieceOf(socket), "a");
    // Begins to wait for the next.
    assertEquals(socket.read(), null);
    first.resolve();
    assertEquals(await pieceOf(socket), "bcd");
    pace.gap = 1e9;
    assertEquals(socket.read(), null);
    all.resolve();
    socket.write("ask");
    assertEquals(await pieceOf(socket), "answer");
    await asked.promise;
  }, pace);
});

async function pieceOf(socket: ConnSocket): Promise<string> {
  const had = socket.read();
  if (had !== null) return new TextDecoder().decode(had);
  await once(socket, "readable");
  return new TextDecoder().decode(socket.read() ?? new Uint8Array());
}
