import { assert, assertEquals } from "@std/assert";
import { assetNamed, CONTENT_SECURITY_POLICY, page } from "../../lib/console/assets.ts";
import { FILES, IMPORT_MAP } from "../../lib/console/files.ts";

const WEB = new URL("../../lib/console/web/", import.meta.url);
const OWN = Object.entries(FILES).filter(([name]) => !name.startsWith("packages/"));
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

Deno.test("every import of the console's scripts leads to a file that is served", () => {
  const packages = Object.keys(JSON.parse(IMPORT_MAP).imports);
  for (const [name, text] of SCRIPTS) {
    for (const [, from = ""] of text.matchAll(/\bfrom "([^"]+)"|\bimport "([^"]+)"/g)) {
      if (packages.includes(from)) continue;
      const target = new URL(from, new URL(name, "http://console/")).pathname.slice(1);
      assert(FILES[target] !== undefined, `${name} imports ${from}`);
    }
  }
  for (const path of Object.values<string>(JSON.parse(IMPORT_MAP).imports)) {
    assert(assetNamed(path.split("/").slice(4).join("/")) !== null, path);
  }
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

Deno.test("the policy allows no inline script but the import map, which has its digest", async () => {
  const html = new TextDecoder().decode(page.bytes);
  const inline = [...html.matchAll(/<script(?![^>]*\bsrc=)[^>]*>([^]*?)<\/script>/g)].map(([, text = ""]) =>
    text
  );
  assertEquals(inline, [IMPORT_MAP]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(IMPORT_MAP));
  assert(CONTENT_SECURITY_POLICY.includes(`'sha256-${new Uint8Array(digest).toBase64()}'`));
  assert(!CONTENT_SECURITY_POLICY.includes("unsafe"));
  assertEquals(/\son\w+=|style=/.exec(html), null);
});
