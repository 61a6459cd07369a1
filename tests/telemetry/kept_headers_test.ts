import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { keptHeaders } from "../../lib/telemetry/kept_headers.ts";
import { Redactor } from "../../lib/telemetry/redaction.ts";

const redactor = new Redactor({ paths: [], keys: ["x-tenant"] });

function kept(headers: HeadersInit): Record<string, string> {
  const list = keptHeaders(new Headers(headers), redactor);
  return Object.fromEntries(list.flatMap((name, i) => i % 2 === 0 ? [[name, list[i + 1] ?? ""]] : []));
}

Deno.test("keptHeaders() keeps what is asked for and masks who asks", () => {
  const shown = {
    "accept": "application/json",
    "anthropic-version": "2023-06-01",
    "idempotency-key": "again-1",
    "traceparent": "00-5d8a7c3f2e1b9a8c7d6e5f4a3b2c1d0e-1a2b3c4d5e6f7a8b-01",
    "user-agent": "curl/8.9.1",
    "x-ratelimit-remaining-tokens": "12",
  };
  assertEquals(kept(shown), shown);
  for (
    const name of [
      "authorization",
      "proxy-authorization",
      "cookie",
      "set-cookie",
      "x-api-key",
      "api-key",
      "x-goog-api-key",
      "x-gateway-key",
      "ocp-apim-subscription-key",
      "x-auth-token",
      "x-amz-security-token",
      "x-client-secret",
      "x-goog-iap-jwt-assertion",
      "x-amzn-oidc-data",
      "x-tenant",
    ]
  ) assertEquals(kept({ [name]: "hunter2" }), { [name]: "***" }, name);
});

Deno.test("keptHeaders() masks what looks like a secret, and queries of addresses", () => {
  assertEquals(
    kept({ "x-note": "use sk-abcdefghijklmnopqrstuv", "referer": "https://a.example/b?key=hunter2&c=d" }),
    { "referer": "https://a.example/b?***", "x-note": "use ***" },
  );
  assertEquals(kept({ "sec-ch-ua-mobile": "?0" }), { "sec-ch-ua-mobile": "?0" });
  // The cut is behind what looks like a secret, not in it.
  const long = kept({ "x-note": `${"a ".repeat(120)}Bearer ${"s3cret".repeat(20)}` });
  assert(!JSON.stringify(long).includes("s3cret"));
});

Deno.test("keptHeaders() is bounded whatever is sent, and gives pairs", () => {
  const names = fc.stringMatching(/^x-[a-z]{1,100}$/);
  const headers = fc.array(fc.tuple(names, fc.stringMatching(/^[!-~]{0,5000}$/)), { maxLength: 200 });
  fc.assert(
    fc.property(headers, (pairs) => {
      const list = keptHeaders(new Headers(pairs), redactor);
      assertEquals(list.length % 2, 0);
      assert(list.length <= 128);
      assert(list.join("").length <= 4096);
    }),
    { numRuns: 30 },
  );
  const many = keptHeaders(new Headers(Array.from({ length: 100 }, (_, i) => [`x-${i}`, "1"])), redactor);
  assertEquals(many.length, 128);
});
