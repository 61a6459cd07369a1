/** The table of failures names tests and lines of code: here it fails when one of them is gone. */
import { assert, assertEquals } from "@std/assert";
import { mutated } from "./source_copy.ts";
import { SECTIONS } from "./table.ts";

const ROOT = new URL("../../", import.meta.url);
/** Where the rows were agreed on; not part of the repository. */
const AGREED = new URL("../shared/failures.md", ROOT);

const CLAUSES = SECTIONS.flatMap(({ rows }) => rows).flatMap(({ then }) => then);
const PROOFS = CLAUSES.flatMap(({ proofs }) => proofs);

async function readAll(paths: Iterable<string>): Promise<ReadonlyMap<string, string>> {
  const unique = [...new Set(paths)];
  const texts = await Promise.all(
    unique.map((path) => Deno.readTextFile(new URL(path, ROOT)).catch(() => "")),
  );
  return new Map(unique.map((path, index) => [path, texts[index] ?? ""]));
}

/** Every string and template of a source as what it may be: a placeholder of a template is anything. */
function mayBeNamed(source: string): RegExp[] {
  let flat = source;
  // From the inside out, since a placeholder may hold a template.
  for (let before = ""; before !== flat;) flat = (before = flat).replaceAll(/\$\{[^{}]*\}/g, "\0");
  return [...flat.matchAll(/"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)].map(([, plain, template]) => {
    const parts = (plain ?? template ?? "").replace(/\\(.)/g, "$1").split("\0");
    // A template that is hardly more than its placeholders would be every name.
    if (parts.join("").length < 8) return /^$/;
    return new RegExp(`^${parts.map((it) => it.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")).join(".+")}$`);
  });
}

Deno.test("every test that the table of failures names is there", async () => {
  const sources = await readAll(PROOFS.map(({ test }) => test.file));
  const names = new Map([...sources].map(([path, text]) => [path, mayBeNamed(text)]));
  const absent = PROOFS.filter(({ test: { file, name } }) =>
    names.get(file)?.some((it) => it.test(name)) !== true
  );
  assertEquals(absent.map(({ test }) => test), []);
});

Deno.test("every defence that the table of failures names stands where it says, once", async () => {
  const mutations = PROOFS.flatMap(({ without }) => without === null ? [] : [without]);
  const sources = await readAll(mutations.map(({ file }) => file));
  for (const mutation of mutations) {
    const source = sources.get(mutation.file) ?? "";
    assert(mutated(source, mutation) !== source, mutation.file);
  }
});

Deno.test("everything in the table of failures is shown by a test, or says why not", () => {
  assertEquals(CLAUSES.filter(({ proofs, but }) => proofs.length === 0 && but === undefined), []);
  assertEquals(PROOFS.filter(({ without, unless }) => without === null && unless === undefined), []);
});

Deno.test({
  name: "the table of failures has every row and every word of what was agreed",
  ignore: !(await Deno.stat(AGREED).then(() => true, () => false)),
  async fn() {
    const agreed = await Deno.readTextFile(AGREED);
    for (const { title, rows } of SECTIONS) {
      const section = agreed.split(/^## /m).find((it) => it.startsWith(`${title}\n`)) ?? "";
      const lines = [...section.matchAll(/^\| (.+) \| (.+) \|$/gm)].filter(([, when]) => when !== "When");
      const said = lines.map(([, when = "", then = ""]) => ({ when, then }));
      for (const { when, then } of said) {
        const row = rows.find((it) => it.when === when);
        const left = (row?.then ?? []).reduce((text, { says }) => text.replace(says, ""), then);
        assertEquals(left.replaceAll(/[;,:.\s]|\band\b/g, ""), "", `${when}: left of "${then}"`);
      }
      assertEquals(
        rows.filter(({ when }) => !said.some((it) => it.when === when)).map(({ when }) => when),
        [],
      );
    }
  },
});
