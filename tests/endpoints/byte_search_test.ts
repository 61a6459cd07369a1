import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ByteSearch } from "../../lib/endpoints/byte_search.ts";

const encoder = new TextEncoder();

Deno.test("ByteSearch finds what String.includes finds", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 40 });
  const sought = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 4 });
  fc.assert(fc.property(text, sought, (text, sought) => {
    assertEquals(new ByteSearch(sought).isIn(encoder.encode(text)), text.includes(sought));
  }));
});
