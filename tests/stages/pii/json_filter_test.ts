import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { JsonFilter } from "../../../lib/stages/pii/json_filter.ts";
import { Placeholders } from "../../../lib/stages/pii/placeholders.ts";
import { inspector } from "./filter_setup.ts";

const VALUES = fc.oneof(
  fc.constantFrom(
    "a@b.org",
    '"quoted" a@b.org\n',
    "\\a@b.org",
    "<EMAIL_1>",
    "Tel.\t030 1234567",
    "é\ud83d\ude00",
  ),
  fc.string({ unit: "binary", maxLength: 20 }),
);
const JSONS = fc.record({
  to: VALUES,
  list: fc.array(fc.oneof(VALUES, fc.double(), fc.boolean(), fc.constant(null))),
});

/** What a text of the arguments means, with every character of it escaped that can be. */
function escaped(json: string): string {
  return json.replaceAll(/[<>@]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

function filtered(pieces: readonly string[]): unknown {
  const placeholders = new Placeholders(() => false);
  placeholders.of("email", 'the "first"\n@client.example');
  const filter = new JsonFilter({ inspector: inspector({ placeholders }), restores: true, alterable: true });
  return JSON.parse(pieces.map((piece) => filter.push(piece)).join("") + filter.end());
}

Deno.test("arguments in pieces mean what the whole ones do, are valid, and hold nothing that was redacted", () => {
  fc.assert(
    fc.property(JSONS, fc.boolean(), (value, escapes) => {
      const json = escapes ? escaped(JSON.stringify(value)) : JSON.stringify(value);
      const whole = filtered([json]);
      assertEquals(filtered(json.split("")), whole);
      assertEquals(filtered(json.match(/[^]{1,3}/g) ?? []), whole);
      assertEquals(JSON.stringify(whole).includes("a@b.org"), false);
    }),
    { numRuns: 300 },
  );
});

Deno.test("a placeholder becomes text of JSON, whatever it stands for and however it is spelt", () => {
  const expected = { a: 'the "first"\n@client.example' };
  assertEquals(filtered(['{"a":"<EMA', 'IL_1>"}']), expected);
  assertEquals(filtered(['{"a":"\\u003cEMAIL_1\\u0', '03e"}']), expected);
});
