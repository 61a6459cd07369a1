/**
 * `deno task compile`: `build/gateway`, one binary.
 *
 * A binary reads all that is embedded in it at each start, for about 1 ms and 1 MB of memory a megabyte, and most of
 * what packages bring is never loaded. So the program is bundled first.
 *
 * `DENO_COMPILE` may name a program to run in place of `deno compile` (where its runtime cannot be downloaded).
 */
import { bundle, UNBUNDLED } from "./bundle.ts";
import { evenTimes } from "./package_times.ts";
import { PERMISSIONS } from "./permissions.ts";
import { V8_FLAGS } from "./v8_flags.ts";

const OUTPUT = "build/gateway";
const BUNDLE = "build/bundle";

const root = new URL("..", import.meta.url);
await bundle(BUNDLE);
const config = await writeConfig();
const command = Deno.env.get("DENO_COMPILE");
const [program, ...first] = command ? [command] : [Deno.execPath(), "compile"];
await fetchPackages(config);
const { code } = await new Deno.Command(program ?? "", {
  args: [
    ...first,
    "--no-check",
    // Making it takes longer than it saves, and it would be read from a directory that others may write to.
    "--no-code-cache",
    ...PERMISSIONS,
    `--v8-flags=${V8_FLAGS}`,
    `--include=${BUNDLE}`,
    `--config=${config}`,
    `--output=${OUTPUT}`,
    `${BUNDLE}/main.js`,
  ],
  cwd: root,
  stdin: "null",
}).spawn().status;
Deno.exitCode = code;

/** Those that are no part of the bundle: fetched now, so that their files are all of one time when they are embedded. */
async function fetchPackages(config: string): Promise<void> {
  const { imports } = JSON.parse(await Deno.readTextFile(new URL(config, root)));
  const specifiers: string[] = Object.values(imports);
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["cache", "--quiet", `--config=${config}`, ...specifiers],
    cwd: root,
    stdin: "null",
  }).output();
  if (!success) throw new Error(`Cannot fetch packages: ${new TextDecoder().decode(stderr)}`);
  for (const specifier of specifiers) await evenTimes(specifier);
}

/**
 * `deno compile` embeds every package of the lock file, the tests' SDKs among them. So it gets a configuration
 * of its own, with the packages that are not in the bundle and a copy of the lock, which keeps the versions pinned.
 */
async function writeConfig(): Promise<string> {
  const { imports, unstable, nodeModulesDir } = JSON.parse(
    await Deno.readTextFile(new URL("deno.json", root)),
  );
  await Deno.copyFile(new URL("deno.lock", root), new URL("build/deno.lock", root));
  await Deno.writeTextFile(
    new URL("build/deno.json", root),
    JSON.stringify({
      nodeModulesDir,
      // A binary fetches nothing.
      unstable: unstable.filter((feature: string) => feature !== "npm-lazy-caching"),
      lock: { path: "./deno.lock", frozen: false },
      imports: Object.fromEntries(UNBUNDLED.map((name) => [name, imports[name]])),
    }),
  );
  return "build/deno.json";
}
