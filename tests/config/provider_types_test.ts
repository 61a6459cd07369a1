import { assertEquals } from "@std/assert";
import { PROVIDER_TYPE_TABLE, PROVIDER_TYPES } from "../../lib/config/provider_types.ts";
import { CATALOG } from "../../lib/providers/catalog.ts";

Deno.test("the configuration knows the types of the catalogue, and the mock", () => {
  assertEquals(new Set<string>(PROVIDER_TYPES), new Set([...Object.keys(CATALOG), "mock"]));
});

for (const [name, { keyVariable, baseUrl }] of Object.entries(CATALOG)) {
  Deno.test(`the configuration knows what the catalogue says of ${name}`, () => {
    const { variable, needsBaseUrl } = PROVIDER_TYPE_TABLE[name as keyof typeof CATALOG];
    assertEquals({ variable, needsBaseUrl }, { variable: keyVariable, needsBaseUrl: baseUrl === null });
  });
}
