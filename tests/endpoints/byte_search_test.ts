import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ByteSearch } from "../../lib/endpoints/byte_search.ts";

const encoder = new TextEncoder();

Deno.test("ByteSearch finds what String.includes finds, of however many texts", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 40 });
  const one = fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 6 });
  const sought = fc.array(one, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(text, sought, (text, sought) => {
      const expected = sought.some((each) => text.includes(each));
      assertEquals(new ByteSearch(...sought).isIn(encoder.encode(text)), expected);
    }),
    { numRuns: 1000 },
  );
});
