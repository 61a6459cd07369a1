import { assertEquals, assertRejects } from "@std/assert";
import { Channel } from "../../lib/workers/channel.ts";

interface Calculator {
  double(value: number): Promise<number>;
  fail(body: null): never;
  never(body: null): Promise<null>;
  text(body: string): string;
}

interface Nothing {
  note(text: string): null;
}

/** Two ends of a connection. */
async function pair(): Promise<[Deno.Conn, Deno.Conn]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return await Promise.all([
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
    listener.accept(),
  ]);
}

async function setup(longest?: number) {
  const [near, far] = await pair();
  const notes: string[] = [];
  const asking = new Channel<Nothing, Calculator>(near, {
    note(text) {
      notes.push(text);
      return null;
    },
  });
  const answering = new Channel<Calculator, Nothing>(far, {
    double: (value) => Promise.resolve(value * 2),
    fail() {
      throw new Error("cannot");
    },
    never: () => new Promise(() => {}),
    text: (text) => text,
  }, longest);
  return {
    asking,
    answering,
    notes,
    async close() {
      asking.close();
      await Promise.all([asking.closed, answering.closed]);
    },
  };
}

Deno.test("Channel.ask() gives each question its own answer", async () => {
  const { asking, close } = await setup();
  const asked = Array.from({ length: 50 }, (_, value) => asking.ask("double", value, 1_000));
  assertEquals(await Promise.all(asked), Array.from({ length: 50 }, (_, value) => value * 2));
  await close();
});

Deno.test("Channel.ask() rejects where the other side fails, is late, knows no such thing, or is gone", async () => {
  const { asking, answering, close } = await setup();
  await assertRejects(() => asking.ask("fail", null, 1_000), Error, "cannot");
  await assertRejects(() => asking.ask("never", null, 20), Error, "no answer within 20 ms");
  await assertRejects(() => asking.ask("toString" as "text", "", 1_000), Error, "unknown");
  const open = assertRejects(() => asking.ask("never", null, 10_000), Error, "the connection is closed");
  answering.close();
  await open;
  await close();
});

Deno.test("Channel takes long messages, in both directions", async () => {
  const { asking, answering, notes, close } = await setup();
  const long = "ä\n".repeat(500_000);
  assertEquals(await asking.ask("text", long, 5_000), long);
  answering.tell("note", "later");
  assertEquals(await asking.ask("text", "", 1_000), "");
  assertEquals(notes, ["later"]);
  await close();
});

Deno.test("Channel is closed by a message that is too long, until it is trusted", async () => {
  const stranger = await setup(1_000);
  await assertRejects(() => stranger.asking.ask("text", "x".repeat(200_000), 5_000), Error, "closed");
  await stranger.close();
  const friend = await setup(1_000);
  friend.answering.trust();
  assertEquals((await friend.asking.ask("text", "x".repeat(200_000), 5_000)).length, 200_000);
  await friend.close();
});

Deno.test("Channel is closed by what is no message", async () => {
  const [near, far] = await pair();
  const answering = new Channel<Nothing, Nothing>(far, { note: () => null });
  await near.write(new TextEncoder().encode("GET / HTTP/1.1\n"));
  await answering.closed;
  near.close();
});
