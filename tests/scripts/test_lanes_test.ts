import { assert, assertEquals } from "@std/assert";
import { ALONE, EITHER_WAY, LANES } from "../../scripts/test_lanes.ts";

const root = new URL("../../", import.meta.url);

Deno.test("every file that a lane names is there, and every end-to-end test that is to pass from source", async () => {
  const paths = [...LANES, ALONE].flatMap(({ paths }) => paths).filter((path) => !path.startsWith("-"));
  for (const path of [...paths, ...EITHER_WAY]) await Deno.stat(new URL(path, root));
  assertEquals(new Set(EITHER_WAY).size, EITHER_WAY.length);
});

Deno.test("what the binary skips is among those that are to pass from source", async () => {
  for await (const { name } of Deno.readDir(new URL("tests/e2e/", root))) {
    if (!name.endsWith("_test.ts")) continue;
    const text = await Deno.readTextFile(new URL(`tests/e2e/${name}`, root));
    if (text.includes("GATEWAY_BIN")) assert(EITHER_WAY.includes(`tests/e2e/${name}`), name);
  }
});
