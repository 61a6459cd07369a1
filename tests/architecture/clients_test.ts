import { assert, assertEquals } from "@std/assert";

const root = new URL("../../", import.meta.url);
const page = await Deno.readTextFile(new URL("docs/clients.md", root));

/** `name@version` of the rows below a heading. */
function listed(heading: string): string[] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...section.matchAll(/^\| `([^`]+)` +\| (\d\S+) +\|/gm)].map((row) => `${row[1]}@${row[2]}`);
}

Deno.test("docs/clients.md lists SDKs of npm with the versions of deno.json", async () => {
  const { imports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
  const installed = Object.values<string>(imports).map((specifier) => specifier.replace(/^npm:/, ""));
  const rows = listed("JavaScript");
  assert(rows.length > 10);
  assertEquals(rows.filter((row) => !installed.includes(row)), []);
});

Deno.test("docs/clients.md lists SDKs of Python with the versions that are installed", async () => {
  const folder = new URL("tests/sdk/python/requirements/", root);
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
  const texts = await Promise.all(names.map((name) => Deno.readTextFile(new URL(name, folder))));
  const installed = texts.flatMap((text) => text.split("\n")).map((line) => line.replace("==", "@"));
  const rows = listed("Python");
  assert(rows.length > 3);
  assertEquals(rows.filter((row) => !installed.includes(row)), []);
});
