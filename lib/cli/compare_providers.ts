import { exportTo } from "../tools/export.ts";
import { Caller } from "../tools/http/caller.ts";
import { listModels } from "../tools/models.ts";
import { compareModels } from "../tools/profiling/comparison.ts";
import {
  COMPARISON_HEADINGS,
  comparisonCells,
  comparisonJson,
  comparisonPage,
} from "../tools/profiling/comparison_report.ts";
import { errorCounts } from "../tools/profiling/latency_json.ts";
import { rounded } from "../tools/rounded.ts";
import type { Target } from "../tools/target.ts";
import { painter } from "./colour.ts";
import { type Command, flagNumber, type Flags, flagValue, flagValues } from "./command.ts";
import { askedOf, PROFILE_FLAGS } from "./profile_flags.ts";
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
    const models = await modelsOf(flags, target);
    const started = new Date().toISOString();
    const ending = new AbortController();
    const release = system.onStop(() => ending.abort());
    let results;
    try {
      results = await compareModels({
        target,
        api,
        questions: models.map((model) => question(model, true)),
        iterations,
        warmup,
        timeoutMs,
        signal: ending.signal,
        onProgress: (done, of) => system.progress(`request ${done + 1} of ${of}`),
      });
    } finally {
      system.progress(null);
      release();
    }
    const about = { target, api: apiName, iterations, warmup, started };
    const exported = comparisonJson(results, about);
    const file = flagValue(flags, "export");
    if (file !== null) {
      await exportTo(file, exported, () => comparisonPage(results, about, rounded(exported)));
    }
    if (flags.has("json")) system.out(JSON.stringify(rounded(exported), null, 2));
    else {
      const paint = painter(system);
      const rows = results.map((result, index) => {
        const [name = "", ...cells] = comparisonCells(result);
        return [paint(result.latency === null ? "red" : index === 0 ? "green" : "bold", name), ...cells];
      });
      const right = new Set([2, 3, 4, 5, 6, 7, 8]);
      for (const line of alignedRows([COMPARISON_HEADINGS, ...rows], right)) system.out(line);
      for (const { model, calls } of results) {
        for (const { error, count } of errorCounts(calls).slice(0, 3)) {
          system.out(paint("red", `\n${model}: ${count} × ${error}`));
        }
      }
      if (file !== null) system.out(`\nwritten to ${file}`);
    }
    return results.some(({ successRate }) => successRate === 0) ? 1 : 0;
  },
};

async function modelsOf(flags: Flags, target: Target): Promise<string[]> {
  const named = flagValues(flags, "models");
  if (named.length > 0) return [...new Set(named)];
  const caller = new Caller(target.url);
  try {
    return (await listModels(caller, target)).slice(0, MOST).map(({ id }) => id);
  } finally {
    await caller.close();
  }
}
