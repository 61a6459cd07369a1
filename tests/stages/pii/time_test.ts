/** No text, however it was made, keeps the filter busy for long. */
import { assert } from "@std/assert";
import { cpuUsage } from "node:process";
import { corpus } from "./corpus.ts";
import { filtered } from "./filter_setup.ts";
import { FOUND, NOTHING } from "./examples.ts";
import { seeded } from "./seeded.ts";

const LENGTH = 100 * 1024;
/** Milliseconds of CPU for one text. The best of three counts, for other programs run here too. */
const MOST = 100;
const ATOMS = [
  ..."aZ09@.-_+%:<>/() ,\n\u00a0é我",
  ..."1 |0 |12 |1.1.1.1 |1-|1/|a@|@a.|a.b|::|:1|a:|f:|00|+1|+49|AB |AB12|DE89 |DE|GB29NWBK |<A|<A_1>|-----BEGIN "
    .split("|"),
  ..."-----BEGIN PRIVATE KEY-----|sk-|sk-a1|ghp_|eyJ|eyJa.eyJ|AKIA|phone |tel:1|password: |password:a1|passport A1"
    .split("|"),
  ...FOUND.map(([text]) => text),
  ...NOTHING,
];

function cpuMs(): number {
  const { user, system } = cpuUsage();
  return (user + system) / 1000;
}

function worst(text: string): number {
  let best = Infinity;
  for (let i = 0; i < 3 && best > MOST / 2; i++) {
    const began = cpuMs();
    filtered([text], { restores: true });
    best = Math.min(best, cpuMs() - began);
  }
  return best;
}

Deno.test("no text of 100 KB takes longer than 100 ms", () => {
  const random = seeded(6);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  let slowest = { ms: 0, unit: "" };
  const attempt = (unit: string) => {
    const ms = worst(unit.repeat(Math.ceil(LENGTH / unit.length)).slice(0, LENGTH));
    if (ms > slowest.ms) slowest = { ms, unit };
  };
  for (const atom of ATOMS) attempt(atom);
  for (let i = 0; i < 150; i++) {
    attempt(Array.from({ length: 1 + Math.floor(random() * 5) }, () => pick(ATOMS)).join(""));
  }
  // From the slowest on, as a hill is climbed.
  for (let i = 0; i < 100; i++) {
    const { unit } = slowest;
    const at = Math.floor(random() * (unit.length + 1));
    attempt(unit.slice(0, at) + pick(ATOMS) + unit.slice(at + Math.floor(random() * 4)));
  }
  const { ms, unit } = slowest;
  assert(ms <= MOST, `${JSON.stringify(unit)} takes ${ms} ms`);
  if (Deno.env.get("FIGURES") !== undefined) {
    Deno.stdout.writeSync(new TextEncoder().encode(`${ms.toFixed(1)} ms: ${unit.slice(0, 80)}\n`));
  }
});

Deno.test("1 MB of text takes at most 50 ms", () => {
  const between = " And then there is much that nobody is known by, in plain words. ";
  const text = corpus().map((each) => each.text).join(between);
  const whole = text.repeat(Math.ceil(2 ** 20 / text.length)).slice(0, 2 ** 20);
  let best = Infinity;
  for (let i = 0; i < 8; i++) {
    const began = cpuMs();
    filtered([whole], { restores: true });
    best = Math.min(best, cpuMs() - began);
  }
  if (Deno.env.get("FIGURES") !== undefined) {
    Deno.stdout.writeSync(new TextEncoder().encode(`${best.toFixed(1)} ms: 1 MB of the corpus\n`));
  }
  assert(best <= 50, `${best} ms`);
});
