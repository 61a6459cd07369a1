/** The last results of each scenario, as docs/reliability.json keeps them. */
import type { Figure } from "./figure.ts";

export interface Result {
  readonly scenario: string;
  /** `2026-11-25`. */
  readonly date: string;
  /** The commit, and whether the gateway's code differed from it. */
  readonly revision: string;
  readonly machine: string;
  /** Whether the gateway ran from source or as a binary, and on which Deno. */
  readonly program: string;
  readonly seed: number;
  readonly seconds: number;
  readonly figures: readonly Figure[];
  /** Why it did not come to its end; null: it did. */
  readonly failure: string | null;
}

export type Results = Readonly<Record<string, Result>>;

/** Where they are kept. */
const RESULTS_FILE = new URL("../../docs/reliability.json", import.meta.url);

export function readResults(): Results {
  return JSON.parse(Deno.readTextFileSync(RESULTS_FILE));
}

export function keepResults(results: Results): Promise<void> {
  return Deno.writeTextFile(RESULTS_FILE, `${JSON.stringify(results, null, 2)}\n`);
}

/** @returns what is to be kept once `results` are in: each replaces its own scenario's and no other. */
export function withResults(before: Results, results: readonly Result[]): Results {
  return { ...before, ...Object.fromEntries(results.map((result) => [result.scenario, result])) };
}
