import { assertEquals, assertMatch } from "@std/assert";
import { IdSource, newId } from "../../lib/wire/ids.ts";

Deno.test("newId() has 128 random bits in hexadecimal behind its prefix, and never the same", () => {
  const ids = Array.from({ length: 1_000 }, () => newId("msg_"));
  for (const id of ids) assertMatch(id, /^msg_[0-9a-f]{32}$/);
  assertEquals(new Set(ids).size, ids.length);
});

Deno.test("IdSource uses every random byte once, over the end of its pool", () => {
  let next = 0;
  const source = new IdSource((bytes) => {
    for (let i = 0; i < bytes.length; i++) bytes[i] = next++ % 251;
  });
  let expected = 0;
  for (let i = 0; i < 600; i++) {
    const bytes = source.make("").match(/../g)?.map((hex) => parseInt(hex, 16));
    assertEquals(bytes, Array.from({ length: 16 }, () => expected++ % 251));
  }
});
