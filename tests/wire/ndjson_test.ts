import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { EventTooLargeError } from "../../lib/wire/framing.ts";
import { joinBytes } from "../../lib/wire/join_bytes.ts";
import { ndjson, NdjsonParser } from "../../lib/wire/ndjson.ts";
import { cut, parseChunks } from "./framings.ts";

const utf8 = new TextEncoder();

function data(text: string): string[] {
  return parseChunks(ndjson, [utf8.encode(text)]).events.map((event) => event.data);
}

for (
  const [name, text, expected] of [
    ["lines", `{"a":1}\n{"b":2}\n`, [`{"a":1}`, `{"b":2}`]],
    ["CRLF", `{"a":1}\r\n{"b":2}\r\n`, [`{"a":1}`, `{"b":2}`]],
    ["a last line without its end", `{"a":1}\n{"b":2}`, [`{"a":1}`, `{"b":2}`]],
    ["blank lines and spaces", `\n \t\n  {"a":1} \n\r\n`, [`{"a":1}`]],
    ["what is no JSON", "nonsense\n", ["nonsense"]],
    ["nothing", "", []],
    ["texts beyond ASCII", `"Grüße 🦕"\n`, [`"Grüße 🦕"`]],
  ] as const
) {
  Deno.test(`NdjsonParser reads ${name}`, () => assertEquals<unknown>(data(text), expected));
}

const line = fc.oneof(
  fc.jsonValue({ maxDepth: 1 }).map((value) => JSON.stringify(value)),
  fc.constantFrom("", " ", "\r", "Grüße 🦕", "x".repeat(40)),
);

Deno.test("NdjsonParser says the same for every way to split the bytes", () => {
  fc.assert(fc.property(
    fc.array(line, { maxLength: 8 }),
    fc.boolean(),
    fc.array(fc.nat(), { maxLength: 12 }),
    fc.constantFrom(20, undefined),
    (lines, ended, places, limit) => {
      const bytes = utf8.encode(lines.join("\n") + (ended ? "\n" : ""));
      const whole = parseChunks(ndjson, [bytes], limit);
      assertEquals(parseChunks(ndjson, cut(bytes, places), limit), whole);
      if (limit === undefined) {
        assertEquals(
          whole.events.map((event) => event.data),
          lines.map((each) => each.trim()).filter(Boolean),
        );
      }
    },
  ));
});

Deno.test("NdjsonParser hands out the bytes of each line as they came", () => {
  const text = `{"a":1}\r\n{"b":2}\n`;
  const parsed = parseChunks(ndjson, cut(utf8.encode(text), [3, 8, 9]));
  assertEquals(new TextDecoder().decode(joinBytes(parsed.raws)), text);
});

Deno.test("NdjsonParser holds no more than the limit of a line without end", () => {
  const parser = new NdjsonParser(() => {}, { maxEventBytes: 1000 });
  parser.push(new Uint8Array(1000).fill(0x61));
  assertThrows(() => parser.push(new Uint8Array(1).fill(0x61)), EventTooLargeError, "1000 bytes");
  assertThrows(() => parser.push(utf8.encode("\n{}\n")), EventTooLargeError);
  assertEquals(parser.end(), true);
});
