import { assertEquals } from "@std/assert";
import { CATALOG_ROWS } from "../../lib/providers/catalog.ts";
import { shippedFacts } from "../../lib/providers/model_facts.ts";
import table from "../../lib/providers/model_facts_table.json" with { type: "json" };

Deno.test("shippedFacts() knows what chats, how much it reads and what it can do", () => {
  assertEquals(shippedFacts("openai", "gpt-4o"), {
    chats: true,
    contextLength: 128_000,
    can: new Set(["tools", "vision", "json"]),
  });
  assertEquals(shippedFacts("openai", "text-embedding-3-small")?.chats, false);
  for (const [type, model] of [["openai", "absent"], ["absent", "gpt-4o"], ["openai", "constructor"]]) {
    assertEquals(shippedFacts(type ?? "", model ?? ""), null);
  }
});

Deno.test("the table of facts says where it is from, and its types are the catalogue's", () => {
  assertEquals(table.source !== "" && /^\d{4}-\d{2}$/.test(table.date), true);
  const types = new Set<string>(CATALOG_ROWS.map(([name]) => name));
  assertEquals(Object.keys(table.models).filter((type) => !types.has(type)), []);
});
