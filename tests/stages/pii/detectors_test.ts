import { assertEquals } from "@std/assert";
import { PII_TYPES } from "../../../lib/config/pii.ts";
import { DIGIT_IDS, WORD_IDS } from "../../../lib/stages/pii/national_ids.ts";
import { FOUND, NOTHING } from "./examples.ts";
import { found } from "./filter_setup.ts";

Deno.test("what is somebody's is found where it stands", async (test) => {
  for (const [text, ...expected] of FOUND) {
    await test.step(text.slice(0, 60), () => assertEquals(found(text), expected.map((each) => [...each])));
  }
});

Deno.test("what only looks like it is left alone", async (test) => {
  for (const text of NOTHING) await test.step(text.slice(0, 60), () => assertEquals(found(text), []));
});

Deno.test("the configuration knows each type, and each is found in an example", () => {
  const examples = new Set(FOUND.flatMap(([text]) => found(text).map(([type]) => type)));
  assertEquals([...examples].sort(), PII_TYPES.toSorted());
  const tables = [...DIGIT_IDS, ...WORD_IDS].map(({ type }) => type);
  assertEquals(tables.filter((type) => !PII_TYPES.includes(type)), []);
});
