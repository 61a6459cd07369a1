import { assert, assertEquals } from "@std/assert";
import { PROVIDER_TYPE_TABLE } from "../../lib/config/provider_types.ts";
import { CATALOG, catalogRow, familyOf, type ProviderRow } from "../../lib/providers/catalog.ts";

const ROWS: readonly (readonly [string, ProviderRow])[] = Object.entries(CATALOG);

for (const [type, row] of ROWS) {
  Deno.test(`the catalogue's row "${type}" is complete`, () => {
    assert(row.title !== "" && row.system !== "");
    assert(row.baseUrl === null || URL.canParse(row.baseUrl));
    assert(Object.keys(row.paths).length > 0);
    const paths = Object.values(row.paths).flatMap((path) =>
      typeof path === "string" ? [path] : [path.whole, path.stream]
    );
    for (const path of paths) assert(path.startsWith("/") && !path.endsWith("/"), path);
    const { forwardHeaders, defaultHeaders } = familyOf(row);
    for (const name of [...forwardHeaders, ...Object.keys(defaultHeaders)]) {
      assertEquals(name, name.toLowerCase());
    }
    assert(!forwardHeaders.some((name) => name === "authorization" || name === "x-api-key"));
  });
}

Deno.test("the catalogue and the configuration know the same types, their keys and who needs a base URL", () => {
  const { mock: _, ...configured } = PROVIDER_TYPE_TABLE;
  const catalogued = ROWS.map(([type, row]) => [
    type,
    { variable: row.keyVariable, needsBaseUrl: row.baseUrl === null },
  ]);
  assertEquals(Object.fromEntries(catalogued), configured);
});

Deno.test("catalogRow() is null for a type that is not in the catalogue", () => {
  assertEquals(catalogRow("nobody"), null);
  assertEquals(catalogRow("toString"), null);
  assertEquals(catalogRow("openai"), CATALOG.openai);
});
