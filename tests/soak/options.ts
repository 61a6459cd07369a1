import { parseArgs } from "node:util";
import type { Scenario } from "./scenario.ts";

export interface Options {
  readonly scenarios: readonly Scenario[];
  readonly short: boolean;
  readonly seed: number;
  /** Whether docs/reliability.json and its page are to say what came out. */
  readonly publish: boolean;
  /** Only write the page anew, from the results that are kept. */
  readonly page: boolean;
}

/** What is wrong with the command line; the message is for people. */
export class OptionsError extends Error {
  override readonly name = "OptionsError";
}

export function usage(scenarios: readonly Scenario[]): string {
  const width = Math.max(...scenarios.map(({ name }) => name.length));
  const rows = scenarios.map(({ name, seconds, what }) =>
    `  ${name.padEnd(width)}  ${String(Math.ceil(seconds.long / 60)).padStart(3)} min, ${
      String(seconds.short).padStart(3)
    } s short at most  ${what}`
  );
  return `deno task test:soak SCENARIO… | --all [--short] [--seed N] [--publish]

  --short    seconds in place of minutes
  --seed N   other random numbers than the usual ones
  --publish  docs/reliability.md says what came out (not of a short form)
  --page     only write that page anew, after a change of its words

Scenarios:
${rows.join("\n")}`;
}

/** @throws {OptionsError} */
export function parseOptions(args: readonly string[], scenarios: readonly Scenario[]): Options {
  const { values, positionals } = parsed(args);
  const { short = false, publish = false, seed = "1", all = false, page = false } = values;
  if (!/^\d{1,9}$/.test(seed)) throw new OptionsError(`--seed takes a number, not "${seed}"`);
  if (short && publish) throw new OptionsError("--short is not for --publish: its figures say too little");
  if (!page && all === (positionals.length > 0)) throw new OptionsError("name scenarios, or say --all");
  const unknown = positionals.find((name) => !scenarios.some((it) => it.name === name));
  if (unknown !== undefined) throw new OptionsError(`there is no scenario "${unknown}"`);
  return {
    scenarios: scenarios.filter(({ name }) => all || positionals.includes(name)),
    short,
    seed: Number(seed),
    publish,
    page,
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        all: { type: "boolean" },
        page: { type: "boolean" },
        short: { type: "boolean" },
        publish: { type: "boolean" },
        seed: { type: "string" },
      },
    });
  } catch (error) {
    throw new OptionsError(error instanceof Error ? error.message : String(error));
  }
}
