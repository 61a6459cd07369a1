import { assertEquals } from "@std/assert";
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
