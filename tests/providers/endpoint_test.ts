import { assertEquals } from "@std/assert";
import { CATALOG, type CatalogType } from "../../lib/providers/catalog.ts";
import { endpointOf } from "../../lib/providers/endpoint.ts";
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
    assertEquals(endpointOf(new URL(base), CATALOG[type]).paths[format], path);
  });
}

Deno.test("endpointOf() keeps the base URL's query", () => {
  assertEquals(
    endpointOf(new URL("https://a.test/v1?api-version=1"), CATALOG.openai).query,
    "?api-version=1",
  );
  assertEquals(endpointOf(new URL("https://a.test/v1"), CATALOG.openai).query, "");
});
