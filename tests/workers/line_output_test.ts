import { assert, assertEquals } from "@std/assert";
import { LineOutput } from "../../lib/workers/line_output.ts";

const encoder = new TextEncoder();

/** Takes a few bytes at a time, in turns of their own, as a pipe that is nearly full does. */
function slowWriter() {
  let text = "";
  const decoder = new TextDecoder();
  return {
    text: () => text,
    async write(bytes: Uint8Array) {
      await Promise.resolve();
      const part = bytes.subarray(0, 7);
      text += decoder.decode(part, { stream: true });
      return part.length;
    },
  };
}

function chunks(...texts: string[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(texts.map((text) => encoder.encode(text)));
}

Deno.test("LineOutput.forward() never mixes lines, however they come", async () => {
  const writer = slowWriter();
  const output = new LineOutput(writer);
  await Promise.all([
    output.forward(chunks("a1 a1 a1 a1", " a1\na2 a2 a2 a2 a2\na3", " a3 a3 a3 a3\n")),
    output.forward(chunks("b1 b1 b1 b1 b1\nb2 b2", " b2 b2 b2\n", "b3 b3 b3 b3 b3")),
    output.write(encoder.encode("c1 c1 c1 c1 c1\n")),
  ]);
  const lines = writer.text().split("\n");
  assertEquals(lines.pop(), "");
  for (const line of lines) assertEquals(new Set(line.split(" ")).size, 1, line);
  assertEquals(lines.length, 7);
  for (const name of ["a", "b"]) {
    assertEquals(lines.filter((line) => line.startsWith(name)).map((line) => line[1]), ["1", "2", "3"]);
  }
});

Deno.test("LineOutput.forward() goes on when what it writes to fails", async () => {
  let fails = true;
  const written: string[] = [];
  const output = new LineOutput({
    write(bytes) {
      if (fails) {
        fails = false;
        return Promise.reject(new Error("broken pipe"));
      }
      written.push(new TextDecoder().decode(bytes));
      return Promise.resolve(bytes.length);
    },
  });
  await output.forward(chunks("one\n", "two\n"));
  assertEquals(written, ["two\n"]);
});

Deno.test("LineOutput.forward() holds no line that has no end", async () => {
  let largest = 0;
  let total = 0;
  const output = new LineOutput({
    write(bytes) {
      largest = Math.max(largest, bytes.length);
      total += bytes.length;
      return Promise.resolve(bytes.length);
    },
  });
  const piece = "x".repeat(1024 * 1024);
  await output.forward(chunks(...Array.from({ length: 20 }, () => piece)));
  assert(largest < 10 * 1024 * 1024, `${largest} bytes`);
  assert(total >= 20 * 1024 * 1024);
});
