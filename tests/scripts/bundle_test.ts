import { assert, assertEquals } from "@std/assert";
import { bundle, UNBUNDLED } from "../../scripts/bundle.ts";
import { WORKERS } from "../../scripts/workers.ts";

/** The bundle's files with their text; each is of the same time, which the binary keeps too. */
async function bundled(make = bundle): Promise<Map<string, string>> {
  const directory = await Deno.makeTempDir({ prefix: "bundle-" });
  try {
    await make(directory);
    const names = [...Deno.readDirSync(directory)].map(({ name }) => name).sort();
    for (const name of names) assertEquals(Deno.statSync(`${directory}/${name}`).mtime, new Date(0));
    return new Map(names.map((name) => [name, Deno.readTextFileSync(`${directory}/${name}`)]));
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** What a module imports before it runs. */
function imported(text: string): string[] {
  return [...text.matchAll(/^(?:import|export|\}).*"([^"]+)";$/gm)].map((found) => found[1] ?? "");
}

/** What is bundled and what bundles it, copied to elsewhere, deeper than any checkout is likely to be. */
async function bundledElsewhere(): Promise<Map<string, string>> {
  const directory = await Deno.makeTempDir({ prefix: "checkout-" });
  try {
    const elsewhere = `${directory}/a/b/c/d/e`;
    await Deno.mkdir(elsewhere, { recursive: true });
    const { success } = await new Deno.Command("cp", {
      args: ["-R", "main.ts", "deno.json", "deno.lock", "lib", "scripts", elsewhere],
      cwd: new URL("../../", import.meta.url),
    }).output();
    assert(success);
    return await bundled((await import(`file://${elsewhere}/scripts/bundle.ts`)).bundle);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** Parts of paths that the bundler writes above each module. */
const SELDOM = [
  "/gpt-tokenizer/",
  "lib/stores/redis/redis_node.ts",
  "/prom-client/",
  "lib/providers/mock/plan.ts",
  "lib/stages/pii/inspector.ts",
  "lib/stages/jailbreak/pattern_detector.ts",
  "lib/stages/cache/cache_lookup.ts",
];

Deno.test("the bundle", async (t) => {
  const files = await bundled();

  await t.step(
    "is the same each time, and in each checkout",
    async () => assertEquals(await bundledElsewhere(), files),
  );

  await t.step("is ASCII, which V8 keeps in one byte a character", () => {
    // deno-lint-ignore no-control-regex
    for (const [name, text] of files) assert(/^[\x00-\x7f]*$/.test(text), name);
  });

  await t.step("has each worker beside the modules", () => {
    const workers = WORKERS.map((path) => path.split("/").at(-1) ?? "");
    assertEquals([...files.keys()].filter((name) => name.endsWith(".ts")), workers);
  });

  await t.step("has all packages in it but those that stay as they are", () => {
    const outside = [...files.values()].flatMap(imported).filter((it) => !/^(\.|node:)/.test(it));
    assertEquals([...new Set(outside)], [...UNBUNDLED]);
  });

  await t.step("loads what is seldom needed when it is used", () => {
    const loaded = new Set<string>();
    const load = (name: string) => {
      if (loaded.has(name)) return;
      loaded.add(name);
      for (const it of imported(files.get(name) ?? "")) if (it.startsWith("./")) load(it.slice(2));
    };
    load("main.js");
    for (const [name] of files) if (name.startsWith("gateway-")) load(name);
    const text = [...loaded].map((name) => files.get(name) ?? "").join("");
    assert(text.includes("lib/gateway.ts"));
    for (const seldom of SELDOM) {
      assert([...files.values()].some((it) => it.includes(seldom)), `${seldom} is not in the bundle`);
      assert(!text.includes(seldom), `${seldom} is loaded at each start`);
    }
  });

  await t.step("names CommonJS by its default alone", () => {
    // A file that is loaded by `import()` and is CommonJS exports nothing else, so the names below would be undefined.
    const lib = [...files.values()].join("\n");
    for (const [, names, file] of lib.matchAll(/const \{([^=]*)\} = await import\("\.\/([^"]+)"\)/g)) {
      const text = files.get(file ?? "") ?? "";
      if (!/^export default require_/m.test(text)) continue;
      assert(/^ default: /.test(names ?? ""), `${file}: ${names}`);
    }
  });
});
