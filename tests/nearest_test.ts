import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { editDistance, nearest } from "../lib/nearest.ts";

const NEAREST: readonly (readonly [word: string, names: readonly string[], expected: string | null])[] = [
  ["prot", ["port", "host"], "port"],
  ["Port", ["port"], "port"],
  ["opnai", ["anthropic", "openai", "openai_compatible"], "openai"],
  ["chek-config", ["serve", "check-config"], "check-config"],
  ["gpt-4o-mimi", ["gpt-4o", "gpt-4o-mini"], "gpt-4o-mini"],
  ["a", ["b"], "b"],
  ["zebra", ["port", "host"], null],
  ["x", [], null],
];

for (const [word, names, expected] of NEAREST) {
  Deno.test(`nearest() finds ${expected} for "${word}" among ${names.join(", ") || "nothing"}`, () => {
    assertEquals(nearest(word, names), expected);
  });
}

Deno.test("editDistance() is a symmetric measure that is 0 for equal words alone", () => {
  const word = fc.string({ maxLength: 8 });
  fc.assert(fc.property(word, word, (a, b) => {
    assertEquals(editDistance(a, b), editDistance(b, a));
    assertEquals(editDistance(a, b) === 0, a === b);
  }));
});

Deno.test("editDistance() counts a swap of neighbours once", () => {
  assertEquals(editDistance("port", "prot"), 1);
  assertEquals(editDistance("", "abc"), 3);
});
