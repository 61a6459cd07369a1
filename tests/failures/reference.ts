import type { Clause, Proof } from "./row.ts";
import { SECTIONS } from "./table.ts";

/** docs/failure_table.md. */
export function failureReference(): string {
  return `# What holds when something goes wrong, and how that is known

Made from the tables in \`tests/failures/\` by \`deno run -A scripts/generate.ts\`. Each thing that holds has a test,
and each test a defence of ours without which it fails: \`deno task test:mutations\` takes away one after the other
([its last results](benchmarks/mutations.md)). A test fails where a test that is named here is gone, or the text of
a defence. What is measured over minutes stands in [reliability.md](reliability.md).
${SECTIONS.map(({ title, rows }) => `\n## ${title}\n${rows.map(rowText).join("")}`).join("")}`;
}

function rowText({ when, then }: { when: string; then: readonly Clause[] }): string {
  return `\n### ${when}\n\n${then.map(clauseText).join("")}`;
}

function clauseText({ says, proofs, but }: Clause): string {
  const missing = but === undefined ? "" : `  - _Not shown:_ ${but}.\n`;
  return `- ${says}\n${proofs.map(proofText).join("")}${missing}`;
}

function proofText({ test, without, unless }: Proof): string {
  const defence = without === null ? unless : `defence in \`${without.file}\``;
  return `  - \`${test.file}\`: “${test.name}”; ${defence}\n`;
}
