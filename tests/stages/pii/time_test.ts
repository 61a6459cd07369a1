/** No text, however it was made, keeps the filter busy for long. */
import { assert } from "@std/assert";
import { corpus } from "./corpus.ts";
import { filtered } from "./filter_setup.ts";
import { FOUND, NOTHING } from "./examples.ts";
import { assertNoneIsSlow, cpuMs } from "../slowest_text.ts";

const ATOMS = [
  ..."aZ09@.-_+%:<>/() ,\n\u00a0é我",
  ..."1 |0 |12 |1.1.1.1 |1-|1/|a@|@a.|a.b|::|:1|a:|f:|00|+1|+49|AB |AB12|DE89 |DE|GB29NWBK |<A|<A_1>|-----BEGIN "
    .split("|"),
  ..."-----BEGIN PRIVATE KEY-----|sk-|sk-a1|ghp_|eyJ|eyJa.eyJ|AKIA|phone |tel:1|password: |password:a1|passport A1"
    .split("|"),
  ...FOUND.map(([text]) => text),
  ...NOTHING,
];

Deno.test("no text of 100 KB takes longer than 100 ms", () => {
  assertNoneIsSlow({
    atoms: ATOMS,
    mixed: 150,
    climbs: 100,
    goodEnough: 50,
    read: (text) => filtered([text], { restores: true }),
  });
});

Deno.test("1 MB of text takes at most 50 ms", () => {
  const between = " And then there is much that nobody is known by, in plain words. ";
  const text = corpus().map((each) => each.text).join(between);
  const whole = text.repeat(Math.ceil(2 ** 20 / text.length)).slice(0, 2 ** 20);
  let best = Infinity;
  for (let i = 0; i < 8; i++) {
    best = Math.min(best, cpuMs(() => filtered([whole], { restores: true })));
  }
  if (Deno.env.get("FIGURES") !== undefined) {
    Deno.stdout.writeSync(new TextEncoder().encode(`${best.toFixed(1)} ms: 1 MB of the corpus\n`));
  }
  assert(best <= 50, `${best} ms`);
});
