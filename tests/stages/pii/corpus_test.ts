// deno-lint-ignore-file no-console -- its figures are what it is for
import { assert } from "@std/assert";
import { CHECKED, corpus } from "./corpus.ts";
import { found } from "./filter_setup.ts";

const MIN_PRECISION = 0.98;
const MIN_RECALL = 0.95;

Deno.test("on a labelled corpus, what proves itself is found and little else", () => {
  const sentences = corpus();
  const scores = new Map<string, { right: number; wrong: number; missed: number }>();
  const score = (type: string) => {
    const known = scores.get(type) ?? { right: 0, wrong: 0, missed: 0 };
    scores.set(type, known);
    return known;
  };
  const wrong: string[] = [];
  for (const { text, labels } of sentences) {
    const all = found(text);
    const is = ([type, value]: readonly [string, string], others: readonly (readonly [string, string])[]) =>
      others.some((other) => other[0] === type && other[1] === value);
    for (const each of all) {
      if (is(each, labels)) continue;
      score(each[0]).wrong++;
      wrong.push(`${each[0]} ${each[1]} in ${JSON.stringify(text)}`);
    }
    for (const label of labels) {
      if (is(label, all)) score(label[0]).right++;
      else {
        score(label[0]).missed++;
        wrong.push(`missed ${label[0]} in ${JSON.stringify(text)}`);
      }
    }
  }
  const rows = [...scores].sort().map(([type, { right, wrong, missed }]) => ({
    type,
    precision: right / (right + wrong),
    recall: right / (right + missed),
  }));
  console.log(`${sentences.length} sentences, ${scores.size} types`);
  for (const { type, precision, recall } of rows) {
    console.log(`${type.padEnd(15)} precision ${precision.toFixed(3)} recall ${recall.toFixed(3)}`);
  }
  assert(sentences.length >= 2000 && scores.size >= 12);
  for (const { type, precision, recall } of rows) {
    // What has no checksum is held to less.
    const [p, r] = CHECKED.includes(type) ? [MIN_PRECISION, MIN_RECALL] : [0.9, 0.9];
    assert(
      precision >= p && recall >= r,
      `${type}: ${precision}, ${recall}\n${wrong.slice(0, 20).join("\n")}`,
    );
  }
});
