import { assertEquals, assertRejects } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import { ApiKeys } from "../../lib/middleware/api_keys.ts";
import { auth } from "../../lib/middleware/auth.ts";
import { KeyDirectory } from "../../lib/middleware/key_directory.ts";
import { MemoryKeyStore } from "../../lib/stores/memory_key_store.ts";
import { keyDigest, newVirtualKey } from "../../lib/stores/virtual_key.ts";
import { ManualClock } from "../manual_clock.ts";
import { keyRecord } from "../stores/key_records.ts";
import { arrived, ok } from "./arrived.ts";

async function setUp() {
  const clock = new ManualClock();
  const store = new MemoryKeyStore();
  const key = newVirtualKey();
  await store.create("key", keyRecord("key_a1", { sha256: keyDigest(key), name: "ci" }));
  const directory = new KeyDirectory({ store, clock, refresh: 1_000, maxKnown: 10, owner: "key" });
  await Promise.resolve();
  const keys = new ApiKeys([{ name: "app", sha256: keyDigest("app-key") }], directory);
  return { key, store, directory, keys, layer: auth({ keys, clock, directory }) };
}

Deno.test("auth() asks the store for a virtual key once, and records that it did", async () => {
  const { key, layer, directory } = await setUp();
  const first = arrived({ authorization: `Bearer ${key}` });
  assertEquals((await layer(first, ok)).status, 200);
  assertEquals([first.principal?.keyId, first.principal?.name, first.principal?.keyTail], [
    "key_a1",
    "ci",
    key.slice(-4),
  ]);
  assertEquals(
    first.storeOperations.map(({ store, backend, operation, status }) => [store, backend, operation, status]),
    [
      ["keys", "memory", "get", "success"],
    ],
  );
  const second = arrived({ "x-api-key": key });
  assertEquals((await layer(second, ok)).status, 200);
  assertEquals([second.storeOperations, second.principal === first.principal], [[], true]);
  directory.close();
});

Deno.test("auth() takes the key of whichever header has one that may be known", async () => {
  const { key, layer, directory } = await setUp();
  const table: [Record<string, string>, string][] = [
    [{ authorization: "Bearer provider", "x-api-key": key }, "key_a1"],
    [{ authorization: `Bearer ${key}`, "x-api-key": "provider" }, "key_a1"],
    [{ authorization: "Bearer app-key", "x-api-key": key }, "app"],
    [{ "x-gateway-key": key, authorization: "Bearer app-key" }, "key_a1"],
  ];
  for (const [headers, id] of table) {
    const exchange = arrived(headers);
    await layer(exchange, ok);
    assertEquals(exchange.principal?.keyId, id);
  }
  directory.close();
});

Deno.test("auth() asks nobody about what has not the form of a virtual key", async () => {
  const { key, layer, directory } = await setUp();
  for (const text of ["sk-gw-guess", key.slice(0, -1), `${key}x`, `${key.slice(0, -1)}_`]) {
    const exchange = arrived({ authorization: `Bearer ${text}` });
    await assertRejects(() => layer(exchange, ok), GatewayError, "Incorrect API key provided.");
    assertEquals([exchange.storeOperations, exchange.principal], [[], null]);
  }
  const guess = arrived({ authorization: `Bearer ${newVirtualKey()}` });
  await assertRejects(() => layer(guess, ok), GatewayError, "Incorrect API key provided.");
  assertEquals(guess.storeOperations.map(({ status }) => status), ["not_found"]);
  directory.close();
});
