import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { byteLength } from "../lib/byte_length.ts";

Deno.test("byteLength() counts what the encoder makes", () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" })), (text) => {
    assertEquals(byteLength(text), new TextEncoder().encode(text).length);
  }));
  // A line break ends no text, and half a surrogate pair is replaced by three bytes.
  for (const text of ["", "a\nb\n", "\0\x7f", "\x80", "\ud800", "é\n"]) {
    assertEquals(byteLength(text), new TextEncoder().encode(text).length);
  }
});
