import { assertEquals } from "@std/assert";
import { runTests } from "../../scripts/test_run.ts";

Deno.test("a test that hangs has failed, and the files that come after it are run", async () => {
  const folder = await Deno.makeTempDir({ prefix: "hangs-" });
  try {
    const test = (name: string, text: string) => Deno.writeTextFile(`${folder}/${name}_test.ts`, text);
    await test("a", `Deno.test("before", () => {});`);
    await test(
      "b",
      `Deno.test("hangs", () => new Promise((end) => setTimeout(end, 600_000)));\nDeno.test("after it", () => {});`,
    );
    await test("c", `Deno.test("in another file", () => {});`);
    const run = await runTests([folder], { beside: true, silence: 3_000 });
    assertEquals(run.counts, { passed: 2, failed: 1, skipped: 0 });
    assertEquals(run.cases.map(({ name, outcome }) => [name, outcome]), [
      ["before", "passed"],
      ["hangs", "failed"],
      ["in another file", "passed"],
    ]);
    assertEquals(run.code, 130);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
