// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * `deno task test:proof`: the tests of tests/proof, which take too long for every commit. Their results are
 * kept in docs/benchmarks/proof.md, with the commit that they were had from.
 */
import { revision } from "./revision.ts";
import { machine } from "./machine.ts";
import { table } from "./bench/table.ts";
import { runTests } from "./test_run.ts";

const { cases, counts, code } = await runTests(["tests/proof/"]);
const summary = `${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`;
const rows = cases.map(({ name, outcome, seconds }) => [name, outcome, seconds.toFixed(1)]);
await Deno.writeTextFile(
  new URL("../docs/benchmarks/proof.md", import.meta.url),
  `# Proofs

What \`deno task test:proof\` gave at commit ${await revision()}, ${
    new Date().toISOString().slice(0, 10)
  }; ${machine()}: ${summary}.

${table(["proof", "result", "seconds"], rows)}`,
);
console.log(summary);
Deno.exitCode = code;
