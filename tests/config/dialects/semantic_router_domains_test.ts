import { assert, assertEquals } from "@std/assert";
import { classifyAll, type LabelledText } from "../../../lib/assembly/classify.ts";
import { DOMAINS } from "../../../lib/config/dialects/semantic_router/domains.ts";
import { loadText } from "../load_text.ts";

const FIXTURES = new URL("../../fixtures/dialects/", import.meta.url);

/** Questions of each domain: how many are told right, and of those that are told a domain, how many are. */
async function judged(file: string): Promise<{ readonly accuracy: number; readonly precision: number }> {
  const { config } = loadText(await Deno.readTextFile(new URL("semantic_router/mmlu.yaml", FIXTURES)));
  const text = await Deno.readTextFile(new URL(file, FIXTURES));
  const examples: LabelledText[] = text.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals(new Set(examples.map(({ category }) => category)), new Set(Object.keys(DOMAINS)));
  const { reports } = await classifyAll(config, examples, { version: "0", call: false });
  const all = reports.find(({ classifier }) => classifier === "all");
  if (all === undefined) throw new Error("Cannot judge: there is no report of all classifiers");
  let right = 0;
  let said = 0;
  for (const [category, found] of Object.entries(all.confusion)) {
    for (const [name, count] of Object.entries(found)) {
      if (name === "other") continue;
      said += count;
      if (name === category) right += count;
    }
  }
  return { accuracy: all.accuracy, precision: right / said };
}

Deno.test("DOMAINS tell questions that use a domain's own words, and take few for what they are not", async () => {
  const { accuracy, precision } = await judged("domains.jsonl");
  assert(accuracy >= 0.9, `accuracy ${accuracy}`);
  assert(precision >= 0.98, `precision ${precision}`);
});

// Written after the words were chosen, in everyday language: docs/migrating_from_semantic_router.md has the figures.
Deno.test("DOMAINS tell a quarter of the questions that nobody had in mind", async () => {
  const { accuracy, precision } = await judged("domains_held_out.jsonl");
  assert(accuracy >= 0.25, `accuracy ${accuracy}`);
  assert(precision >= 0.5, `precision ${precision}`);
});
