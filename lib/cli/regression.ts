import { count } from "../tools/format.ts";
import { type Json, parseJson } from "../tools/json.ts";
import { reasonOf } from "../tools/logs/log_lines.ts";
import { type Change, compareProfiles } from "../tools/profiling/regression.ts";
import { rounded } from "../tools/rounded.ts";
import { ToolError } from "../tools/tool_error.ts";
import { UsageError } from "./args.ts";
import { painter } from "./colour.ts";
import { type Command, flagNumber, flagValue, flagValues } from "./command.ts";
import type { System } from "./system.ts";
import { alignedRows } from "./table.ts";
import { JSON_FLAG } from "./target_flags.ts";

export const regression: Command = {
  name: "regression",
  summary: "Compare two profiles and fail where the second is worse",
  about:
    "Compares two files that profile-latency, profile-throughput or compare-providers exported. Exits 1 where the\n" +
    "deciding figure (or, of comparisons, a model's median, or the success rate) is worse by more than the\n" +
    "threshold, 2 where the files cannot be compared.",
  operand: { name: "files", value: "BASELINE CURRENT", several: true, about: "the two files" },
  flags: [
    { name: "threshold", value: "PERCENT", about: "how much worse it may be (15)" },
    {
      name: "metric",
      value: "NAME",
      about: "the figure of .summary that decides (p95_latency_ms; of throughput requests_per_second)",
    },
    JSON_FLAG,
  ],
  examples: [
    "gateway regression previous-baseline.json baseline-latency.json",
    "gateway regression before.json after.json --threshold 10 --metric p50_ttfb_ms",
  ],
  run(flags, system) {
    const [baseline, current, ...more] = flagValues(flags, "files");
    if (baseline === undefined || current === undefined || more.length > 0) {
      throw new UsageError("two files are expected: gateway regression BASELINE CURRENT", "regression");
    }
    const threshold = flagNumber(flags, "threshold", "regression", 15, { min: 0 });
    const metric = flagValue(flags, "metric");
    const changes = compareProfiles(
      readProfile(baseline, system),
      readProfile(current, system),
      metric,
      threshold,
    );
    const regressed = changes.filter((change) => change.regressed);
    if (flags.has("json")) {
      const rows = changes.map(({ worse, p, ...rest }) => ({ ...rest, worse_percent: worse, p_value: p }));
      system.out(
        JSON.stringify(rounded({ threshold, regressed: regressed.length > 0, changes: rows }), null, 2),
      );
    } else {
      for (const line of changeLines(changes, threshold, system)) system.out(line);
    }
    return Promise.resolve(regressed.length > 0 ? 1 : 0);
  },
};

function changeLines(changes: readonly Change[], threshold: number, system: System): string[] {
  const paint = painter(system);
  const rows = changes.map(({ name, before, now, worse, regressed, p }) => {
    const text = `${worse > 0 ? "+" : ""}${count(worse, 1)} %`;
    return [
      name,
      count(before, 2),
      count(now, 2),
      regressed ? paint("red", text) : worse < 0 ? paint("green", text) : text,
      p === null ? "" : p < 0.001 ? "< 0.001" : p.toFixed(3),
    ];
  });
  const regressed = changes.filter((change) => change.regressed);
  const verdict = regressed.length === 0 ? paint("green", `no regression beyond ${threshold} %`) : paint(
    "red",
    `PERFORMANCE REGRESSION: ${
      regressed.map(({ name, worse }) => `${name} is ${count(worse, 1)} % worse`).join(", ")
    } (threshold ${threshold} %)`,
  );
  return [
    ...alignedRows([["FIGURE", "BASELINE", "CURRENT", "WORSE BY", "P"], ...rows], new Set([1, 2, 3, 4])),
    "",
    verdict,
  ];
}

function readProfile(path: string, system: System): Record<string, Json> {
  let text;
  try {
    text = system.readFile(path);
  } catch (error) {
    throw new ToolError(`${path} cannot be read: ${reasonOf(error)}`, 2);
  }
  const profile = parseJson(text);
  if (profile === null) throw new ToolError(`${path} is no JSON object`, 2);
  return profile;
}
