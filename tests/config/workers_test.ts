import { assertEquals, assertThrows } from "@std/assert";
import { loadConfig } from "../../lib/config/load.ts";
import { ConfigError } from "../../lib/config/problem.ts";
import { dividedLimits, shareOf } from "../../lib/config/worker_share.ts";

const DISK = "conversations: { path: c.db }";

function config(text: string, processors?: number, flags: Record<string, string> = {}) {
  return loadConfig({
    path: "/etc/config.yaml",
    text: `providers: { mock: { type: mock } }\n${text}`,
    env: (name) => flags[name],
    readFile: (path) => {
      throw new Deno.errors.NotFound(path);
    },
    processors,
  }).config;
}

Deno.test("server.workers is one, a number, or one a processor", () => {
  assertEquals(config("").server.workers, 1);
  assertEquals(config("server: { workers: 1 }").server.workers, 1);
  assertEquals(config(`server: { workers: 4 }\n${DISK}`).server.workers, 4);
  assertEquals(config(`server: { workers: auto }\n${DISK}`, 8).server.workers, 8);
  assertEquals(config(`server: { workers: auto }\n${DISK}`).server.workers, 1);
  for (const bad of ["0", "1.5", "many", "257"]) {
    const error = assertThrows(
      () => config(`server: { workers: ${bad} }\n${DISK}`),
      ConfigError,
    ) as ConfigError;
    assertEquals(error.problems.map(({ path }) => path.join(".")), ["server.workers"]);
  }
});

Deno.test("workers are refused with conversations in memory, whatever the machine", () => {
  for (const workers of ["2", "auto"]) {
    const error = assertThrows(
      () => config(`server: { workers: ${workers} }`, 1),
      ConfigError,
      "SQLite",
    ) as ConfigError;
    assertEquals(error.problems.map(({ path, line }) => [path.join("."), line]), [["server.workers", 2]]);
  }
});

Deno.test("shareOf() divides what each worker counts for itself, rounded up, and leaves the rest", () => {
  const whole = config(`
server: { workers: 4, max_in_flight: 10, max_connections: 100 }
rate_limit: { per_address: { requests: 100, per: 1m, burst: 3 } }
auth: { keys: [{ name: a, key: sk-a }, { name: b, key: sk-b, rate_limit: { requests: 8, per: 1s } }] }
${DISK}
`);
  const share = shareOf(whole, 4);
  assertEquals([share.server.max_in_flight, share.server.max_connections], [3, 25]);
  assertEquals(share.rate_limit.per_address, { requests: 25, per: 60_000, burst: 1 });
  assertEquals(share.rate_limit.per_key, null);
  assertEquals(share.auth.keys.map((key) => key.rate_limit?.requests), [undefined, 2]);
  assertEquals(share.auth.keys[0]?.key?.reveal(), "sk-a");
  assertEquals(share.server.drain_grace, whole.server.drain_grace);
  assertEquals(whole.rate_limit.per_address?.requests, 100);
  const told = new Map(dividedLimits(whole, 4).map(({ key, whole, share }) => [key, [whole, share]]));
  assertEquals(told.get("auth.keys[1].rate_limit.requests"), [8, 2]);
  assertEquals(told.get("rate_limit.per_address.burst"), [3, 1]);
  assertEquals(told.has("auth.keys[0].rate_limit.requests"), false);
  // Rules divide their own: the configuration has the whole.
  const limited = config(`
server: { workers: 4 }
auth: { keys: [{ name: a, key: sk-a, rpm: 10 }] }
limits: { keys: { tpm: 1000 } }
${DISK}
`);
  assertEquals(shareOf(limited, 4).auth.keys[0]?.rpm, 10);
  assertEquals(dividedLimits(limited, 4).filter(({ key }) => /rpm|tpm/.test(key)), [
    { key: "limits.keys.tpm", whole: 1000, share: 250 },
    { key: "auth.keys[0].rpm", whole: 10, share: 3 },
  ]);
});

Deno.test("shareOf() divides what may be cached in memory alone: another store is all workers' own together", () => {
  const table = [
    ["", [250, 100]],
    ["path: cache.db,", [1000, 400]],
    ["store: redis,", [1000, 400]],
    ["store: postgres,", [1000, 400]],
    [`redis: { url: "redis://localhost" },`, [1000, 400]],
  ] as const;
  for (const [store, share] of table) {
    const whole = config(`
server: { workers: 4 }
cache: { ${store} max_entries: 1000, max_size: 400B, secret: s }
redis: { url: "redis://localhost" }
postgres: { url: "postgres://localhost/g" }
${DISK}
`);
    const { max_entries, max_size } = shareOf(whole, 4).cache;
    const told = dividedLimits(whole, 4).filter(({ key }) => key.startsWith("cache.")).map(({ share }) =>
      share
    );
    assertEquals([max_entries, max_size], [...share], store);
    assertEquals(told, share[0] === 1000 ? [] : [...share], store);
  }
});

Deno.test("server.max_memory is refused where a gateway takes that much by being there, each worker for itself", () => {
  for (
    const [server, message] of [
      ["max_memory: 191MiB", "is 191MiB, which a gateway takes that does nothing; expected at least 192MiB"],
      ["max_memory: 700MiB, workers: 4", "expected at least 768MiB for 4 workers"],
    ]
  ) {
    const error = assertThrows(
      () => config(`server: { ${server} }\n${DISK}`),
      ConfigError,
      message,
    ) as ConfigError;
    assertEquals(error.problems.map(({ path }) => path.join(".")), ["server.max_memory"]);
  }
  const whole = config(`server: { max_memory: 1GiB, max_lag: 500ms, workers: 4 }\n${DISK}`);
  const { server } = shareOf(whole, 4);
  assertEquals([server.max_memory, server.max_lag], [256 * 1024 ** 2, 500]);
  assertEquals([config("").server.max_memory, config("").server.max_lag], [null, 3]);
});

Deno.test("shareOf() gives one process all", () => {
  const whole = config("server: { max_in_flight: 10 }");
  assertEquals([shareOf(whole, 1) === whole, dividedLimits(whole, 1)], [true, []]);
});

Deno.test("PROMETHEUS_MULTIPROC_DIR names the directory that processes share", () => {
  assertEquals(config("").observability.metrics.sharedDirectory, null);
  const env = { PROMETHEUS_MULTIPROC_DIR: "/tmp/metrics" };
  assertEquals(config("", 1, env).observability.metrics.sharedDirectory, "/tmp/metrics");
});

Deno.test("workers that each keep what is spent for themselves are warned of", () => {
  const budget = "budgets: [{ per: day, usd: 5 }]";
  const warned = [
    [4, `limits: { keys: { ${budget} } }`, true],
    [4, `limits: { models: { m: { ${budget} } } }\nmodels: { m: mock/m }`, true],
    [4, `auth: { keys: [{ name: a, key: sk-a, ${budget} }] }`, true],
    [4, "spend: { store: memory }", true],
    [4, "keys: { path: k.db }", true],
    [4, "", false],
    [4, "limits: { keys: { rpm: 10 } }", false],
    [4, `limits: { keys: { ${budget} } }\nspend: { path: s.db }`, false],
    [1, `limits: { keys: { ${budget} } }`, false],
  ] as const;
  for (const [workers, text, expected] of warned) {
    const { warnings } = config(`server: { workers: ${workers} }\n${text}\n${DISK}`);
    assertEquals(warnings.some((it) => it.startsWith("spend is kept in memory")), expected, text);
    assertEquals(warnings.length, expected ? 1 : 0, warnings.join("\n"));
  }
});
