import { assertEquals, assertThrows } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import { Fields, put, unknownFields } from "../../lib/wire/shape.ts";

const body = new Fields(
  {
    text: "words",
    number: 1.5,
    flag: true,
    nothing: null,
    list: [{ a: 1 }, "b"],
    object: { inner: { x: 1 } },
    empty: [],
    metadata: { a: "1", b: 2 },
  },
  "",
  "invalid_request",
);

const wrong: readonly [name: string, read: () => unknown, param: string, message: string][] = [
  ["string of a number", () => body.string("number"), "number", "expected a string, but got 1.5 instead"],
  ["string of nothing", () => body.string("absent"), "absent", "Missing 'absent': expected a string."],
  ["string of null", () => body.string("nothing"), "nothing", "but got null instead"],
  ["number of a string", () => body.optionalNumber("text"), "text", "expected a number, but got a string"],
  ["integer of a fraction", () => body.optionalInteger("number"), "number", "expected an integer"],
  ["boolean of an array", () => body.optionalBoolean("empty"), "empty", "but got an empty array"],
  ["word of a few", () => body.oneOf("text", ["a", "b"]), "text", "one of 'a', 'b', but got 'words'"],
  ["object of an array", () => body.optionalObject("list"), "list", "expected an object, but got an array"],
  [
    "array of objects",
    () => body.items("list"),
    "list[1]",
    "'list[1]': expected an object, but got a string",
  ],
  ["inner field", () => body.fields("object").string("inner"), "object.inner", "but got an object instead"],
  ["array of strings", () => body.optionalStrings("list"), "list[0]", "expected a string, but got an object"],
  [
    "one or more strings",
    () => body.oneOrMoreStrings("object"),
    "object",
    "expected a string or an array of strings, but got an object",
  ],
  ["map of strings", () => body.optionalStringMap("metadata"), "metadata.b", "expected a string, but got 2"],
];

for (const [name, read, param, message] of wrong) {
  Deno.test(`Fields names path, expectation and value: ${name}`, () => {
    const error = assertThrows(read, GatewayError, message);
    assertEquals([error.code, error.status, error.param], ["invalid_request", 400, param]);
  });
}

Deno.test("Fields reads what is there and takes null for absent", () => {
  assertEquals(body.string("text"), "words");
  assertEquals(body.optionalNumber("number"), 1.5);
  assertEquals(body.optionalBoolean("flag"), true);
  assertEquals(body.optionalString("nothing"), undefined);
  assertEquals(body.optionalItems("nothing"), undefined);
  assertEquals(body.fields("object").fields("inner").path, "object.inner");
});

Deno.test("Fields blames the provider, without a parameter, for an answer of its", () => {
  const answer = new Fields({}, "", "upstream_invalid_response");
  const error = assertThrows(() => answer.items("choices"), GatewayError, "Missing 'choices'");
  assertEquals([error.status, error.param], [502, null]);
});

Deno.test("Fields never repeats a text that may be a prompt", () => {
  const fields = new Fields({ role: "x".repeat(41) }, "", "invalid_request");
  const error = assertThrows(() => fields.oneOf("role", ["user"]), GatewayError);
  assertEquals(error.message.includes("xxx"), false);
});

Deno.test("unknownFields() gives the rest, and nothing where there is none", () => {
  assertEquals(unknownFields({ a: 1, b: null }, new Set(["a"])), { b: null });
  assertEquals(unknownFields({ a: 1 }, new Set(["a"])), undefined);
});

Deno.test("put() leaves an absent field absent", () => {
  const target: { a?: number; b?: number } = {};
  put(target, "a", 1);
  put(target, "b", undefined);
  assertEquals(Object.keys(target), ["a"]);
});
