/** The documentation: its configurations are pieces of one each, so what they name may stand elsewhere. */
import { assertEquals } from "@std/assert";
import { problemsOf } from "../config/load_text.ts";

const ROOT = new URL("../../", import.meta.url);
const BLOCK = /^```ya?ml\n(.*?)^```/gms;
/** Prometheus's, which are not ours. */
const OTHERS = /^(scrape_configs|rules):/m;
/** Whatever the piece leaves out, it has to be YAML and its keys have to be ours. */
const WRONG = /not valid YAML|unknown key|is given twice|a tab in/;

const pages = [new URL("README.md", ROOT)];
for await (const { name } of Deno.readDir(new URL("docs/", ROOT))) {
  if (name.endsWith(".md")) pages.push(new URL(`docs/${name}`, ROOT));
}

Deno.test("every configuration in the documentation is YAML, of keys that there are", async () => {
  const wrong: string[] = [];
  for (const page of pages) {
    const text = await Deno.readTextFile(page);
    for (const [whole, block = ""] of text.matchAll(BLOCK)) {
      if (OTHERS.test(block)) continue;
      const line = text.slice(0, text.indexOf(whole)).split("\n").length;
      const problems = problemsOf(block).filter((problem) => WRONG.test(problem));
      wrong.push(...problems.map((problem) => `${page.pathname.split("/").at(-1)}:${line}: ${problem}`));
    }
  }
  assertEquals(wrong, []);
});

Deno.test("every row of a table in the documentation has as many cells as the table's head", async () => {
  const wrong: string[] = [];
  for (const page of pages) {
    const text = (await Deno.readTextFile(page)).replace(
      /^```.*?^```/gms,
      (code) => code.replace(/[^\n]/g, ""),
    );
    let cells = 0;
    for (const [index, line] of text.split("\n").entries()) {
      const bars = line.startsWith("|") ? line.match(/(?<!\\)\|/g)?.length ?? 0 : 0;
      if (bars > 0 && cells > 0 && bars !== cells) {
        wrong.push(`${page.pathname.split("/").at(-1)}:${index + 1}`);
      }
      cells = bars === 0 ? 0 : cells || bars;
    }
  }
  assertEquals(wrong, []);
});
