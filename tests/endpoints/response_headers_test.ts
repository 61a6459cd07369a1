import { assertEquals } from "@std/assert";
import { responseHeaders } from "../../lib/endpoints/response_headers.ts";
import { addHeader } from "../../lib/stages/add_header.ts";
import type { UpstreamHeaders } from "../../lib/providers/provider.ts";
import { addedHeaders, arrived } from "../middleware/arrived.ts";

function upstream(headers: Record<string, string>): UpstreamHeaders {
  return { get: (name) => headers[name] ?? null, entries: () => Object.entries(headers) };
}

Deno.test("responseHeaders() names the content type alone, and forwards what a provider says of its limits", () => {
  const table: [Record<string, string>, Record<string, string>][] = [
    [{ "x-request-id": "upstream", "set-cookie": "a=b" }, {}],
    [
      { "x-ratelimit-limit-requests": "10", "x-ratelimit-remaining-tokens": "5", "x-ratelimit-other": "1" },
      { "x-ratelimit-limit-requests": "10", "x-ratelimit-remaining-tokens": "5" },
    ],
    [
      { "anthropic-ratelimit-requests-limit": "10", "anthropic-ratelimit-input-tokens-reset": "t" },
      { "anthropic-ratelimit-requests-limit": "10", "anthropic-ratelimit-input-tokens-reset": "t" },
    ],
  ];
  for (const [headers, forwarded] of table) {
    const exchange = arrived();
    const made = responseHeaders(exchange, "application/json", upstream(headers));
    assertEquals(made, { "content-type": "application/json" });
    assertEquals(addedHeaders(exchange), forwarded);
  }
  assertEquals(responseHeaders(arrived(), "text/event-stream", null), {
    "content-type": "text/event-stream",
  });
  assertEquals(responseHeaders(arrived(), "text/plain", null), { "content-type": "text/plain" });
});

Deno.test("addHeader() adds to whatever is answered", () => {
  const exchange = arrived();
  addHeader(exchange, "a", "1");
  addHeader(exchange, "b", "2");
  assertEquals(exchange.answerHeaders, ["a", "1", "b", "2"]);
});
