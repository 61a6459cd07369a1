/**
 * `deno task compile`: `build/gateway`, one binary.
 *
 * `DENO_COMPILE` may name a program to run in place of `deno compile` (where its runtime cannot be downloaded).
 */
import { moduleGraph } from "./module_graph.ts";
import { V8_FLAGS } from "./v8_flags.ts";
import { WORKERS } from "./workers.ts";

const OUTPUT = "build/gateway";

/** What the binary may do, frozen into it: no native libraries. It runs nothing but itself, as its own workers. */
const PERMISSIONS = [
  "--allow-net",
  "--allow-read",
  "--allow-write",
  "--allow-env",
  "--allow-sys",
  "--allow-run",
];

const root = new URL("..", import.meta.url);
await Deno.mkdir(new URL("build/", root), { recursive: true });
const config = await writeConfig();
const command = Deno.env.get("DENO_COMPILE");
const [program, ...first] = command ? [command] : [Deno.execPath(), "compile"];
const { code } = await new Deno.Command(program ?? "", {
  args: [
    ...first,
    "--no-check",
    ...PERMISSIONS,
    `--v8-flags=${V8_FLAGS}`,
    ...WORKERS.map((path) => `--include=${path}`),
    `--config=${config}`,
    `--output=${OUTPUT}`,
    "main.ts",
  ],
  cwd: root,
  stdin: "null",
}).spawn().status;
Deno.exitCode = code;

/**
 * `deno compile` embeds every package of the lock file, the tests' SDKs among them. So it gets a configuration
 * of its own, with the imports that `main.ts` reaches and a copy of the lock, which keeps the versions pinned.
 */
async function writeConfig(): Promise<string> {
  const whole = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  const graph = await moduleGraph(["main.ts", ...WORKERS]);
  const used = new Set(graph.flatMap((module) => module.imports.map((it) => it.specifier)));
  const imports = Object.entries(whole.imports).filter(([name]) => used.has(name));
  const { compilerOptions, unstable, nodeModulesDir } = whole;
  await Deno.copyFile(new URL("deno.lock", root), new URL("build/deno.lock", root));
  await Deno.writeTextFile(
    new URL("build/deno.json", root),
    JSON.stringify({
      nodeModulesDir,
      unstable,
      compilerOptions,
      lock: { path: "./deno.lock", frozen: false },
      imports: Object.fromEntries(imports),
    }),
  );
  return "build/deno.json";
}
