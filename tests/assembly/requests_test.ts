import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { openRequests } from "../../lib/assembly/requests.ts";
import { SharedPostgres } from "../../lib/assembly/postgres.ts";
import { systemClock } from "../../lib/clock.ts";
import type { Config } from "../../lib/config/config.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { Deadlines } from "../../lib/deadlines.ts";
import type { Logger } from "../../lib/telemetry/logger.ts";
import { batchesOf, made } from "../stores/request_store_contract.ts";

const PROVIDERS = "providers: { mock: { type: mock } }\nmodels: { m: mock/m }\n";

function configOf(text: string, path = "/etc/gateway/config.yaml"): Config {
  return loadConfig({ path, text: PROVIDERS + text, env: () => undefined, readFile: () => "" }).config;
}

/** Keeps the warnings. */
function logger(): { readonly warnings: string[]; readonly logger: Logger } {
  const warnings: string[] = [];
  return {
    warnings,
    logger: { warn: (message: string) => void warnings.push(message) } as unknown as Logger,
  };
}

Deno.test("requests are kept where somebody can look at them, in a file beside the configuration", () => {
  const { enabled, store, path } = configOf("").requests;
  assertEquals([enabled, store, path], [false, "sqlite", "/etc/gateway/requests.db"]);
  const table: readonly (readonly [string, boolean])[] = [
    ["auth: { master_key: sk-1 }", true],
    ["console: { keys: [{ name: looker, key: sk-2 }] }", true],
    ["requests: { enabled: true }", true],
    ["auth: { master_key: sk-1 }\nrequests: { enabled: false }", false],
    ["auth: { keys: [{ name: app, key: sk-3 }] }", false],
  ];
  for (const [text, expected] of table) assertEquals(configOf(text).requests.enabled, expected, text);
});

Deno.test("in Postgres they have no file, and the section says where it is", () => {
  const server = "postgres: { url: 'postgres://gateway@db/gateway' }\n";
  const { store, path } = configOf(`${server}requests: { store: postgres }`).requests;
  assertEquals([store, path], ["postgres", null]);
  const error = assertThrows(() => configOf("requests: { store: postgres }"));
  assertStringIncludes(
    String(error),
    'requests.store: is "postgres", but there is no section postgres that says where it is',
  );
});

Deno.test("a file that cannot be used leaves requests in memory, with one warning", async () => {
  const { warnings, logger: log } = logger();
  const config = configOf('auth: { master_key: sk-1 }\nrequests: { path: "/proc/none/requests.db" }');
  const deadlines = new Deadlines(systemClock);
  const around = { clock: systemClock, deadlines, logger: log };
  const postgres = new SharedPostgres(null, { ...around, random: Math.random });
  const store = await openRequests(config, { ...around, postgres });
  try {
    await store.append(batchesOf([made({ id: "kept" })]));
    const { rows } = await store.list({ filter: {}, limit: 10 });
    assertEquals([store.backend, rows.map(({ request_id }) => request_id)], ["memory", ["kept"]]);
    assertEquals(warnings.length, 1);
    assertEquals(warnings[0]?.includes("/proc/none/requests.db"), true);
  } finally {
    await store.close();
  }
});
