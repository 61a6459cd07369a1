import { assertEquals } from "@std/assert";
import { countTests } from "../../scripts/junit.ts";

Deno.test("countTests() counts steps and cases apart from what failed and was skipped", () => {
  const report = `<testsuites name="deno test" tests="4" failures="1" errors="0">
    <testcase name="passes &lt;failure&gt;"></testcase>
    <testcase name="is skipped"><skipped/></testcase>
    <testcase name="fails"><failure message="no">Error: no &lt;skipped/&gt;</failure></testcase>
    <testcase name="fails &gt; a step"></testcase>
  </testsuites>`;
  assertEquals(countTests(report), { passed: 2, failed: 1, skipped: 1 });
});

Deno.test("countTests() counts nothing in an empty report", () => {
  assertEquals(countTests(""), { passed: 0, failed: 0, skipped: 0 });
});
