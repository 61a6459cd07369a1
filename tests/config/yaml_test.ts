import { stringify } from "@std/yaml";
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { formatPath, isMapping, type Path } from "../../lib/config/path.ts";
import { scanPositions } from "../../lib/config/positions.ts";
import { parseYaml } from "../../lib/config/yaml.ts";

const TEXT = `# comment
server:
  port: 80 # here
  host: "a: b"
list:
- first: 1
  second: 2
- - x
  - deep: 3
"quoted key": 1
gpt-4.1:
  note: |
    not: a key
    not: a key
  folded: >-
    also: none
  flow: { a: 1,
    b: 2 }
  text: 'over
    lines: 1'
after: true
`;

const LINES: readonly (readonly [path: Path, line: number | null])[] = [
  [["server"], 2],
  [["server", "port"], 3],
  [["server", "host"], 4],
  [["list"], 5],
  [["list", 0], 6],
  [["list", 0, "first"], 6],
  [["list", 0, "second"], 7],
  [["list", 1, 0], 8],
  [["list", 1, 1, "deep"], 9],
  [["quoted key"], 10],
  [["gpt-4.1", "note"], 12],
  [["gpt-4.1", "flow", "b"], 17],
  [["gpt-4.1", "text"], 19],
  [["after"], 21],
  [["after", "nothing", 3], 21],
  [["elsewhere"], null],
];

for (const [path, line] of LINES) {
  Deno.test(`scanPositions() finds ${formatPath(path)} on line ${line}`, () => {
    assertEquals(scanPositions(TEXT).lineOf(path), line);
  });
}

Deno.test("scanPositions() takes nothing within text for a key", () => {
  assertEquals(scanPositions(TEXT).duplicates, []);
});

Deno.test("scanPositions() reads every kind of line end", () => {
  for (const end of ["\n", "\r\n", "\r"]) {
    assertEquals(scanPositions(TEXT.replaceAll("\n", end)).lineOf(["after"]), 21);
  }
});

Deno.test("scanPositions() agrees with the parser on whatever can be written", () => {
  const word = fc.oneof(
    fc.stringMatching(/^[a-z][a-z0-9_.-]{0,6}$/),
    fc.string({ minLength: 1, maxLength: 6 }),
  )
    .filter((name) => name !== "__proto__" && !/[\r\n\u0085\u2028\u2029]/.test(name));
  const leaf = fc.oneof(
    fc.integer(),
    fc.boolean(),
    fc.string({ maxLength: 20 }),
    fc.constant("a\nb: c\nb: c\n"),
  );
  const tree = fc.letrec((tie) => ({
    node: fc.oneof({ depthSize: "small", withCrossShrink: true }, leaf, tie("list"), tie("mapping")),
    list: fc.array(tie("node"), { maxLength: 4 }),
    mapping: fc.dictionary(word, tie("node"), { maxKeys: 4 }),
  })).mapping;
  fc.assert(
    fc.property(tree, (value) => {
      const text = stringify(value);
      const lines = text.split("\n");
      const document = parseYaml(text, "c");
      assertEquals(document.problems, []);
      assertEquals(document.positions.duplicates, []);
      for (const path of pathsOf(document.tree)) {
        const name = path.at(-1);
        const line = lines[(document.positions.lineOf(path) ?? 0) - 1] ?? "";
        if (typeof name === "string" && /^\w+$/.test(name)) {
          assertEquals(line.includes(name), true, `${path} in ${line}`);
        }
      }
    }),
    { numRuns: 500 },
  );
});

function pathsOf(value: unknown, path: Path = []): Path[] {
  const children = Array.isArray(value)
    ? value.map((item, index) => [index, item] as const)
    : isMapping(value)
    ? Object.entries(value)
    : [];
  return children.flatMap(([step, item]) => [[...path, step], ...pathsOf(item, [...path, step])]);
}

Deno.test("parseYaml() quotes nothing of the file", () => {
  for (
    const text of [
      "key: *planted",
      "key: !planted x",
      "a: 1\n planted: 2\n",
      "key: 'planted",
      "key: @planted",
    ]
  ) {
    for (const { message } of parseYaml(text, "c").problems) {
      assertEquals(message.includes("planted"), false, message);
    }
  }
});

Deno.test("parseYaml() merges with << and knows anchors", () => {
  const { tree } = parseYaml("a: &base { x: 1 }\nb:\n  <<: *base\n  y: 2\n", "c");
  assertEquals(tree, { a: { x: 1 }, b: { x: 1, y: 2 } });
});
