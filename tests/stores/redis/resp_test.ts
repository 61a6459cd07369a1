import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { encodeCommand, RedisError, type Reply, ReplyReader } from "../../../lib/stores/redis/resp.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** As a server writes it. */
function written(reply: Reply): string {
  if (reply === null) return "$-1\r\n";
  if (typeof reply === "number") return `:${reply}\r\n`;
  if (reply instanceof RedisError) return `-${reply.message}\r\n`;
  if (typeof reply === "string") return `$${encoder.encode(reply).length}\r\n${reply}\r\n`;
  return `*${reply.length}\r\n${reply.map(written).join("")}`;
}

function readAll(bytes: Uint8Array, cuts: readonly number[]): Reply[] {
  const reader = new ReplyReader();
  const replies: Reply[] = [];
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (let i = 0; i + 1 < places.length; i++) {
    reader.push(bytes.subarray(places[i], places[i + 1]));
    for (let reply = reader.next(); reply !== undefined; reply = reader.next()) replies.push(reply);
  }
  return replies;
}

Deno.test("ReplyReader reads whatever a server says, in whatever pieces it comes", () => {
  const { reply } = fc.letrec<{ reply: Reply }>((tie) => ({
    reply: fc.oneof(
      { maxDepth: 4 },
      fc.string({ unit: "grapheme" }),
      fc.integer(),
      fc.constant(null),
      fc.array(tie("reply"), { maxLength: 4 }),
    ),
  }));
  fc.assert(
    fc.property(
      fc.array(reply, { minLength: 1, maxLength: 5 }),
      fc.array(fc.nat(), { maxLength: 8 }),
      (replies, cuts) => {
        assertEquals(readAll(encoder.encode(replies.map(written).join("")), cuts), replies);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("ReplyReader reads errors, simple texts, lists that are not there, and what is large", () => {
  const large = "x".repeat(3_000_000);
  const text = `+OK\r\n-MOVED 3999 h:1\r\n*-1\r\n*2\r\n-ERR inner\r\n*0\r\n${written(large)}`;
  const [ok, moved, none, list, last] = readAll(encoder.encode(text), [1, 9, 60, 1_000_000]);
  assertEquals([ok, none, last], ["OK", null, large]);
  assertEquals(moved instanceof RedisError && moved.message, "MOVED 3999 h:1");
  assertEquals(Array.isArray(list) && list[0] instanceof RedisError && list[0].message, "ERR inner");
});

Deno.test("ReplyReader takes a server that speaks otherwise for none", () => {
  for (const text of ["HTTP/1.1 400 Bad Request\r\n", "$x\r\n", "$999999999999\r\n", "y".repeat(70_000)]) {
    assertThrows(
      () => readAll(encoder.encode(text), []),
      Error,
      "does not speak Redis's protocol",
      text.slice(0, 20),
    );
  }
});

Deno.test("encodeCommand() counts bytes, not characters", () => {
  assertEquals(
    decoder.decode(encodeCommand(["SET", "k", "é😀", ""])),
    "*4\r\n$3\r\nSET\r\n$1\r\nk\r\n$6\r\né😀\r\n$0\r\n\r\n",
  );
});
