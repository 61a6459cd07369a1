import { assertEquals } from "@std/assert";

const root = new URL("../../", import.meta.url);
const { imports } = JSON.parse(await Deno.readTextFile(new URL("deno.json", root)));
const page = await Deno.readTextFile(new URL("docs/dependencies.md", root));

/** `npm:@scope/name@1.2.3/file.js` → `@scope/name@1.2.3`; a version that is no exact one is not matched. */
function packageOf(specifier: string): string {
  return /^npm:((?:@[^/]+\/)?[^@/]+@\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)(?:\/.*)?$/.exec(specifier)?.[1] ??
    `not pinned: ${specifier}`;
}

Deno.test("docs/dependencies.md lists exactly the packages of deno.json with their versions", () => {
  const used = new Set(Object.values<string>(imports).map(packageOf));
  const listed = [...page.matchAll(/^\| `([^`]+)` +\| (\S+) +\|/gm)].map((row) => `${row[1]}@${row[2]}`);
  assertEquals(listed.toSorted(), [...used].sort());
});
