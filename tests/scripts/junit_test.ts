import { assertEquals } from "@std/assert";
import {
  countOutcomes,
  runAgain,
  slowestFiles,
  type TestCase,
  testCases,
  uncaughtError,
} from "../../scripts/junit.ts";

const REPORT = `<testsuites name="deno test" tests="4" failures="1" errors="0">
  <testcase name="passes &lt;failure&gt;" classname="./a_test.ts" time="0.100" line="1" col="6">
  </testcase>
  <testcase name="is skipped" classname="./a_test.ts" time="0.000" line="2" col="6">
    <skipped/>
  </testcase>
  <testcase name="fails" classname="./a_test.ts" time="1.500" line="3" col="6">
    <failure message="no">Error: no &lt;skipped/&gt;</failure>
  </testcase>
  <testcase name="fails &gt; a step" classname="./a_test.ts" time="0.000" line="4" col="6">
  </testcase>
</testsuites>`;

Deno.test("testCases() reads names, times and outcomes", () => {
  const file = "./a_test.ts";
  assertEquals(testCases(REPORT), [
    { file, name: "passes <failure>", seconds: 0.1, outcome: "passed" },
    { file, name: "is skipped", seconds: 0, outcome: "skipped" },
    { file, name: "fails", seconds: 1.5, outcome: "failed" },
    { file, name: "fails > a step", seconds: 0, outcome: "passed" },
  ]);
});

Deno.test("countOutcomes() counts steps and tests apart from what failed and was skipped", () => {
  assertEquals(countOutcomes(testCases(REPORT)), { passed: 2, failed: 1, skipped: 1 });
  assertEquals(countOutcomes(testCases("")), { passed: 0, failed: 0, skipped: 0 });
});

Deno.test("runAgain() takes what tests were the second time, and what they were where they were not run again", () => {
  const a = { file: "a.ts", seconds: 1 };
  const before: TestCase[] = [
    { ...a, name: "late", outcome: "failed" },
    { ...a, name: "registered by another file", outcome: "failed" },
    { file: "b.ts", name: "late", seconds: 1, outcome: "failed" },
  ];
  const again = runAgain(before, [{ ...a, name: "late", outcome: "passed" }]);
  assertEquals(again.map(({ file, name, outcome }) => [file, name, outcome]), [
    ["a.ts", "registered by another file", "failed"],
    ["b.ts", "late", "failed"],
    ["a.ts", "late", "passed"],
  ]);
});

Deno.test("runAgain() takes a file's tests for the error that kept it from running them", () => {
  const before = [uncaughtError("a.ts"), uncaughtError("b.ts"), uncaughtError("c.ts")];
  const again: TestCase[] = [
    { file: "a.ts", name: "runs", seconds: 1, outcome: "passed" },
    uncaughtError("b.ts"),
  ];
  assertEquals(runAgain(before, again), [uncaughtError("c.ts"), ...again]);
});

Deno.test("slowestFiles() adds up the tests of a file, and has the longest first", () => {
  const of = (file: string, seconds: number): TestCase => ({ file, name: "", seconds, outcome: "passed" });
  const cases = [of("a.ts", 1), of("b.ts", 3), of("c.ts", 0.5), of("a.ts", 4)];
  assertEquals(slowestFiles(cases, 2), [{ file: "a.ts", seconds: 5 }, { file: "b.ts", seconds: 3 }]);
});
