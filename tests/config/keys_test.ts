import { assertEquals } from "@std/assert";
import { loadText, problemsOf } from "./load_text.ts";

Deno.test("there are virtual keys where a store or a path is given", () => {
  assertEquals(loadText("").config.keys, null);
  assertEquals(loadText("keys: { refresh: 5s }").config.keys, null);
  const { keys } = loadText("keys: { path: keys.db }").config;
  assertEquals([keys?.store, keys?.path?.endsWith("/keys.db"), keys?.owner], ["sqlite", true, "key"]);
  const { keys: shared } = loadText('redis: { url: "redis://h:1" }\nkeys: { store: redis }').config;
  assertEquals([shared?.store, shared?.path], ["redis", null]);
});

Deno.test("a store of keys that nothing says where it is, or that workers do not share, is refused", () => {
  const table: [string, string][] = [
    ["keys: { store: sqlite }", 'keys.path: is missing; expected a file, for keys.store is "sqlite"'],
    [
      "keys: { store: postgres }",
      'keys.store: is "postgres", but there is no section postgres that says where it is',
    ],
    ["keys: { store: memory, path: x }", 'keys.path: names a file, but keys.store is "memory"'],
    [
      "server: { workers: 2 }\nconversations: { path: c.db }\nkeys: { store: memory }",
      "server.workers: is 2, but keys are in memory, which workers do not share; set keys.path, so that they are " +
      "kept by SQLite, which they may share, or keys.store",
    ],
  ];
  for (const [text, problem] of table) {
    const problems = problemsOf(text);
    assertEquals(problems.some((it) => it.endsWith(problem)), true, `${text}: ${problems.join("\n")}`);
  }
});

Deno.test("the admin API's own address is nobody else's", () => {
  const { config } = loadText('admin: { listen: ":9091" }');
  assertEquals(config.admin.address, { host: config.server.host, port: 9091 });
  assertEquals(loadText("").config.admin.address, null);
  assertEquals(problemsOf('server: { port: 9091 }\nadmin: { listen: ":9091" }'), [
    "config.yaml:2: admin.listen: is the address of server.port",
  ]);
  assertEquals(problemsOf('admin: { listen: ":9091" }\nobservability: { metrics: { listen: ":9091" } }'), [
    "config.yaml:1: admin.listen: is the address of observability.metrics.listen",
  ]);
  assertEquals(problemsOf('admin: { listen: ":0" }\nobservability: { metrics: { listen: ":0" } }'), []);
});
