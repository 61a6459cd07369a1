import { assertEquals, assertRejects } from "@std/assert";
import { Deadlines } from "../../../lib/deadlines.ts";
import { StreamOutput } from "../../../lib/stages/upstream/stream_output.ts";
import { sse } from "../../../lib/wire/sse.ts";
import { ManualClock } from "../../manual_clock.ts";

function setup(options: Partial<{ pingInterval: number; writeStall: number }> = {}, ping = sse.ping) {
  const clock = new ManualClock();
  const heard: string[] = [];
  const output = new StreamOutput(
    {
      deadlines: new Deadlines(clock, 10),
      highWaterMark: 10,
      pingInterval: 0,
      writeStall: 0,
      ...options,
    },
    {
      resume: () => heard.push("resume"),
      abandoned: () => heard.push("abandoned"),
      stalled: () => heard.push("stalled"),
    },
    ping,
  );
  return { clock, heard, output, reader: output.body.getReader() };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (chunk: ReadableStreamReadResult<Uint8Array>) =>
  chunk.done ? null : new TextDecoder().decode(chunk.value);

Deno.test("StreamOutput tells the source to pause at its mark and to resume once the client reads", async () => {
  const { heard, output, reader } = setup();
  assertEquals(output.write(bytes("12345")), true);
  assertEquals(output.write(bytes("678901")), false);
  assertEquals(heard, []);
  assertEquals(text(await reader.read()), "12345");
  assertEquals(text(await reader.read()), "678901");
  assertEquals(heard, ["resume"]);
  output.close();
  assertEquals((await reader.read()).done, true);
  assertEquals(output.bytes, 11);
});

Deno.test("StreamOutput sends the first piece of a turn by itself, and the others of that turn as one", async () => {
  const { heard, output, reader } = setup();
  for (const piece of ["1", "2", "3", "4"]) assertEquals(output.write(bytes(piece)), true);
  assertEquals(output.waitingBytes, 4);
  assertEquals(text(await reader.read()), "1");
  assertEquals(text(await reader.read()), "234");
  for (const piece of ["5", "6"]) output.write(bytes(piece));
  // The end comes after what is not out yet.
  output.close();
  assertEquals([text(await reader.read()), text(await reader.read())], ["5", "6"]);
  assertEquals((await reader.read()).done, true);
  assertEquals([output.bytes, heard.length], [6, 0]);
});

Deno.test("StreamOutput counts what is not out yet when it says whether the client keeps up", async () => {
  const { heard, output, reader } = setup();
  assertEquals(["1234", "5678", "90"].map((piece) => output.write(bytes(piece))), [true, true, false]);
  assertEquals([text(await reader.read()), text(await reader.read())], ["1234", "567890"]);
  assertEquals(heard, ["resume"]);
});

Deno.test("StreamOutput sends a comment after a quiet interval, and none while bytes flow", async () => {
  const { clock, output, reader } = setup({ pingInterval: 100 });
  clock.advance(60);
  output.write(bytes("a"));
  clock.advance(60);
  assertEquals(text(await reader.read()), "a");
  clock.advance(90);
  assertEquals(text(await reader.read()), ": ping\n\n");
  output.close();
  clock.advance(1000);
  assertEquals((await reader.read()).done, true);
});

Deno.test("StreamOutput is quiet in a framing that has no way to say nothing", async () => {
  const { clock, output, reader } = setup({ pingInterval: 100 }, null);
  output.ping();
  clock.advance(1000);
  output.write(bytes("a"));
  output.close();
  assertEquals(text(await reader.read()), "a");
  assertEquals((await reader.read()).done, true);
});

Deno.test("StreamOutput gives up a client that reads nothing", async () => {
  const { clock, heard, output, reader } = setup({ writeStall: 100 });
  output.write(bytes("more than ten bytes"));
  clock.advance(90);
  assertEquals(heard, []);
  clock.advance(30);
  assertEquals(heard, ["stalled"]);
  await assertRejects(() => reader.read());
});

Deno.test("StreamOutput hears the client leave once, and ignores what comes after", async () => {
  const { heard, output, reader } = setup();
  await reader.cancel();
  assertEquals(heard, ["abandoned"]);
  assertEquals(output.write(bytes("late")), true);
  output.close();
  assertEquals(heard, ["abandoned"]);
});

Deno.test("StreamOutput ends once the client has read what was written, and gives up one that does not", async () => {
  const { clock, heard, output, reader } = setup({ writeStall: 100 });
  output.write(bytes("1"));
  output.write(bytes("2"));
  output.close();
  assertEquals(output.write(bytes("late")), true);
  clock.advance(90);
  assertEquals(text(await reader.read()), "1");
  clock.advance(90);
  assertEquals(heard, [], "reading is what counts");
  assertEquals(text(await reader.read()), "2");
  assertEquals((await reader.read()).done, true);
  clock.advance(1000);
  assertEquals(heard, []);

  const unread = setup({ writeStall: 100 });
  unread.output.write(bytes("1"));
  unread.output.close();
  unread.clock.advance(110);
  assertEquals(unread.heard, ["stalled"]);
});

Deno.test("StreamOutput adds no comment for a client that does not read", async () => {
  const { output, reader } = setup();
  output.write(bytes("more than ten bytes"));
  output.ping();
  assertEquals(text(await reader.read()), "more than ten bytes");
  output.ping();
  assertEquals(text(await reader.read()), ": ping\n\n");
  output.close();
});
