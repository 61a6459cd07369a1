import { relative } from "node:path";
import { withStableNames } from "./bundle_names.ts";
import { packageCache } from "./package_cache.ts";
import { WORKERS } from "./workers.ts";

/**
 * Packages that stay as they are. Deno 2.6.10, which compiles our binaries in CI, gives Node's timers to packages
 * alone, and undici calls `setTimeout(…).unref()`.
 */
export const UNBUNDLED: readonly string[] = ["undici/client"];

const root = new URL("..", import.meta.url);

/**
 * Writes the program, its packages and its workers as a few modules into `directory`, `main.js` among them. What is
 * imported by `import()` has a file of its own still, which is loaded when it is used.
 *
 * @param directory from the root of the repository; what is there goes.
 * @throws {Error} where the bundler says no.
 */
export async function bundle(directory: string): Promise<void> {
  const files = new URL(`${directory}/`, root);
  await Deno.mkdir(files, { recursive: true });
  await Deno.remove(files, { recursive: true });
  await run("--code-splitting", `--outdir=${directory}`, "main.ts");
  // A module names its worker `./worker.ts` beside itself, and all modules are in one directory now.
  for (const worker of WORKERS) {
    await run(`--output=${directory}/${worker.slice(worker.lastIndexOf("/") + 1)}`, worker);
  }
  const made = new Map<string, string>();
  for await (const { name } of Deno.readDir(files)) {
    made.set(name, await Deno.readTextFile(new URL(name, files)));
    await Deno.remove(new URL(name, files));
  }
  for (const [name, text] of await withStableNames(made, relative(root.pathname, await packageCache()))) {
    const file = new URL(name, files);
    await Deno.writeTextFile(file, inAscii(text));
    // The binary keeps it, and is to be the same each time.
    await Deno.utime(file, 0, 0);
  }
}

/**
 * V8 keeps a text in two bytes a character where one character of it, be it in a comment, is beyond Latin-1. The
 * bundler leaves such characters in comments and regular expressions alone, where an escape means the same.
 */
function inAscii(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

async function run(...args: readonly string[]): Promise<void> {
  const packages = UNBUNDLED.map((name) => `--external=${name}`);
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform=deno", ...packages, ...args],
    cwd: root,
    stdin: "null",
    stdout: "null",
  }).output();
  if (code !== 0) throw new Error(`Cannot bundle ${args.at(-1)}: ${new TextDecoder().decode(stderr)}`);
}
