/** A search for the text that keeps something busy for longest: made of pieces, then changed as a hill is climbed. */
import { assert } from "@std/assert";
import { cpuUsage } from "node:process";
import { seeded } from "./pii/seeded.ts";

const LENGTH = 100 * 1024;
/** Milliseconds of CPU for one text. */
const MOST = 100;

export interface SlowestTextOptions {
  /** What texts are made of. */
  readonly atoms: readonly string[];
  /** Texts made of several of them. */
  readonly mixed: number;
  /** Changes of the slowest so far. */
  readonly climbs: number;
  /** The best of three counts, for other programs run here too; one that is as good as this is enough. */
  readonly goodEnough: number;
  /** Reads a text; `round` counts how often it did. */
  readonly read: (text: string, round: number) => void;
}

/** Fails where a text of 100 KB takes longer than 100 ms of CPU; with `FIGURES` set it says how long the slowest takes. */
export function assertNoneIsSlow({ atoms, mixed, climbs, goodEnough, read }: SlowestTextOptions): void {
  const random = seeded(6);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  let slowest = { ms: 0, unit: "" };
  const attempt = (unit: string) => {
    if (unit === "") return;
    const text = unit.repeat(Math.ceil(LENGTH / unit.length)).slice(0, LENGTH);
    let ms = Infinity;
    for (let round = 0; round < 3 && ms > goodEnough; round++) {
      ms = Math.min(
        ms,
        cpuMs(() => read(text, round)),
      );
    }
    if (ms > slowest.ms) slowest = { ms, unit };
  };
  for (const atom of atoms) attempt(atom);
  for (let i = 0; i < mixed; i++) {
    attempt(Array.from({ length: 1 + Math.floor(random() * 5) }, () => pick(atoms)).join(""));
  }
  for (let i = 0; i < climbs; i++) {
    const { unit } = slowest;
    const at = Math.floor(random() * (unit.length + 1));
    attempt(unit.slice(0, at) + pick(atoms) + unit.slice(at + Math.floor(random() * 4)));
  }
  const { ms, unit } = slowest;
  assert(ms <= MOST, `${JSON.stringify(unit)} takes ${ms} ms`);
  if (Deno.env.get("FIGURES") !== undefined) {
    const said = `${ms.toFixed(1)} ms: ${JSON.stringify(unit.slice(0, 80))}\n`;
    Deno.stdout.writeSync(new TextEncoder().encode(said));
  }
}

/** Milliseconds of CPU that it takes. */
export function cpuMs(work: () => void): number {
  const before = cpuUsage();
  work();
  const { user, system } = cpuUsage(before);
  return (user + system) / 1000;
}
