import { assertEquals } from "@std/assert";
import { customToolAsFunction, customToolNames, unwrapCustomInput } from "../../lib/wire/custom_tools.ts";
import { isCompleteObject, parseArguments, printArguments } from "../../lib/wire/tool_arguments.ts";

const texts: readonly [text: string, object: unknown][] = [
  [`{"a": 1}`, { a: 1 }],
  ["", {}],
  ["  \n", {}],
  [`{"a": `, { input: `{"a": ` }],
  ["SELECT 1", { input: "SELECT 1" }],
  ["[1, 2]", { input: [1, 2] }],
  [`"text"`, { input: "text" }],
  ["null", { input: "null" }],
];

for (const [text, object] of texts) {
  Deno.test(`parseArguments() makes an object of ${JSON.stringify(text)}`, () => {
    assertEquals<unknown>(parseArguments(text), object);
  });
}

Deno.test("printArguments() is the text of an object, and {} of nothing", () => {
  assertEquals(printArguments({ a: [1] }), `{"a":[1]}`);
  assertEquals(printArguments(undefined), "{}");
  assertEquals(printArguments("{ }"), "{ }");
});

Deno.test("isCompleteObject() is true of whole objects only", () => {
  assertEquals([`{"a":1}`, "{} \n"].map(isCompleteObject), [true, true]);
  assertEquals(["", `{"a":"}`, "[1]", "{", "7"].map(isCompleteObject), [false, false, false, false, false]);
});

Deno.test("unwrapCustomInput() takes the text out, or leaves what is none as it is", () => {
  assertEquals(unwrapCustomInput(`{"input":"SELECT 1"}`), "SELECT 1");
  assertEquals(unwrapCustomInput(`{"query":"SELECT 1"}`), `{"query":"SELECT 1"}`);
});

Deno.test("customToolAsFunction() tells a grammar in words", () => {
  const tool = customToolAsFunction({
    type: "custom",
    name: "sql",
    description: "Runs SQL.",
    inputFormat: { type: "grammar", syntax: "lark", definition: "start: /x/" },
  });
  assertEquals(tool.description, "Runs SQL.\n\nThe input must match this Lark grammar:\nstart: /x/");
  assertEquals(tool.parameters?.required, ["input"]);
});

Deno.test("customToolNames() finds the free-text tools of both OpenAI formats", () => {
  const names = customToolNames({
    tools: [
      { type: "function", function: { name: "f" } },
      { type: "custom", custom: { name: "chat" } },
      { type: "custom", name: "responses" },
    ],
  });
  assertEquals([...names], ["chat", "responses"]);
  assertEquals(customToolNames({}).size, 0);
});
