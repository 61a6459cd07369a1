// deno-lint-ignore-file no-console -- its figures are what it is for
import { assert } from "@std/assert";
import { corpus, type Labelled } from "./corpus.ts";
import { patterns, scoreOf } from "./detector_setup.ts";

const THRESHOLD = 0.7;

interface Figures {
  readonly precision: number;
  readonly recall: number;
  readonly wrong: readonly string[];
}

function figures(sentences: readonly Labelled[]): Figures {
  const detector = patterns();
  const counts = { right: 0, wrong: 0, missed: 0 };
  const wrong: string[] = [];
  for (const { text, by, attack, family } of sentences) {
    const score = scoreOf(detector, text, by);
    const found = score >= THRESHOLD;
    if (found && attack) counts.right++;
    if (found === attack) continue;
    counts[attack ? "missed" : "wrong"]++;
    wrong.push(`${attack ? "missed" : "wrong"} (${score.toFixed(2)}, ${family}): ${JSON.stringify(text)}`);
  }
  const { right } = counts;
  return { precision: right / (right + counts.wrong), recall: right / (right + counts.missed), wrong };
}

Deno.test("on a labelled corpus, attacks are found in many spellings, and little else", () => {
  const all = corpus();
  const attacks = all.filter(({ attack }) => attack);
  console.log(`${attacks.length} attacks, ${all.length - attacks.length} harmless sentences`);
  assert(attacks.length >= 500 && all.length - attacks.length >= 1000);
  for (const heldOut of [false, true]) {
    const { precision, recall, wrong } = figures(all.filter((each) => each.heldOut === heldOut));
    const name = heldOut ? "held out" : "looked at";
    console.log(`${name}: precision ${precision.toFixed(3)} recall ${recall.toFixed(3)}`);
    // Nobody looks at what was held out, not even here.
    const shown = heldOut ? "" : wrong.slice(0, 20).join("\n");
    assert(precision >= 0.98 && recall >= 0.9, `${name}: ${precision}, ${recall}\n${shown}`);
  }
});
