import { mulberry32 } from "../../lib/tools/statistics.ts";
import { toolPath } from "../requires.ts";
import { type Figure, figure } from "./figure.ts";
import type { Outcome, Scenario } from "./scenario.ts";

export interface RunOptions {
  readonly short: boolean;
  readonly seed: number;
  /** Hears of each figure as it comes, and of what is under way. */
  readonly onFigure: (figure: Figure) => void;
  readonly onNote: (text: string) => void;
}

/** Runs it in this process, for as long as it may take. Never throws: what it threw is its failure. */
export async function runScenario(scenario: Scenario, options: RunOptions): Promise<Outcome> {
  const { short, seed } = options;
  const figures: Figure[] = [];
  const absent = scenario.requires?.find((tool) => toolPath(tool) === null) ?? null;
  if (absent !== null) return { figures, failure: null, absent, seconds: 0 };
  const began = performance.now();
  const folder = await Deno.makeTempDir({ prefix: `soak-${scenario.name}-` });
  const stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  let failure: string | null = null;
  try {
    const run = scenario.run({
      short,
      pick: (values) => short ? values.short : values.long,
      random: mulberry32(seed),
      folder,
      use: (resource) => stack.use(resource),
      figure(name, value, unit, target) {
        const made = figure(name, value, unit, target);
        figures.push(made);
        options.onFigure(made);
      },
      note: options.onNote,
    });
    await within(run, short ? scenario.seconds.short : scenario.seconds.long);
  } catch (error) {
    failure = error instanceof Error ? error.stack ?? error.message : String(error);
  }
  try {
    await stack.disposeAsync();
  } catch (error) {
    failure ??= `Cannot end what it started: ${error}`;
  }
  return { figures, failure, absent: null, seconds: (performance.now() - began) / 1000 };
}

async function within(run: Promise<void>, seconds: number): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`it is not over after ${seconds} s`)),
    seconds * 1000,
  );
  try {
    await Promise.race([run, late.promise]);
  } finally {
    clearTimeout(timer);
    run.catch(() => {});
  }
}
