import { assertEquals } from "@std/assert";
import { runTests } from "../../scripts/test_run.ts";

/** What a runner within a test says is not to be taken for what the runner of that test says. */
const quiet = { write() {} };

Deno.test("a file that throws outside of its tests has failed beside them, as often as it is run", async () => {
  const folder = await Deno.makeTempDir({ prefix: "throws-" });
  try {
    const test = (name: string, text: string) => Deno.writeTextFile(`${folder}/${name}_test.ts`, text);
    await test("a", `Deno.test("in a file that does not load", () => {});\nthrow new Error("at its top");`);
    await test("b", `Deno.test("fails", () => {\n  throw new Error("no");\n});`);
    const run = await runTests([folder], quiet);
    assertEquals(run.counts, { passed: 0, failed: 2, skipped: 0 });
    const names = run.cases.map(({ file, name }) => [file.slice(file.lastIndexOf("/") + 1), name]);
    assertEquals(names, [["b_test.ts", "fails"], ["a_test.ts", "(uncaught error)"]]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

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
    const run = await runTests([folder], { ...quiet, silence: 3_000 });
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
