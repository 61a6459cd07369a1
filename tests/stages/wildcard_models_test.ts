import { assertEquals } from "@std/assert";
import type { ModelEntry, Target } from "../../lib/stages/model_table.ts";
import { WildcardModels, withWildcards } from "../../lib/stages/wildcard_models.ts";

function entry(name: string, ...models: readonly string[]): [string, ModelEntry] {
  const targets = models.map((model) => ({ model, weight: 1, timeouts: {} }) as unknown as Target);
  return [name, { name, targets, missing: [], created: 0 }];
}

const TABLE = withWildcards(
  new Map([
    entry("*", "any/*"),
    entry("openai/*", "*", "gpt/*-eu"),
    entry("openai/gpt-*", "fixed"),
    entry("openai/gpt-4o", "exact"),
  ]),
);

for (
  const [asked, expected] of [
    ["openai/gpt-4o", ["exact"]],
    ["openai/gpt-4.1", ["fixed"]],
    ["openai/o3", ["o3", "gpt/o3-eu"]],
    ["openai/", ["any/openai/"]],
    ["mistral", ["any/mistral"]],
    ["a$&b", ["any/a$&b"]],
    ["openai/*", undefined],
    ["", undefined],
  ] as const
) {
  Deno.test(`WildcardModels answers ${JSON.stringify(asked)} with ${JSON.stringify(expected ?? null)}`, () => {
    const found = TABLE.get(asked);
    assertEquals(
      found?.targets.map(({ model }) => model),
      expected === undefined ? undefined : [...expected],
    );
    if (found !== undefined) assertEquals(found.name, asked);
  });
}

Deno.test("WildcardModels lists no wildcard, and stays the same table where it is asked again", () => {
  assertEquals([...TABLE.keys()], ["openai/gpt-4o"]);
  if (!(TABLE instanceof WildcardModels)) throw new Error("Expected a table with wildcards");
  assertEquals(TABLE.wildcards.map(({ name }) => name), ["openai/gpt-*", "openai/*", "*"]);
  assertEquals(TABLE.with([entry("auto", "a")]).get("openai/o3")?.name, "openai/o3");
  assertEquals(TABLE.get("openai/o3"), TABLE.get("openai/o3"));
});

Deno.test("withWildcards() leaves a table without wildcards as it is", () => {
  const table = new Map([entry("a", "b")]);
  assertEquals(withWildcards(table), table);
});
