import { assertEquals, assertRejects } from "@std/assert";
import { withStableNames } from "../../scripts/bundle_names.ts";

/** As it is made where packages are at a path, with hashes of that place. */
function made(packages: string, [a, b]: readonly [string, string]): Map<string, string> {
  return new Map([
    [
      "main.js",
      `import { x } from "./chunk-${a}.js";\nawait import("./keys-${b}.js");\n// ${packages}/host/p/1.0.0/p.js`,
    ],
    [`chunk-${a}.js`, `// ${packages}/host/p/1.0.0/p.js\nexport const x = () => import("./keys-${b}.js");`],
    [`keys-${b}.js`, `import { x } from "./chunk-${a}.js"; const asset = "./logo-ABCDEFGH.js";`],
    ["worker.ts", "onmessage = () => {};"],
  ]);
}

Deno.test("withStableNames() gives files of one content one name, wherever they were made", async () => {
  const here = await withStableNames(made("../../home/npm", ["AAAAAAAA", "BBBBBBBB"]), "../../home/npm");
  const there = await withStableNames(made("../c/npm", ["CCCCCCCC", "AAAAAAAA"]), "../c/npm");
  assertEquals(there, here);
  const [main = "", chunk = "", keys = "", worker] = [...here.keys()];
  assertEquals([main, worker], ["main.js", "worker.ts"]);
  assertEquals(
    here.get(main),
    `import { x } from "./${chunk}";\nawait import("./${keys}");\n// npm/p/1.0.0/p.js`,
  );
  assertEquals(here.get(keys), `import { x } from "./${chunk}"; const asset = "./logo-ABCDEFGH.js";`);
});

Deno.test("withStableNames() gives other names to other contents, and none to two files", async () => {
  const names = async (
    text: string,
  ) => [...(await withStableNames(new Map([["a-AAAAAAAA.js", text]]), "x")).keys()];
  assertEquals((await names("1"))[0] === (await names("2"))[0], false);
  const equal = new Map([["a-AAAAAAAA.js", "1"], ["a-BBBBBBBB.js", "1"]]);
  await assertRejects(() => withStableNames(equal, "x"), Error, "they are equal");
});
