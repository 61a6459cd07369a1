// deno-lint-ignore-file no-console -- its output is what it is for
/**
 * `deno run -A scripts/prices.ts FILE DATE SOURCE`: makes the shipped tables of prices and of what models can do,
 * lib/telemetry/cost/price_table.json and lib/providers/model_facts_table.json, of a file in the form of LiteLLM's
 * `model_prices_and_context_window.json`.
 */
import { FLAGS } from "../lib/providers/model_facts.ts";
import { PRICE_COLUMNS } from "../lib/telemetry/cost/price.ts";
import { byProvider, type SourceRow, tableText } from "./price_source.ts";

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

/** The same of what models can do. */
const SUPPORTS: Readonly<Record<keyof typeof FLAGS, string>> = {
  tools: "supports_function_calling",
  vision: "supports_vision",
  json: "supports_response_schema",
  reasoning: "supports_reasoning",
};

const CHATS = new Set(["chat", "completion", "responses"]);

const [file, date, source] = Deno.args;
if (file === undefined || date === undefined || source === undefined) {
  console.error("usage: deno run -A scripts/prices.ts FILE DATE SOURCE");
  Deno.exit(2);
}
const rows = JSON.parse(await Deno.readTextFile(file)) as Record<string, SourceRow>;
await write("telemetry/cost/price_table.json", { source, date, columns: PRICE_COLUMNS }, "prices", prices);
await write("providers/model_facts_table.json", { source, date }, "models", facts);

async function write(
  path: string,
  head: Readonly<Record<string, unknown>>,
  name: string,
  read: (row: SourceRow) => unknown,
): Promise<void> {
  const table = byProvider(rows, read);
  await Deno.writeTextFile(
    new URL(`../lib/${path}`, import.meta.url),
    tableText(head, name, table as Record<string, Record<string, unknown>>),
  );
  const count = Object.values(table).reduce((sum, models) => sum + Object.keys(models).length, 0);
  console.log(`wrote lib/${path}: ${count} models`);
}

function prices(row: SourceRow): unknown {
  const columns = PRICE_COLUMNS.map((column) => perMillion(row[FIELDS[column]]));
  while (columns.at(-1) === null) columns.pop();
  return columns.length > 0 ? columns : null;
}

/** Context and letters; 0 for what does not chat. */
function facts(row: SourceRow): unknown {
  if (!CHATS.has(row.mode ?? "")) return 0;
  const context = row["max_input_tokens"];
  const letters = Object.entries(FLAGS).map(([name, letter]) =>
    row[SUPPORTS[name as keyof typeof FLAGS]] === true ? letter : ""
  );
  return [typeof context === "number" ? context : null, letters.join("")];
}

/** US dollars for a million tokens, without the noise of binary fractions. */
function perMillion(perToken: unknown): number | null {
  return typeof perToken === "number" ? Number((perToken * 1e6).toPrecision(10)) : null;
}
