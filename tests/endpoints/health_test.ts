import { assertEquals } from "@std/assert";
import { health, livez, readyz } from "../../lib/endpoints/health.ts";
import type { Endpoint } from "../../lib/telemetry/exchange.ts";
import { arrived } from "../middleware/arrived.ts";

async function ask(endpoint: Endpoint, query = ""): Promise<[number, unknown]> {
  const exchange = Object.assign(arrived({}, { method: "GET" }), { query });
  const response = await endpoint(exchange, {});
  const text = await response.text();
  assertEquals(exchange.responseBytes, text.length);
  return [response.status, JSON.parse(text)];
}

const WELL = { version: "1.2.3", draining: () => false, checks: { store: () => true } };
const ILL = { ...WELL, checks: { store: () => false, upstream: () => true } };
const DRAINING = { ...WELL, draining: () => true };

Deno.test("livez() is 200 while the process answers", async () => {
  assertEquals(await ask(livez()), [200, { status: "ok" }]);
});

Deno.test("readyz() is 503 while draining and while a check fails, and says why when asked", async () => {
  assertEquals(await ask(readyz(WELL)), [200, { status: "ok" }]);
  assertEquals(await ask(readyz(ILL)), [503, { status: "unavailable" }]);
  assertEquals(await ask(readyz(DRAINING)), [503, { status: "draining" }]);
  assertEquals(await ask(readyz(ILL), "?verbose"), [
    503,
    { status: "unavailable", checks: { store: "failed", upstream: "ok" } },
  ]);
});

Deno.test("health() shows readiness, version and checks", async () => {
  assertEquals(await ask(health(WELL)), [200, { status: "ok", version: "1.2.3", checks: { store: "ok" } }]);
  assertEquals(await ask(health(DRAINING)), [
    503,
    { status: "draining", version: "1.2.3", checks: { store: "ok" } },
  ]);
});
