import { assert, assertEquals } from "@std/assert";
import { assetNamed, CONTENT_SECURITY_POLICY, page } from "../../lib/console/assets.ts";
import { FILES, MODULES } from "../../lib/console/files.ts";

const WEB = new URL("../../lib/console/web/", import.meta.url);
const OWN = Object.entries({ ...FILES, ...MODULES }).filter(([name]) => !name.startsWith("packages/"));
const SCRIPTS = OWN.filter(([name]) => name.endsWith(".js"));

Deno.test("every file of the console's web is served", async () => {
  const found: string[] = [];
  const walk = async (below: string) => {
    for await (const { name, isDirectory } of Deno.readDir(new URL(below, WEB))) {
      if (isDirectory) await walk(`${below}${name}/`);
      else found.push(`${below}${name}`);
    }
  };
  await walk("");
  assertEquals(
    found.filter((name) => name !== "index.html" && !name.endsWith(".d.ts")).sort(),
    OWN.map(([name]) => name).sort(),
  );
});

Deno.test("every module of the console is part of its script", () => {
  const script = FILES["app.js"] ?? "";
  assertEquals(Object.keys(MODULES).filter((name) => !script.includes(`// ${name}\n`)), []);
});

Deno.test("the console takes at most 300 KB, all files together", () => {
  const sizes = Object.keys(FILES).map((name) => assetNamed(name)?.bytes.length ?? NaN);
  const all = sizes.reduce((sum, size) => sum + size, page.bytes.length);
  assert(all <= 300_000, `${all} bytes`);
});

Deno.test("nothing in the console makes markup or code of a text, or asks another host", () => {
  for (const [name, text] of SCRIPTS) {
    const found =
      /innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write|\beval\(|new Function/
        .exec(text);
    assertEquals(found, null, `${name}: ${found?.[0]}`);
  }
  for (const [name, text] of OWN) {
    const addresses = [...text.matchAll(/https?:\/\/[^\s"'`)]+/g)].map(([it]) => it);
    assertEquals(addresses.filter((it) => it !== "http://www.w3.org/2000/svg"), [], name);
  }
});

Deno.test("nothing within the page is run, and the policy allows none", () => {
  const html = new TextDecoder().decode(page.bytes);
  assertEquals([...html.matchAll(/<script(?![^>]*\bsrc=)[^>]*>/g)], []);
  assert(CONTENT_SECURITY_POLICY.includes("script-src 'self';"));
  assert(!CONTENT_SECURITY_POLICY.includes("unsafe"));
  assertEquals(/\son\w+=|style=/.exec(html), null);
});
