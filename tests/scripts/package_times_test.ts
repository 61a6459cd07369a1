import { assertEquals, assertRejects } from "@std/assert";
import { evenTimes } from "../../scripts/package_times.ts";

Deno.test("evenTimes() gives a package's files one time, those of other versions and packages none", async () => {
  const cache = await Deno.makeTempDir({ prefix: "packages-" });
  try {
    const paths = ["a/1.0.0/x.js", "a/1.0.0/lib/deep/y.js", "a/2.0.0/x.js", "@s/b/1.0.0/x.js"]
      .map((path) => `${cache}/registry/${path}`);
    for (const path of paths) {
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(path, "");
    }
    const even = () => paths.map((path) => Deno.statSync(path).mtime?.getTime() === 0);
    await evenTimes("npm:a@1.0.0/lib/deep/y.js", cache);
    assertEquals(even(), [true, true, false, false]);
    await evenTimes("npm:@s/b@1.0.0", cache);
    assertEquals(even(), [true, true, false, true]);
    await assertRejects(() => evenTimes("npm:a@3.0.0", cache), Error, "Cannot find a@3.0.0");
    await assertRejects(() => evenTimes("jsr:@a/b@1", cache), Error, "is not npm:");
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});
