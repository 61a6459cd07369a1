import { assert, assertEquals } from "@std/assert";
import { PROVIDER_TYPES, providerType } from "../../lib/config/provider_types.ts";
import { CATALOG, CATALOG_ROWS, catalogRow, familyOf } from "../../lib/providers/catalog.ts";
import { sharedFile } from "../wire/shared.ts";

for (const [type, row] of CATALOG_ROWS) {
  Deno.test(`the catalogue's row "${type}" is complete`, () => {
    assert(row.title !== "" && row.system !== "");
    const url = row.baseUrl ?? row.baseUrlExample;
    assert(
      url !== undefined && URL.canParse(url) && !url.endsWith("/"),
      "a base URL, or what one looks like",
    );
    assert(row.baseUrl === null || row.baseUrlExample === undefined);
    assert(Object.keys(row.paths).length > 0);
    const paths = Object.values(row.paths).flatMap((path) =>
      typeof path === "string" ? [path] : [path.whole, path.stream]
    );
    for (const path of paths) assert(/^\^?\/.*[^/]$/.test(path), path);
    for (const operation of Object.values(row.operations ?? {})) {
      assert(/^\^?\/[^/].*[^/]$/.test(operation.path), operation.path);
    }
    const { defaultHeaders } = familyOf(row);
    const forwardHeaders: readonly string[] = [...familyOf(row).forwardHeaders, ...row.forwardHeaders ?? []];
    for (const name of [...forwardHeaders, ...Object.keys(defaultHeaders)]) {
      assertEquals(name, name.toLowerCase());
    }
    assert(!forwardHeaders.some((name) => name === "authorization" || name.endsWith("api-key")));
    assertEquals(new Set(forwardHeaders).size, forwardHeaders.length);
    assertEquals(new Set(row.can).size, row.can.length);
    assert(row.recordings === undefined || row.recordings.length > 0);
  });

  Deno.test({
    name: `the recordings that verify "${type}" are there`,
    ignore: row.recordings === undefined || sharedFile("recordings/") === null,
    fn() {
      for (const prefix of row.recordings ?? []) {
        const [, folder = "", name = ""] = /^(.*?)([^/]*-)?$/.exec(prefix) ?? [];
        const url = sharedFile(`recordings/${folder}`);
        assert(
          url !== null && [...Deno.readDirSync(url)].some((entry) => entry.name.startsWith(name)),
          prefix,
        );
      }
    },
  });
}

Deno.test("the configuration knows the types of the catalogue, and the mock", () => {
  assertEquals(PROVIDER_TYPES, [...CATALOG_ROWS.map(([type]) => type), "mock"]);
  assertEquals(providerType("groq"), {
    variable: "GROQ_API_KEY",
    regionalUrl: null,
    signs: false,
    needsBaseUrl: false,
    baseUrlExample: null,
    hasVersions: false,
    hasHealth: true,
  });
  assertEquals(providerType("mock"), {
    variable: null,
    regionalUrl: null,
    signs: false,
    needsBaseUrl: false,
    baseUrlExample: null,
    hasVersions: false,
    hasHealth: false,
  });
  assertEquals(providerType("azure").hasVersions, true);
  const { variable, needsBaseUrl, baseUrlExample } = providerType("bedrock_openai");
  assertEquals([variable, needsBaseUrl], ["AWS_BEARER_TOKEN_BEDROCK", true]);
  assert(baseUrlExample?.startsWith("https://bedrock-runtime."));
});

Deno.test("catalogRow() is null for a type that is not in the catalogue", () => {
  assertEquals(catalogRow("nobody"), null);
  assertEquals(catalogRow("toString"), null);
  assertEquals(catalogRow("openai"), CATALOG.openai);
});
