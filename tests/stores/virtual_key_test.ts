import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import { isVirtualKey, newVirtualKey } from "../../lib/stores/virtual_key.ts";

Deno.test("newVirtualKey() makes keys that have the form of one, and no two alike", () => {
  const keys = Array.from({ length: 1_000 }, () => newVirtualKey());
  for (const key of keys) {
    assertMatch(key, /^sk-gw-[0-9A-Za-z]{46}$/);
    assert(isVirtualKey(key));
  }
  assertEquals(new Set(keys).size, keys.length);
});

Deno.test("newVirtualKey() takes each letter as often as another", () => {
  const counts = new Map<string, number>();
  for (let i = 0; i < 6_000; i++) {
    for (const letter of newVirtualKey().slice(6, 46)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
  }
  // 3871 each on the average, by chance 62 more or less; bytes modulo 62 would give eight of them 4688.
  assertEquals(counts.size, 62);
  assert(Math.max(...counts.values()) < 4_300, `${Math.max(...counts.values())}`);
});

Deno.test("isVirtualKey() tells what was mistyped", () => {
  const key = newVirtualKey();
  const swap = (at: number) => key.slice(0, at) + (key[at] === "x" ? "y" : "x") + key.slice(at + 1);
  const table = [
    "",
    "sk-gw-",
    key.slice(0, -1),
    `${key}x`,
    key.toLowerCase(),
    ` ${key}`,
    swap(10),
    swap(50),
    swap(0),
  ];
  assertEquals(table.filter(isVirtualKey), []);
  fc.assert(fc.property(fc.string(), (text) => !isVirtualKey(text)));
});
