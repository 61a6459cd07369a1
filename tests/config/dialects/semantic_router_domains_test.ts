import { assert, assertEquals } from "@std/assert";
import { classifyAll, type LabelledText } from "../../../lib/classify.ts";
import { DOMAINS } from "../../../lib/config/dialects/semantic_router/domains.ts";
import { loadText } from "../load_text.ts";

const FIXTURES = new URL("../../fixtures/dialects/", import.meta.url);

/** Questions that were written before anybody knew how they would be taken. */
async function questions(): Promise<LabelledText[]> {
  const text = await Deno.readTextFile(new URL("domains.jsonl", FIXTURES));
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

Deno.test("DOMAINS tell the fourteen domains apart: what they say is right, what they do not know is other", async () => {
  const { config } = loadText(await Deno.readTextFile(new URL("semantic_router/mmlu.yaml", FIXTURES)));
  const examples = await questions();
  assertEquals(new Set(examples.map(({ category }) => category)), new Set(Object.keys(DOMAINS)));
  const { reports } = await classifyAll(config, examples, { version: "0", call: false });
  const all = reports.find(({ classifier }) => classifier === "all");
  if (all === undefined) throw new Error("Cannot judge: there is no report of all classifiers");
  assert(all.accuracy >= 0.75, `accuracy ${all.accuracy}`);
  let right = 0;
  let said = 0;
  for (const [category, found] of Object.entries(all.confusion)) {
    for (const [name, count] of Object.entries(found)) {
      if (name === "other") continue;
      said += count;
      if (name === category) right += count;
    }
  }
  assert(right / said >= 0.94, `of ${said} that were told a domain ${right} are right`);
});
