import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import { ApiKeys } from "../../lib/middleware/api_keys.ts";
import { keyDigest } from "../../lib/stores/virtual_key.ts";
import { auth } from "../../lib/middleware/auth.ts";
import { ManualClock } from "../manual_clock.ts";
import { principal } from "../principal.ts";
import { addedHeaders, arrived, ok } from "./arrived.ts";

const KEYS = new ApiKeys([
  { name: "alice", sha256: keyDigest("sk-alice-1234"), owner: "team-a" },
  { name: "bob", sha256: keyDigest("sk-bob-5678").toUpperCase() },
]);
const layer = auth({ keys: KEYS, clock: new ManualClock() });

Deno.test("auth() lets a known key in, however it is presented", async () => {
  const table: Record<string, string>[] = [
    { authorization: "Bearer sk-alice-1234" },
    { authorization: "bearer   sk-alice-1234" },
    { "x-api-key": "sk-alice-1234" },
    { authorization: "Basic dTpw", "x-api-key": "sk-alice-1234" },
    { authorization: "Bearer unknown", "x-api-key": "sk-alice-1234" },
    { authorization: "Bearer sk-alice-1234", "x-api-key": "unknown" },
    { "x-goog-api-key": "sk-alice-1234" },
    { "x-api-key": "unknown", "x-goog-api-key": "sk-alice-1234" },
    { "x-gateway-key": "sk-alice-1234", authorization: "Bearer provider", "x-api-key": "provider" },
    { "x-gateway-key": "Bearer sk-alice-1234", "x-api-key": "sk-bob-5678" },
  ];
  for (const headers of table) {
    const exchange = arrived(headers);
    assertEquals((await layer(exchange, ok)).status, 200);
    assertEquals(
      exchange.principal,
      principal({ owner: "team-a", keyTail: "1234", name: "alice", keyId: "alice" }),
    );
    assertEquals(exchange.phases.auth, 0);
  }
});

Deno.test("auth() takes a Google client's key from the query, and nobody else's", async () => {
  const exchange = arrived({ "x-goog-api-key": "unknown" });
  exchange.dialect = "google";
  exchange.query = "?alt=sse&key=sk-alice-1234";
  assertEquals((await layer(exchange, ok)).status, 200);
  assertEquals([exchange.principal?.name, exchange.keyHeader], ["alice", "?key"]);
  const openai = arrived();
  openai.query = "?key=sk-alice-1234";
  await assertRejects(() => layer(openai, ok), GatewayError);
});

Deno.test("auth() notes which header held the gateway's key, for it goes no further", async () => {
  const table: [Record<string, string>, string][] = [
    [{ authorization: "Bearer sk-alice-1234", "x-api-key": "provider" }, "authorization"],
    [{ authorization: "Bearer provider", "x-api-key": "sk-alice-1234" }, "x-api-key"],
    [{ "x-gateway-key": "sk-alice-1234", authorization: "Bearer provider" }, "x-gateway-key"],
  ];
  for (const [headers, header] of table) {
    const exchange = arrived(headers);
    await layer(exchange, ok);
    assertEquals(exchange.keyHeader, header);
  }
});

Deno.test("auth() makes a key without an owner own what is stored for it", async () => {
  const exchange = arrived({ "x-api-key": "sk-bob-5678" });
  await layer(exchange, ok);
  assertEquals(exchange.principal?.owner, `key:${keyDigest("sk-bob-5678").slice(0, 32)}`);
});

Deno.test("auth() refuses everybody else without repeating what was presented", async () => {
  const table: [Record<string, string>, string][] = [
    [{}, "You didn't provide an API key."],
    [{ authorization: "Basic dTpw" }, "The header 'Authorization' holds no API key after the word 'Bearer'."],
    [{ authorization: "Bearer sk-wrong" }, "Incorrect API key provided."],
    [{ authorization: "Bearer sk-alice-123" }, "Incorrect API key provided."],
    [{ "x-gateway-key": "sk-wrong", "x-api-key": "sk-alice-1234" }, "Incorrect API key provided."],
    [{ authorization: "Bearer  " }, "The header 'Authorization' holds no API key"],
    [{ "x-api-key": "" }, "Incorrect API key provided."],
    [{ "x-api-key": "sk-".repeat(10_000) }, "Incorrect API key provided."],
    [{ authorization: keyDigest("sk-alice-1234") }, "The header 'Authorization' holds no API key"],
    [{ "x-api-key": keyDigest("sk-alice-1234") }, "Incorrect API key provided."],
  ];
  for (const [headers, message] of table) {
    const exchange = arrived(headers);
    const error = await assertRejects(() => layer(exchange, ok), GatewayError, message);
    assertEquals([error.code, error.status], ["invalid_api_key", 401]);
    assertEquals(exchange.principal, null);
    assertEquals(addedHeaders(exchange), { "www-authenticate": "Bearer" });
  }
});

Deno.test("ApiKeys.identify() tells each request's own key", () => {
  const alice = arrived({ "x-api-key": "sk-alice-1234" });
  const nobody = arrived();
  const bob = arrived({ "x-api-key": "sk-bob-5678" });
  const digests = [alice, nobody, alice, bob, nobody, bob].map((it) =>
    KEYS.identify(it)?.key?.digest ?? null
  );
  const [a, b] = [keyDigest("sk-alice-1234"), keyDigest("sk-bob-5678")];
  assertEquals(digests, [a, null, a, b, null, b]);
});

Deno.test("ApiKeys throws on a key that is listed twice", () => {
  const sha256 = keyDigest("sk-one");
  assertThrows(
    () => new ApiKeys([{ name: "one", sha256 }, { name: "two", sha256 }]),
    Error,
    'Cannot add key "two": it is listed twice',
  );
});
