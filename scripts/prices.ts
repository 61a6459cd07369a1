// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * `deno run -A scripts/prices.ts FILE DATE SOURCE`: makes the shipped table of prices,
 * lib/telemetry/cost/price_table.json, of a file in the form of LiteLLM's `model_prices_and_context_window.json`.
 */
import { PRICE_COLUMNS } from "../lib/telemetry/cost/price.ts";

interface SourceRow {
  readonly litellm_provider?: string;
  readonly [field: string]: unknown;
}

/** The source's providers, as types of the catalogue; where a type has several, the first that names a model counts. */
const PROVIDERS: Readonly<Record<string, readonly string[]>> = {
  openai: ["openai"],
  anthropic: ["anthropic"],
  azure: ["azure"],
  bedrock: ["bedrock_converse", "bedrock"],
  bedrock_openai: ["bedrock_converse", "bedrock"],
  gemini: ["gemini"],
  vertex: ["vertex_ai-language-models"],
  vertex_openai: ["vertex_ai-language-models"],
  mistral: ["mistral"],
  groq: ["groq"],
  deepseek: ["deepseek"],
  xai: ["xai"],
  together: ["together_ai"],
  fireworks: ["fireworks_ai"],
  perplexity: ["perplexity"],
  cerebras: ["cerebras"],
  nvidia: ["nvidia_nim"],
  cohere: ["cohere_chat", "cohere"],
  moonshot: ["moonshot"],
};

/** The source's fields, by our columns. */
const FIELDS: Readonly<Record<typeof PRICE_COLUMNS[number], string>> = {
  input: "input_cost_per_token",
  output: "output_cost_per_token",
  cached_input: "cache_read_input_token_cost",
  cache_write: "cache_creation_input_token_cost",
  reasoning: "output_cost_per_reasoning_token",
  long_input: "input_cost_per_token_above_200k_tokens",
  long_output: "output_cost_per_token_above_200k_tokens",
};

const [file, date, source] = Deno.args;
if (file === undefined || date === undefined || source === undefined) {
  console.error("usage: deno run -A scripts/prices.ts FILE DATE SOURCE");
  Deno.exit(2);
}
const rows = Object.entries(JSON.parse(await Deno.readTextFile(file)) as Record<string, SourceRow>);
const prices: Record<string, Record<string, (number | null)[]>> = {};
for (const [type, names] of Object.entries(PROVIDERS)) {
  const models: Record<string, (number | null)[]> = {};
  for (const name of names) {
    for (const [key, row] of rows) {
      if (row.litellm_provider !== name) continue;
      const model = key.replace(
        /^(bedrock|azure|cohere|cerebras|deepseek|fireworks_ai|gemini|groq|mistral|moonshot|nvidia_nim|perplexity|together_ai|vertex_ai|xai)\//,
        "",
      );
      const columns = PRICE_COLUMNS.map((column) => perMillion(row[FIELDS[column]]));
      while (columns.at(-1) === null) columns.pop();
      if (columns.length > 0) models[model] ??= columns;
    }
  }
  prices[type] = Object.fromEntries(Object.entries(models).sort(([a], [b]) => a < b ? -1 : 1));
}
const lines = Object.entries(prices).map(([type, models]) => {
  const entries = Object.entries(models).map(([model, row]) =>
    `      ${JSON.stringify(model)}: ${JSON.stringify(row)}`
  );
  return `    ${JSON.stringify(type)}: {\n${entries.join(",\n")}\n    }`;
});
const text = `{\n  "source": ${JSON.stringify(source)},\n  "date": ${JSON.stringify(date)},\n  "columns": ${
  JSON.stringify(PRICE_COLUMNS)
},\n  "prices": {\n${lines.join(",\n")}\n  }\n}\n`;
await Deno.writeTextFile(new URL("../lib/telemetry/cost/price_table.json", import.meta.url), text);
console.log(
  `wrote lib/telemetry/cost/price_table.json: ${
    Object.values(prices).map((it) => Object.keys(it).length).reduce((a, b) => a + b)
  } models`,
);

/** US dollars for a million tokens, without the noise of binary fractions. */
function perMillion(perToken: unknown): number | null {
  return typeof perToken === "number" ? Number((perToken * 1e6).toPrecision(10)) : null;
}
