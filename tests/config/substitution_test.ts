import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { substitute } from "../../lib/config/substitution.ts";

const ENV: Readonly<Record<string, string>> = { A: "one", EMPTY: "", API_KEY: "planted" };
const sources = {
  env: (name: string) => ENV[name],
  readFile(path: string) {
    if (path === "/run/secrets/x") return "from file\n";
    throw new Deno.errors.NotFound(path);
  },
};

const TEXTS: readonly (readonly [given: string, text: string])[] = [
  ["plain", "plain"],
  ["${A}", "one"],
  ["<${A}-${A}>", "<one-one>"],
  ["${A:-two}", "one"],
  ["${NONE:-two}", "two"],
  ["${EMPTY:-two}", "two"],
  ["${NONE:-}", ""],
  ["${NONE:-http://host:1/v1}", "http://host:1/v1"],
  ["${NONE:-${A}}", "one"],
  ["${NONE:-a:-b}", "a:-b"],
  ["$$", "$"],
  ["$${A}", "${A}"],
  ["$$$${A}", "$${A}"],
  ["cost: $5", "cost: $5"],
  ["$", "$"],
  ["${file:/run/secrets/x}", "from file"],
];

for (const [given, text] of TEXTS) {
  Deno.test(`substitute() makes "${text}" of "${given}"`, () => {
    const result = substitute(given, sources);
    assertEquals([result.text, result.error], [text, null]);
  });
}

Deno.test("substitute() says which variable gave nothing, and why", () => {
  assertEquals(substitute("${NONE}", sources).blank, [{ variable: "NONE", why: "unset" }]);
  assertEquals(substitute("${EMPTY}", sources).blank, [{ variable: "EMPTY", why: "empty" }]);
  assertEquals(substitute("${NONE:-}", sources).blank, [{ variable: "NONE", why: "default" }]);
  assertEquals(substitute("${A}", sources).blank, []);
});

Deno.test("substitute() knows what is never to be printed", () => {
  assertEquals(substitute("${API_KEY}", sources).secret, true);
  assertEquals(substitute("${file:/run/secrets/x}", sources).secret, true);
  assertEquals(substitute("${A}", sources).secret, false);
});

Deno.test("substitute() names a file that cannot be read, and not what is in it", () => {
  assertEquals(substitute("${file:/none}", sources).error, "cannot read /none (NotFound)");
});

Deno.test("substitute() never throws, and leaves text without a dollar sign alone", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("$", "{", "}", ":", "-", "A", "x", " ") }), (given) => {
      const { text } = substitute(given, sources);
      if (!given.includes("$")) assertEquals(text, given);
    }),
  );
});
