import { assertEquals, assertThrows } from "@std/assert";
import { loadConfig } from "../../lib/config/load.ts";
import { ConfigError } from "../../lib/config/problem.ts";

function load(conversations: string) {
  const text = `conversations: { ${conversations} }`;
  return loadConfig({ path: "/etc/gateway/c.yaml", text, env: () => undefined, readFile: () => "" });
}

const BACKGROUND = { max_running: 64, max_queued: 256, max_event_size: 8 * 1024 ** 2, lease: 15_000 };

const MEMORY = {
  store: "memory",
  path: null,
  synchronous: "normal",
  timeout: 1_000,
  max_entries: 10_000,
  max_size: 256 * 1024 ** 2,
  ttl: 24 * 3_600_000,
  background: BACKGROUND,
};

const SQLITE = {
  ...MEMORY,
  store: "sqlite",
  path: "/etc/gateway/c.db",
  max_entries: 1_000_000,
  max_size: 4 * 1024 ** 3,
  ttl: 30 * 24 * 3_600_000,
};

Deno.test("conversations: a path keeps them on disk, with limits for disks", () => {
  const cases: [text: string, expected: unknown][] = [
    ["", MEMORY],
    ["store: memory", MEMORY],
    ["path: c.db", SQLITE],
    ["path: /data/c.db, store: sqlite", { ...SQLITE, path: "/data/c.db" }],
    ["path: ../c.db, ttl: 1h, max_entries: 5, max_size: 1MiB, synchronous: full, timeout: 250ms", {
      store: "sqlite",
      path: "/etc/c.db",
      synchronous: "full",
      timeout: 250,
      max_entries: 5,
      max_size: 1024 ** 2,
      ttl: 3_600_000,
      background: BACKGROUND,
    }],
  ];
  for (const [text, expected] of cases) assertEquals(load(text).config.conversations, expected, text);
});

Deno.test("conversations: a store and a path that do not agree are told", () => {
  const cases: [text: string, message: string][] = [
    [
      "store: memory, path: c.db",
      '/etc/gateway/c.yaml:1: conversations.path: names a file, but conversations.store is "memory"',
    ],
    [
      "store: sqlite",
      '/etc/gateway/c.yaml:1: conversations.path: is missing; expected a file, for conversations.store is "sqlite"',
    ],
  ];
  for (const [text, message] of cases) assertThrows(() => load(text), ConfigError, message);
});

Deno.test("check-config --show tells the limits that the store brings", () => {
  const shown = (text: string) =>
    Object.fromEntries(
      load(text).effective().filter(({ path }) => path.startsWith("conversations."))
        .map(({ path, value, origin }) => [path.slice("conversations.".length), `${value} ${origin}`]),
    );
  assertEquals(shown("path: c.db, ttl: 7d"), {
    store: "sqlite default",
    path: "c.db /etc/gateway/c.yaml:1",
    synchronous: "normal default",
    timeout: "1s default",
    max_entries: "1000000 default",
    max_size: "4GiB default",
    ttl: "7d /etc/gateway/c.yaml:1",
    "background.max_running": "64 default",
    "background.max_queued": "256 default",
    "background.max_event_size": "8MiB default",
    "background.lease": "15s default",
  });
  assertEquals(shown("").max_size, "256MiB default");
});
