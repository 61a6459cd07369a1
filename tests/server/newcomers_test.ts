import { assertEquals } from "@std/assert";
import { Newcomers } from "../../lib/server/engines/newcomers.ts";

/** When there was a collection, as numbers of connections that were open. */
function collections(...changes: readonly number[]): number[] {
  const at: number[] = [];
  let open = 0;
  const newcomers = new Newcomers(() => at.push(open));
  for (const change of changes) {
    for (let i = 0; i < Math.abs(change); i++) {
      open += Math.sign(change);
      if (change > 0) newcomers.came(open);
      else newcomers.went(open);
    }
  }
  return at;
}

Deno.test("Newcomers are collected a few at a time", () => {
  assertEquals(collections(300), [64, 128, 192, 256]);
});

Deno.test("Newcomers that take the place of those before them are not collected", () => {
  const turns = Array.from({ length: 1000 }, () => [-50, 50]).flat();
  assertEquals(collections(100, ...turns), [64]);
});

Deno.test("Newcomers are collected again where all have gone", () => {
  assertEquals(collections(100, -100, 100), [64, 64]);
});
