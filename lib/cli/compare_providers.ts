import { Caller } from "../tools/http/caller.ts";
import { listModels } from "../tools/models.ts";
import { type Compared, compareModels } from "../tools/profiling/comparison.ts";
import {
  COMPARISON_HEADINGS,
  comparisonCells,
  comparisonJson,
  comparisonPage,
} from "../tools/profiling/comparison_report.ts";
import { errorCounts } from "../tools/profiling/latency_json.ts";
import { ToolError } from "../tools/tool_error.ts";
import type { Target } from "../tools/target.ts";
import { type Painter, painter } from "./colour.ts";
import { type Command, flagNumber, type Flags, flagValues } from "./command.ts";
import { askedOf, PROFILE_FLAGS } from "./profile_flags.ts";
import { publish, untilStopped } from "./results.ts";
import { alignedRows } from "./table.ts";
import { targetOf } from "./target_flags.ts";

/** Models that are compared where none are named. */
const MOST = 5;

export const compareProviders: Command = {
  name: "compare-providers",
  summary: "Compare how fast models and their providers answer",
  about:
    "Asks several models the same by turns, in changing order, and tells median latency, tokens a second and\n" +
    "success of each, how many times as fast as the slowest it is, and whether a difference from the fastest is\n" +
    `more than chance (Mann–Whitney). Without --models: the first ${MOST} that the server lists. Exits 1 where one\n` +
    "never answers.",
  flags: [
    { name: "models", value: "MODEL", several: true, about: "the models" },
    { name: "iterations", value: "N", about: "requests to each that count (10)" },
    { name: "warmup", value: "N", about: "requests to each before, that do not (1)" },
    ...PROFILE_FLAGS,
  ],
  examples: [
    "gateway compare-providers",
    "gateway compare-providers --models llama3.1:8b qwen-coder-vllm",
    "gateway compare-providers --iterations 20 --export comparison.json",
  ],
  async run(flags, system) {
    const iterations = flagNumber(flags, "iterations", "compare-providers", 10, { min: 1, whole: true });
    const warmup = flagNumber(flags, "warmup", "compare-providers", 1, { min: 0, whole: true });
    const { api, apiName, question, timeoutMs } = askedOf(flags, "compare-providers");
    const target = await targetOf(flags, system);
    const { models, owners } = await modelsOf(flags, target);
    const started = new Date().toISOString();
    const results = await untilStopped(system, (signal) =>
      compareModels({
        target,
        api,
        questions: models.map((model) => question(model, true)),
        owners,
        iterations,
        warmup,
        timeoutMs,
        signal,
        onProgress: (done, of) => system.progress(`request ${done + 1} of ${of}`),
      }));
    const about = { target, api: apiName, iterations, warmup, started };
    await publish(
      {
        json: comparisonJson(results, about),
        page: (data) => comparisonPage(results, about, data),
        lines: () => comparisonLines(results, painter(system)),
      },
      flags,
      system,
    );
    return results.some(({ successRate }) => successRate === 0) ? 1 : 0;
  },
};

function comparisonLines(results: readonly Compared[], paint: Painter): string[] {
  const rows = results.map((result, index) => {
    const [name = "", ...cells] = comparisonCells(result);
    return [paint(result.latency === null ? "red" : index === 0 ? "green" : "bold", name), ...cells];
  });
  const errors = results.flatMap(({ model, calls }) =>
    errorCounts(calls).slice(0, 3).map(({ error, count }) => paint("red", `${model}: ${count} × ${error}`))
  );
  return [
    ...alignedRows([COMPARISON_HEADINGS, ...rows], new Set([2, 3, 4, 5, 6, 7, 8])),
    ...(errors.length === 0 ? [] : ["", ...errors]),
  ];
}

interface ChosenModels {
  readonly models: readonly string[];
  /** Who owns them, as far as the server says. */
  readonly owners: ReadonlyMap<string, string>;
}

async function modelsOf(flags: Flags, target: Target): Promise<ChosenModels> {
  const named = flagValues(flags, "models");
  const caller = new Caller(target);
  try {
    const listed = await listModels(caller, target);
    const owners = new Map(listed.map(({ id, ownedBy }) => [id, ownedBy]));
    return {
      models: named.length > 0 ? [...new Set(named)] : listed.slice(0, MOST).map(({ id }) => id),
      owners,
    };
  } catch (error) {
    // Named ones can be asked without a list.
    if (named.length > 0 && error instanceof ToolError) {
      return { models: [...new Set(named)], owners: new Map() };
    }
    throw error;
  } finally {
    await caller.close();
  }
}
