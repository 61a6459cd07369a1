/** Who decides on sampling: every value of each variable with every value of the others, over each kind of file. */
import { assertEquals } from "@std/assert";
import { loadText } from "./load_text.ts";

const TYPES = [
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;

const SAMPLERS: readonly (string | undefined)[] = [
  ...[undefined, "", "  "],
  ...TYPES,
  ...["ALWAYS_ON", " ParentBased_TraceIdRatio "],
  ...["jaeger_remote", "parentbased_jaeger_remote", "xray", "consistent_probability", "probability", "1"],
];
const RATES: readonly (string | undefined)[] = [
  ...[undefined, "", " "],
  ...["0", "1", "0.25", "1e-3", " 0.5 ", ".5"],
  ...["1.01", "-0.1", "-1", "half", "NaN", "Infinity", "1e99", "0x1", "0b1", "50%", "0,5", "1 1"],
];
const FILES: readonly (readonly [tracing: string, type: string, rate: number])[] = [
  ["{}", "parentbased_always_on", 1],
  ["{ sampler: { type: never } }", "always_off", 1],
  ["{ sampling: { type: probabilistic, rate: 0.1 } }", "parentbased_traceidratio", 0.1],
];

type Read = "unset" | "bad" | number;

/** By the specification's rule for numbers: decimal, and within the range. */
function read(text: string | undefined): Read {
  const given = text?.trim() ?? "";
  if (given === "") return "unset";
  const plain = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(given);
  return plain && Number(given) >= 0 && Number(given) <= 1 ? Number(given) : "bad";
}

const NO_RATE = (name: string) => `${name} is ignored: expected a number from 0 to 1`;

/** What names.md says, written down once more. */
function expected(
  file: (typeof FILES)[number],
  sampler: string | undefined,
  argument: string | undefined,
  simple: string | undefined,
): { readonly type: string; readonly rate: number; readonly warnings: readonly string[] } {
  const given = sampler?.trim().toLowerCase() ?? "";
  const known = TYPES.find((type) => type === given);
  const warnings = given !== "" && known === undefined
    ? [`OTEL_TRACES_SAMPLER is ignored: expected ${TYPES.join(", ")}`]
    : [];
  const ratio = read(simple);
  if (known !== undefined) {
    // Set at all, it stands in nobody's way, and whoever set it hears so.
    if (ratio !== "unset") warnings.push("LLMROUTER_OTEL_SAMPLE_RATE is ignored: OTEL_TRACES_SAMPLER is set");
    if (!known.endsWith("traceidratio")) return { type: known, rate: 1, warnings };
    const rate = read(argument);
    if (rate === "bad") warnings.push(NO_RATE("OTEL_TRACES_SAMPLER_ARG"));
    return { type: known, rate: typeof rate === "number" ? rate : 1, warnings };
  }
  if (typeof ratio === "number") return { type: "parentbased_traceidratio", rate: ratio, warnings };
  if (ratio === "bad") warnings.push(NO_RATE("LLMROUTER_OTEL_SAMPLE_RATE"));
  return { type: file[1], rate: file[2], warnings };
}

for (const file of FILES) {
  Deno.test(`OTEL_TRACES_SAMPLER, its argument and LLMROUTER_OTEL_SAMPLE_RATE over a file with ${file[0]}`, () => {
    const config = `observability: { tracing: ${file[0]} }`;
    for (const sampler of SAMPLERS) {
      for (const argument of RATES) {
        for (const simple of RATES) {
          const env: Record<string, string> = {};
          if (sampler !== undefined) env["OTEL_TRACES_SAMPLER"] = sampler;
          if (argument !== undefined) env["OTEL_TRACES_SAMPLER_ARG"] = argument;
          if (simple !== undefined) env["LLMROUTER_OTEL_SAMPLE_RATE"] = simple;
          const { observability, warnings } = loadText(config, { env }).config;
          assertEquals(
            { ...observability.tracing.sampler, warnings },
            expected(file, sampler, argument, simple),
            JSON.stringify(env),
          );
        }
      }
    }
  });
}
