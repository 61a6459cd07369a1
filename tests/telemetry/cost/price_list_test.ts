import { assert, assertEquals } from "@std/assert";
import { buildPrices } from "../../../lib/assembly/prices.ts";
import { CATALOG_ROWS, catalogRow, modelsOf } from "../../../lib/providers/catalog.ts";
import type { Price } from "../../../lib/telemetry/cost/price.ts";
import { PriceList, shippedPrice } from "../../../lib/telemetry/cost/price_list.ts";
import { loadText } from "../../config/load_text.ts";
import table from "../../../lib/telemetry/cost/price_table.json" with { type: "json" };

const MINI = { input: 0.15, output: 0.6, cached_input: 0.075 };
const OWN: Price = {
  input: 1,
  output: 2,
  cached_input: null,
  cache_write: null,
  reasoning: null,
  long_input: null,
  long_output: null,
};

Deno.test("the shipped table says where it is from, and has no price that is none", () => {
  assert(/^\d{4}-\d{2}$/.test(table.date) && table.source !== "");
  for (const [type, models] of Object.entries(table.prices)) {
    assert(Object.keys(models).length > 0, `${type} has no models`);
    for (const [model, row] of Object.entries(models)) {
      assert((row as (number | null)[]).every((price) => price === null || price >= 0), `${type}/${model}`);
    }
  }
});

Deno.test("shipped prices stand under types of the catalogue, where those that serve the same models find them", () => {
  for (const type of Object.keys(table.prices)) assertEquals([type, modelsOf(type)], [type, type]);
  for (const type of Object.keys(table.prices)) assert(catalogRow(type) !== null, type);
  for (const [type, row] of CATALOG_ROWS) {
    const { modelsOf } = row;
    if (modelsOf !== undefined) assert(Object.hasOwn(table.prices, modelsOf), `${type} names ${modelsOf}`);
  }
  const { config } = loadText(`
providers: { google: { type: gemini_interactions, api_key: k } }
models: { m: google/gemini-2.5-flash }
`);
  assertEquals(
    buildPrices(config).find("google", "gemini-2.5-flash"),
    shippedPrice("gemini", "gemini-2.5-flash"),
  );
  assert(shippedPrice("gemini", "gemini-2.5-flash") !== null);
});

Deno.test("shippedPrice() knows models by their provider's type", () => {
  const { input, output, cached_input } = shippedPrice("openai", "gpt-4o-mini") ?? OWN;
  assertEquals({ input, output, cached_input }, MINI);
  assertEquals(shippedPrice("anthropic", "claude-sonnet-4-5")?.cache_write, 3.75);
  for (
    const [type, model] of [["openai", "nobody's"], ["vllm", "gpt-4o-mini"], ["openai", "toString"], [
      "toString",
      "x",
    ]]
  ) {
    assertEquals(shippedPrice(type ?? "", model ?? ""), null);
  }
});

Deno.test("PriceList prefers configured prices, at that provider alone", () => {
  const list = new PriceList(
    [{ name: "a", type: "openai" }, { name: "b", type: "openai" }, { name: "local", type: "vllm" }],
    new Map([["a/gpt-4o-mini", OWN], ["local/x/y", OWN]]),
  );
  assertEquals(list.find("a", "gpt-4o-mini"), OWN);
  assertEquals(list.find("b", "gpt-4o-mini")?.input, 0.15);
  assertEquals(list.find("local", "x/y"), OWN);
  assertEquals(list.find("local", "gpt-4o-mini"), null);
  assertEquals(list.find("nobody", "gpt-4o-mini"), null);
  assertEquals(list.find("b", "gpt-4o-mini") === list.find("b", "gpt-4o-mini"), true);
});
