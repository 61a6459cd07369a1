import { assertEquals } from "@std/assert";
import { CATALOG, type CatalogType, type ProviderRow } from "../../lib/providers/catalog.ts";
import { endpointOf, pathFor } from "../../lib/providers/endpoint.ts";
import type { WireFormat } from "../../lib/wire/canonical.ts";

const JOINS: [type: CatalogType, base: string, format: WireFormat, path: string][] = [
  ["openai", "https://api.openai.com/v1", "openai_chat", "/v1/chat/completions"],
  ["openai", "https://api.openai.com/v1/", "openai_chat", "/v1/chat/completions"],
  ["openai", "https://api.openai.com/v1", "openai_responses", "/v1/responses"],
  ["openai", "https://api.openai.com", "openai_chat", "/v1/chat/completions"],
  ["openai", "https://api.openai.com/", "openai_chat", "/v1/chat/completions"],
  ["openai", "https://gateway.test/openai", "openai_chat", "/openai/chat/completions"],
  ["openai_compatible", "https://a.test/v1beta/openai/", "openai_chat", "/v1beta/openai/chat/completions"],
  ["openai_compatible", "https://a.test/v1/chat/completions", "openai_chat", "/v1/chat/completions"],
  ["openai_compatible", "https://a.test/v1/chat/completions/", "openai_chat", "/v1/chat/completions"],
  ["ollama", "http://localhost:11434", "openai_chat", "/v1/chat/completions"],
  ["anthropic", "https://api.anthropic.com", "anthropic_messages", "/v1/messages"],
  ["anthropic", "https://api.anthropic.com/", "anthropic_messages", "/v1/messages"],
  ["anthropic", "https://api.anthropic.com/v1", "anthropic_messages", "/v1/messages"],
  ["anthropic", "https://api.anthropic.com/v1/messages", "anthropic_messages", "/v1/messages"],
  ["anthropic", "https://gateway.test/anthropic", "anthropic_messages", "/anthropic/v1/messages"],
  ["litellm", "http://localhost:4000", "anthropic_messages", "/v1/messages"],
];

for (const [type, base, format, path] of JOINS) {
  Deno.test(`endpointOf() is ${path} for ${type} at ${base}`, () => {
    assertEquals(endpointOf(new URL(base), CATALOG[type])[format], { whole: path, stream: path });
  });
}

const TEMPLATES: ProviderRow = {
  ...CATALOG.openai,
  version: "/v1beta",
  paths: {
    openai_chat: { whole: "/models/{model}:one", stream: "/models/{model}:many?alt=sse" },
    openai_responses: "/deployments/{model}/responses",
  },
};

const PATHS: [
  base: string,
  format: WireFormat,
  stream: boolean,
  model: string,
  query: string,
  path: string,
][] = [
  ["https://a.test", "openai_chat", false, "m-1", "", "/v1beta/models/m-1:one"],
  ["https://a.test/v1beta/", "openai_chat", true, "m", "", "/v1beta/models/m:many?alt=sse"],
  ["https://a.test/v9", "openai_chat", true, "m", "?b=1", "/v9/models/m:many?alt=sse&b=1"],
  ["https://a.test/v9?v=2", "openai_chat", true, "m", "?b=1", "/v9/models/m:many?alt=sse&v=2&b=1"],
  ["https://a.test/v9?v=2", "openai_responses", true, "m", "?", "/v9/deployments/m/responses?v=2"],
  [
    "https://a.test",
    "openai_responses",
    false,
    "a/b:c é?#%",
    "",
    "/v1beta/deployments/a%2Fb%3Ac%20%C3%A9%3F%23%25/responses",
  ],
];

Deno.test("pathFor() puts the model into the path, percent-encoded, and all queries behind it", () => {
  for (const [base, format, stream, model, query, path] of PATHS) {
    const paths = endpointOf(new URL(base), TEMPLATES)[format];
    assertEquals(paths && pathFor(paths, stream, model, query), path);
  }
});

Deno.test("endpointOf() keeps the base URL's query", () => {
  const paths = endpointOf(new URL("https://a.test/v1?api-version=1"), CATALOG.openai).openai_chat;
  assertEquals(paths?.whole, "/v1/chat/completions?api-version=1");
});

Deno.test("endpointOf() joins the paths of operations alike, and takes none of them for the end of a base URL", () => {
  const endpoint = endpointOf(new URL("https://a.test/v1/chat/completions"), CATALOG.openai_compatible);
  assertEquals([endpoint.embeddings?.whole, endpoint.completions?.whole], [
    "/v1/embeddings",
    "/v1/completions",
  ]);
  const anthropic = endpointOf(new URL("https://api.anthropic.com"), CATALOG.anthropic);
  assertEquals([anthropic.count_tokens?.whole, anthropic.embeddings], [
    "/v1/messages/count_tokens",
    undefined,
  ]);
});

Deno.test("endpointOf() puts an operation that is not behind the version in its place", () => {
  for (const base of ["https://api.cohere.ai/compatibility/v1", "https://api.cohere.ai"]) {
    const { rerank, embeddings } = endpointOf(new URL(base), CATALOG.cohere);
    assertEquals([rerank?.whole, embeddings?.whole], ["/v2/rerank", "/compatibility/v1/embeddings"]);
  }
});

Deno.test("pathFor() puts what comes behind an operation's path before the query", () => {
  const { files } = endpointOf(new URL("https://a.test/v1?api-version=1"), CATALOG.openai);
  const paths = files ?? { whole: "", stream: "" };
  assertEquals(pathFor(paths, false, "", "?limit=2", "/file-1"), "/v1/files/file-1?api-version=1&limit=2");
  assertEquals(pathFor(paths, false, "", ""), "/v1/files?api-version=1");
});
