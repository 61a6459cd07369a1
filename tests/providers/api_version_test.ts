import { assertEquals } from "@std/assert";
import { atApiVersion } from "../../lib/providers/api_version.ts";
import { CATALOG } from "../../lib/providers/catalog.ts";
import { endpointOf, pathFor } from "../../lib/providers/endpoint.ts";
import type { WireFormat } from "../../lib/wire/canonical.ts";

const DATED = "/openai/deployments/prod/chat/completions?api-version=2024-10-21";

const PATHS: [base: string, version: string | null, format: WireFormat, path: string][] = [
  ["https://r.openai.azure.com", null, "openai_chat", "/openai/v1/chat/completions"],
  ["https://r.openai.azure.com/openai/v1/", null, "openai_chat", "/openai/v1/chat/completions"],
  ["https://r.openai.azure.com", null, "openai_responses", "/openai/v1/responses"],
  ["https://r.openai.azure.com", "preview", "openai_chat", "/openai/v1/chat/completions?api-version=preview"],
  ["https://r.openai.azure.com", "2024-10-21", "openai_chat", DATED],
  ["https://r.openai.azure.com/openai", "2024-10-21", "openai_chat", DATED],
  ["https://r.openai.azure.com?api-version=2024-10-21", null, "openai_chat", DATED],
  // As the portal shows it; the model's own name counts.
  [
    "https://r.openai.azure.com/openai/deployments/other/chat/completions?api-version=2024-10-21",
    null,
    "openai_chat",
    DATED,
  ],
  ["https://r.openai.azure.com?api-version=2023-05-15", "2024-10-21", "openai_chat", DATED],
  [
    "https://r.openai.azure.com",
    "2025-04-01-preview",
    "openai_responses",
    "/openai/responses?api-version=2025-04-01-preview",
  ],
  ["https://apim.test/ai", "2024-10-21", "openai_chat", `/ai${DATED}`],
];

for (const [base, version, format, path] of PATHS) {
  Deno.test(`Azure at ${base}, version ${version}, has ${format} at ${path}`, () => {
    const { row, baseUrl } = atApiVersion(CATALOG.azure, new URL(base), version);
    const paths = endpointOf(baseUrl, row)[format];
    assertEquals(paths && pathFor(paths, false, "prod", ""), path);
  });
}

Deno.test("operations of a dated version go to the deployment", () => {
  const { row, baseUrl } = atApiVersion(CATALOG.azure, new URL("https://r.openai.azure.com"), "2024-10-21");
  const { embeddings, files, audio } = endpointOf(baseUrl, row);
  const version = "?api-version=2024-10-21";
  const none = { whole: "", stream: "" };
  assertEquals(pathFor(embeddings ?? none, false, "e", ""), `/openai/deployments/e/embeddings${version}`);
  assertEquals(
    pathFor(audio ?? none, false, "w", "", "/transcriptions"),
    `/openai/deployments/w/audio/transcriptions${version}`,
  );
  assertEquals(pathFor(files ?? none, false, "", "", "/file-1"), `/openai/files/file-1${version}`);
});

Deno.test("atApiVersion() leaves a row without versions alone", () => {
  const base = new URL("https://a.test/v1?api-version=2024-10-21");
  assertEquals(atApiVersion(CATALOG.openai, base, null), { row: CATALOG.openai, baseUrl: base });
});
