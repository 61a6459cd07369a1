import { assertEquals, assertThrows } from "@std/assert";
import { FILES } from "../../lib/console/files.ts";
import { link } from "../../lib/console/link.ts";

/** What a linked text leaves in `out`, a list that it may add to. */
function run(text: string): unknown[] {
  const out: unknown[] = [];
  new Function("out", text)(out);
  return out;
}

function linked(files: Record<string, string>, packages: Record<string, string> = {}): unknown[] {
  return run(link("app.js", files, packages));
}

Deno.test("link() runs each module once, those that it imports before it", () => {
  assertEquals(
    linked({
      "app.js": `import { b } from "./parts/b.js";\nimport { c } from "./c.js";\nout.push("app", b, c());`,
      "parts/b.js": `import { c } from "../c.js";\nout.push("b");\nexport const b = c() + 1;`,
      "c.js": `out.push("c");\nexport function c() {\n  return 1;\n}`,
    }),
    ["c", "b", "app", 2, 1],
  );
});

const FORMS: readonly (readonly [form: string, imported: string, module: string, value: unknown])[] = [
  ["a function", "{ it }", "export function it() { return 1; }", 1],
  [
    "a generator's neighbour",
    "{ it }",
    "function other() { return 2; }\nexport function it() { return other(); }",
    2,
  ],
  ["a class", "{ Some as it }", "export class Some { static value = 3; }", 3],
  ["a constant", "{ it }", "export const it = 4;", 4],
  ["a list over lines", "{\n  it,\n}", "const it = 5;\nexport { it };", 5],
  ["another name here", "{ a as it }", "export const a = 6;", 6],
  ["another name there", "{ it }", "const a = 7;\nexport { a as it };", 7],
  ["of another module", "{ it }", 'export { other as it } from "./other.js";', 8],
  ["a default", "{ default as it }", "export default 9;", 9],
  ["a default of a function", "{ default as it }", "var n=1;export default function(){return n+9}", 10],
  ["what was made small", "{it}", 'import{other as n}from"./other.js";var t=n+3;export{t as it};', 11],
  ["words in a text", "{ it }", 'export const it = "we import this from there, and export it";', undefined],
];

for (const [form, imported, module, value] of FORMS) {
  Deno.test(`link() knows an export: ${form}`, () => {
    const [found] = linked({
      "app.js": `import ${imported} from "./module.js";\nout.push(it);`,
      "module.js": module,
      "other.js": "export const other = 8;",
    });
    const plain = typeof found !== "function" ? found : "value" in found ? found.value : found();
    assertEquals(plain, value ?? "we import this from there, and export it");
  });
}

Deno.test("link() keeps what a module does not export to itself", () => {
  assertEquals(
    linked({
      "app.js": `import { a } from "./a.js";\nconst secret = 1;\nout.push(a, secret);`,
      "a.js": `const secret = 2;\nexport const a = secret;`,
    }),
    [2, 1],
  );
});

Deno.test("link() finds packages by their names", () => {
  const files = {
    "app.js": `import { h } from "some/package";\nout.push(h);`,
    "packages/it.js": "export const h = 1;",
  };
  assertEquals(linked(files, { "some/package": "packages/it.js" }), [1]);
});

const REFUSED: readonly (readonly [why: string, app: string, says: string])[] = [
  ["a file that is not there", `import { a } from "./none.js";`, "There is no none.js"],
  ["a circle", `import { a } from "./app.js";`, "app.js imports itself"],
  ["all of a module", `import * as a from "./a.js";`, "app.js: what is 'import * as a from \"./a.js\";'?"],
  ["no name", `import "./a.js";`, "app.js: what is 'import \"./a.js\";'?"],
  ["a variable", "export let a = 1;", "app.js: what is 'export let a = 1;'?"],
];

for (const [why, app, says] of REFUSED) {
  Deno.test(`link() refuses ${why}`, () => {
    assertThrows(() => link("app.js", { "app.js": app, "a.js": "export const a = 1;" }, {}), Error, says);
  });
}

Deno.test("the console's script is one that parses, and has nothing to ask for", () => {
  const script = FILES["app.js"] ?? "";
  assertEquals(/\bimport\s*\(|\bimport\.meta/.exec(script), null);
  new Function(`"use strict";\n${script}`);
});
