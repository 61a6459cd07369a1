import { assertEquals } from "@std/assert";
import { loadConfig } from "../../lib/config/load.ts";
import { parseOpenFiles } from "../../lib/config/open_files.ts";

function connections(text: string, openFiles?: number): readonly [number, readonly string[]] {
  const { config } = loadConfig({ path: "c", text, env: () => undefined, readFile: () => "", openFiles });
  return [config.server.max_connections, config.warnings];
}

Deno.test("loadConfig() keeps connections below what the process may open", () => {
  assertEquals(connections(""), [10_000, []]);
  assertEquals(connections("", 1_048_576), [10_000, []]);
  assertEquals(connections("server: { max_connections: 100 }", 1024), [100, []]);
  assertEquals(connections("", 1024), [480, []]);
  assertEquals(connections("server: { max_connections: 10000 }", 1024), [480, [
    "server.max_connections is 10000, and this process may open 1024 files: lowered to 480",
  ]]);
});

Deno.test("loadConfig() counts what each of several workers may open", () => {
  const kept = "server: { workers: 2, max_connections: 10000 }\nconversations: { path: c.db }";
  assertEquals(connections(kept, 20_000), [10_000, []]);
  assertEquals(connections(kept, 1024), [960, [
    "server.max_connections is 10000, and each of 2 workers may open 1024 files: lowered to 960",
  ]]);
});

Deno.test("parseOpenFiles() reads the soft limit", () => {
  const limits = "Limit                     Soft Limit           Hard Limit           Units\n" +
    "Max open files            20000                524288               files\n";
  assertEquals([parseOpenFiles(limits), parseOpenFiles("")], [20_000, undefined]);
});
