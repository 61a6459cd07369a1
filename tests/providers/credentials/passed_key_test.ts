import { assert, assertEquals } from "@std/assert";
import type { AuthScheme } from "../../../lib/providers/catalog.ts";
import { PassedKey } from "../../../lib/providers/credentials/passed_key.ts";
import type { Dialect } from "../../../lib/telemetry/exchange.ts";

const ORIGIN = "https://provider.test";

const CASES: {
  name: string;
  headers: Record<string, string>;
  taken?: string;
  dialect?: Dialect;
  scheme?: AuthScheme;
  query?: string;
  sent: string[] | null;
}[] = [
  { name: "a bearer token", headers: { authorization: "Bearer k-1" }, sent: ["authorization", "Bearer k-1"] },
  {
    name: "any case of it",
    headers: { authorization: "bearer   k-1" },
    sent: ["authorization", "Bearer k-1"],
  },
  { name: "x-api-key", headers: { "x-api-key": "k-1" }, sent: ["authorization", "Bearer k-1"] },
  { name: "x-goog-api-key", headers: { "x-goog-api-key": "k-1" }, sent: ["authorization", "Bearer k-1"] },
  { name: "api-key", headers: { "api-key": "k-1" }, scheme: "api-key", sent: ["api-key", "k-1"] },
  { name: "nothing", headers: {}, sent: null },
  { name: "other credentials", headers: { authorization: "Basic dTpw" }, sent: null },
  { name: "an empty key", headers: { "x-api-key": "" }, sent: null },
  { name: "a key beyond reason", headers: { "x-api-key": "k".repeat(20_000) }, sent: null },
  {
    name: "the gateway's own key alone",
    headers: { authorization: "Bearer gateway" },
    taken: "authorization",
    sent: null,
  },
  {
    name: "a key beside the gateway's own",
    headers: { authorization: "Bearer gateway", "x-api-key": "k-1" },
    taken: "authorization",
    sent: ["authorization", "Bearer k-1"],
  },
  {
    name: "an OpenAI client's key for a provider that takes x-api-key",
    headers: { authorization: "Bearer k-1" },
    scheme: "x-api-key",
    sent: ["x-api-key", "k-1"],
  },
  {
    name: "an Anthropic client's token, which stays where it is",
    headers: { authorization: "Bearer k-1" },
    dialect: "anthropic",
    scheme: "x-api-key",
    sent: ["authorization", "Bearer k-1"],
  },
  {
    name: "a Google client's token, which stays where it is",
    headers: { authorization: "Bearer k-1" },
    dialect: "google",
    scheme: "x-goog-api-key",
    sent: ["authorization", "Bearer k-1"],
  },
];

for (const { name, headers, taken = "", dialect = "openai", scheme = "bearer", query = "", sent } of CASES) {
  Deno.test(`PassedKey.of() finds ${name}`, () => {
    const key = PassedKey.of(new Headers(headers), taken, dialect, query);
    assertEquals(key === null ? null : key.headersFor(ORIGIN, scheme), sent);
  });
}

Deno.test("PassedKey goes to the first host that asks and to no other", () => {
  const key = new PassedKey("k-1", "authorization", "openai");
  assert(key.headersFor(ORIGIN, "bearer") !== null);
  assertEquals(key.headersFor("https://other.test", "bearer"), null);
  assert(key.headersFor(ORIGIN, "bearer") !== null, "another try at the same host");
});

Deno.test("PassedKey shows itself to nobody who prints it", () => {
  const key = new PassedKey("k-hidden", "authorization", "openai");
  for (const text of [Deno.inspect(key, { showHidden: true }), JSON.stringify(key), `${key}`]) {
    assert(!text.includes("k-hidden"));
  }
});
