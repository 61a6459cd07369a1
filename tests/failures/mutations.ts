// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * `deno task test:mutations [TEXT …]`: takes away each defence that the table of failures names, one at a time in a
 * copy of the sources, and expects its test to fail. With texts, only those whose section, row, test or file has one
 * of them. Sections that were tried as a whole (without a text, or by their titles) are written to
 * docs/benchmarks/mutations.md. Exits with 1 where a test passed without its defence.
 */
import { machine } from "../../scripts/machine.ts";
import { revision } from "../../scripts/revision.ts";
import { table } from "../../scripts/bench/table.ts";
import { LONGEST_S, SourceCopy } from "./source_copy.ts";
import type { Clause, FailureRow, Mutation, Proof } from "./row.ts";
import { SECTIONS } from "./table.ts";

/** One defence, and what became of its test without it. */
interface Trial {
  readonly title: string;
  readonly row: FailureRow;
  readonly clause: Clause;
  readonly proof: Proof;
  readonly mutation: Mutation;
}

const PAGE = new URL("../../docs/benchmarks/mutations.md", import.meta.url);

function trials(texts: readonly string[]): Trial[] {
  const rows = SECTIONS.flatMap(({ title, rows }) => rows.map((row) => ({ title, row })));
  return rows.flatMap(({ title, row }) =>
    row.then.flatMap((clause) =>
      clause.proofs.flatMap((proof) => {
        const { without: mutation } = proof;
        if (mutation === null) return [];
        const all = [
          title,
          row.when,
          clause.says,
          proof.test.name,
          proof.test.file,
          mutation.file,
          mutation.text,
        ];
        const wanted = texts.length === 0 || texts.some((text) => all.some((it) => it.includes(text)));
        return wanted ? [{ title, row, clause, proof, mutation }] : [];
      })
    )
  );
}

const chosen = trials(Deno.args);
const at = await revision();
await using copy = await SourceCopy.make();

/** Tests that fail as it is, which show nothing. */
const broken = new Set<string>();
/** How long each file's tests may take without a defence, seconds: many times what they take with all. */
const longest = new Map<string, number>();
for (const [file, names] of Map.groupBy(chosen.map(({ proof }) => proof.test), ({ file }) => file)) {
  const outcome = await copy.run(file, names.map(({ name }) => name));
  for (const name of new Set(names.map(({ name }) => name))) {
    if (outcome.of(name) === "passed") continue;
    broken.add(`${file}: ${name}`);
    console.log(`BROKEN ${name}: ${outcome.of(name)} with all defences`);
  }
  longest.set(file, Math.min(LONGEST_S, Math.ceil(20 + 5 * outcome.seconds)));
  console.log(`${outcome.seconds.toFixed(1).padStart(5)} s  with all defences: ${file}`);
}

interface Result {
  readonly title: string;
  readonly seen: boolean;
  readonly cells: readonly string[];
}

const results: Result[] = [];
let survived = 0;
for (const { title, row, clause, proof: { test }, mutation } of chosen) {
  await using _ = await copy.mutate(mutation);
  const outcome = await copy.run(test.file, [test.name], longest.get(test.file));
  const of = broken.has(`${test.file}: ${test.name}`) ? "failed with it, too" : outcome.of(test.name);
  const seen = of === "failed" || of === "did not end";
  if (!seen) survived++;
  console.log(
    `${outcome.seconds.toFixed(1).padStart(5)} s  ${seen ? "fails" : `SURVIVES (${of})`}: ${test.name}` +
      ` | ${mutation.file}: ${mutation.text.trim().split("\n")[0]}`,
  );
  const cells = [row.when, clause.says, `\`${mutation.file}\``, test.name, seen ? of : `**${of}**`];
  results.push({ title, seen, cells: cells.map((text) => text.replaceAll("|", "\\|")) });
}
console.log(
  `${results.length - survived} of ${results.length} tests fail without their defence; ${broken.size} broken`,
);
for (const { title } of SECTIONS) {
  const rows = results.filter((row) => row.title === title);
  if (rows.length > 0 && (Deno.args.length === 0 || Deno.args.includes(title))) {
    await writeSection(title, rows);
  }
}
if (survived > 0 || broken.size > 0) Deno.exitCode = 1;

/** Puts what was found into its section of the page, in the table's order. */
async function writeSection(title: string, rows: readonly Result[]): Promise<void> {
  const text = await Deno.readTextFile(PAGE).catch(() => "");
  const sections = new Map(
    text.split(/^## /m).slice(1).map((it) => [it.slice(0, it.indexOf("\n")), `## ${it}`]),
  );
  const failed = rows.filter(({ seen }) => seen).length;
  const found = table(["when", "then", "defence in", "test", "without it"], rows.map(({ cells }) => cells));
  sections.set(
    title,
    `## ${title}

At commit ${at}, ${new Date().toISOString().slice(0, 10)}; ${machine()}: ${failed} of ${rows.length} fail.

${found}
`,
  );
  const inOrder = SECTIONS.flatMap(({ title }) => sections.get(title)?.trimEnd() ?? []);
  await Deno.writeTextFile(
    PAGE,
    `# Defences taken away

What \`deno task test:mutations\` gave: tests that fail without the defence that
[the table of failures](../failure_table.md) names for them. Each was taken away by one edit of the file named, in a
copy of the sources.

${inOrder.join("\n\n")}
`,
  );
}
