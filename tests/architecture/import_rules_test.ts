import { assertEquals } from "@std/assert";
import { type GraphModule, moduleGraph } from "../../scripts/module_graph.ts";
import { WORKERS } from "../../scripts/workers.ts";
import { cycles, violations } from "./import_rules.ts";

const graph = await moduleGraph([
  "main.ts",
  "examples/embedded.ts",
  "scripts/generate.ts",
  ...WORKERS,
]);

Deno.test("imports go one way, from server to wire", () => {
  assertEquals(violations(graph), []);
});

Deno.test("imports of code make no cycle", () => {
  assertEquals(cycles(graph), []);
});

Deno.test("the graph holds every module of lib/, so that no rule passes unseen", async () => {
  const reached = new Set(graph.map((module) => module.path));
  assertEquals((await sources("lib")).filter((path) => !reached.has(path)), []);
});

Deno.test("a server that starts loads no tool", () => {
  const imports = new Map(graph.map((module) => [module.path, module.imports]));
  const loaded = new Set<string>();
  const load = (path: string) => {
    if (loaded.has(path)) return;
    loaded.add(path);
    for (const { target, typeOnly, dynamic } of imports.get(path) ?? []) {
      if (!typeOnly && !dynamic) load(target);
    }
  };
  load("main.ts");
  assertEquals([...loaded].filter((path) => path.startsWith("lib/tools/")), ["lib/tools/tool_error.ts"]);
});

Deno.test("scripts/workers.ts names every worker, so that the binary holds them", async () => {
  const started = await Promise.all(
    (await sources("lib")).map(async (path) =>
      [...(await read(path)).matchAll(/new Worker\(\s*new URL\("([^"]+)"/g)]
        .map(([, file]) => new URL(file ?? "", `file:///${path}`).pathname.slice(1))
    ),
  );
  assertEquals([...new Set(started.flat())].sort(), [...WORKERS].sort());
});

Deno.test("only lib/cli and lib/config read the environment", async () => {
  assertEquals(await readers(/\bDeno\.env\b|\bprocess\.env\b/), []);
});

Deno.test("only lib/cli and lib/config read files, but what the system tells of the process", async () => {
  assertEquals(
    await readers(/\bDeno\.(readTextFile|readFile|readDir|watchFs)(Sync)?\b(?!\("\/proc\/self\/)/),
    // The logs that were set aside, and what other processes have counted.
    ["lib/telemetry/rotated_files.ts", "lib/workers/shared_directory.ts"],
  );
});

Deno.test("violations() names the file and the rule it broke", () => {
  const cases: [from: string, to: string, typeOnly: boolean, expected: string[]][] = [
    ["lib/server/a.ts", "lib/wire/sse.ts", false, []],
    ["lib/gateway.ts", "lib/cli/serve.ts", false, []],
    ["lib/wire/sse.ts", "lib/errors.ts", false, []],
    ["lib/wire/sse.ts", "lib/providers/a.ts", false, [
      "lib/wire/sse.ts imports lib/providers/a.ts: wire imports wire only",
    ]],
    ["lib/telemetry/exchange.ts", "lib/wire/canonical.ts", true, []],
    ["lib/telemetry/exchange.ts", "lib/wire/canonical.ts", false, [
      "lib/telemetry/exchange.ts imports lib/wire/canonical.ts: the Exchange imports types only",
    ]],
  ];
  for (const [path, target, typeOnly, expected] of cases) {
    assertEquals(violations([module(path, target, typeOnly)]), expected);
  }
});

Deno.test("cycles() finds a ring of code and lets one of types pass", () => {
  const ring = (
    typeOnly: boolean,
  ) => [module("a.ts", "b.ts"), module("b.ts", "c.ts"), module("c.ts", "a.ts", typeOnly)];
  assertEquals(cycles(ring(false)), ["a.ts → b.ts → c.ts → a.ts"]);
  assertEquals(cycles(ring(true)), []);
});

function module(path: string, target: string, typeOnly = false): GraphModule {
  return { path, imports: [{ specifier: target, target, typeOnly }] };
}

/** Files of lib/ outside cli and config that match. */
async function readers(pattern: RegExp): Promise<string[]> {
  const files = (await sources("lib")).filter((path) => !/^lib\/(cli|config)\//.test(path));
  const matches = await Promise.all(
    files.map(async (path) => pattern.test(withoutComments(await read(path)))),
  );
  return files.filter((_, index) => matches[index]);
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
}

function read(path: string): Promise<string> {
  return Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
}

async function sources(directory: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(new URL(`../../${directory}`, import.meta.url))) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory) found.push(...await sources(path));
    else if (path.endsWith(".ts") && !path.endsWith(".d.ts")) found.push(path);
  }
  return found.sort();
}
