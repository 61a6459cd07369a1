import { assertEquals, assertThrows } from "@std/assert";
import { loadConfig } from "../../lib/config/load.ts";
import { ConfigError } from "../../lib/config/problem.ts";

function load(cache: string) {
  const text = "providers: { mock: { type: mock } }\nmodels: { m: { targets: [mock/m], aliases: [n] } }\n" +
    `cache: { ${cache} }`;
  return loadConfig({ path: "/etc/gateway/c.yaml", text, env: () => undefined, readFile: () => "" });
}

Deno.test("cache: off, in memory and without meaning until something else is said", () => {
  const { enabled, store, path, redis, secret, semantic, ttl, timeout } = load("").config.cache;
  assertEquals({ enabled, store, path, redis, secret, semantic }, {
    enabled: false,
    store: "memory",
    path: null,
    redis: null,
    secret: null,
    semantic: null,
  });
  assertEquals([ttl, timeout], [3_600_000, 1000]);
});

Deno.test("cache: where it is kept follows from what is given", () => {
  const cases: [text: string, store: string, path: string | null][] = [
    ["enabled: true", "memory", null],
    ["enabled: true, secret: s, path: c.db", "sqlite", "/etc/gateway/c.db"],
    ["enabled: true, secret: s, redis: { url: redis://h:6379/1 }", "redis", null],
    ["enabled: true, secret: s, store: redis, redis: { url: rediss://u:p@h }", "redis", null],
  ];
  for (const [text, store, path] of cases) {
    const { cache } = load(text).config;
    assertEquals([cache.store, cache.path], [store, path], text);
  }
  assertEquals(load("semantic: {}").config.cache.semantic, {
    embedding: "ngram",
    threshold: 0.95,
    max_questions: 5000,
  });
});

Deno.test("cache: what does not agree is told", () => {
  const cases: [text: string, message: string][] = [
    ["store: sqlite", 'cache.path: is missing; expected a file, for cache.store is "sqlite"'],
    ["store: redis", 'cache.store: is "redis", but there is no section redis that says where it is'],
    ["store: memory, path: c.db", 'cache.path: names a file, but cache.store is "memory"'],
    [
      "path: c.db, redis: { url: redis://h }",
      'cache.path: names a file, but cache.store is "redis"',
    ],
    [
      "enabled: true, path: c.db",
      "cache.secret: is missing; expected text, for what is kept outlives the process: " +
      'cache.store is "sqlite"',
    ],
    ['secret: ""', "cache.secret: is empty; give it a text, or leave it out"],
    [
      "secret: s, redis: { url: http://h }",
      "cache.redis.url: expected a URL that starts with redis:// or rediss://",
    ],
    ["models: [x]", 'cache.models[0]: names no model of the configuration: "x"'],
    [
      "semantic: { embedding: x }",
      'cache.semantic.embedding: is neither "ngram" nor a model of the configuration: "x"',
    ],
  ];
  for (const [text, message] of cases) {
    assertThrows(() => load(text), ConfigError, message, text);
  }
  assertEquals(load("models: [m, n], semantic: { embedding: n }").config.cache.models, ["m", "n"]);
});
