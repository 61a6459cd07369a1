import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { GatewayError } from "../../../lib/errors.ts";
import { PatternLines } from "../../../lib/stages/pii/pattern_lines.ts";
import { Placeholders } from "../../../lib/stages/pii/placeholders.ts";
import { FOUND, NOTHING } from "./examples.ts";
import { filtered, textFilter } from "./filter_setup.ts";

const SNIPPETS = [
  ...FOUND.map(([text]) => text),
  ...NOTHING,
  "<EMAIL_1>",
  "<EMAIL_2>",
  "<EMAIL_",
  "a <b> c",
  "\n",
  " ",
  "employee EMP-1234 x",
];
const PATTERNS = [{ type: "employee", form: /EMP-\d{4}/gu }, { type: "project", form: /employee [A-Z]+/gu }];

/** Texts that hold what is found, halves of it, and anything. */
const TEXTS = fc.array(
  fc.oneof(
    fc.constantFrom(...SNIPPETS),
    fc.tuple(fc.constantFrom(...SNIPPETS), fc.nat(60)).map(([text, end]) => text.slice(0, end)),
    fc.string({ maxLength: 20, unit: "binary" }),
    fc.constantFrom("x".repeat(300), "1 ".repeat(50), "phone ", "password: "),
  ),
  { maxLength: 8 },
).map((parts) => parts.join(""));

function cut(text: string, at: readonly number[]): string[] {
  const places = [...new Set(at.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [...places, text.length].map((end, i) => text.slice(i === 0 ? 0 : places[i - 1], end));
}

for (const [name, patterns] of [["", []], [" with patterns", PATTERNS]] as const) {
  Deno.test(`a text in pieces comes out as the whole one does, wherever it is cut${name}`, () => {
    fc.assert(
      fc.property(TEXTS, fc.array(fc.nat(), { maxLength: 12 }), (text, places) => {
        const setup = () => {
          const placeholders = new Placeholders(() => false);
          placeholders.of("email", "first@client.example");
          return { placeholders, restores: true, patterns };
        };
        const whole = filtered([text], setup());
        assertEquals(filtered(cut(text, places), setup()), whole);
        assertEquals(filtered([...text.split("")], setup()), whole);
      }),
      { numRuns: 300 },
    );
  });
}

Deno.test("what is allowed comes out as it went in", () => {
  fc.assert(
    fc.property(TEXTS, (text) => assertEquals(filtered([text], { action: "allow", restores: true }), text)),
    { numRuns: 200 },
  );
});

Deno.test("redacted and restored, a text is what it was", () => {
  fc.assert(
    fc.property(TEXTS, (text) => {
      const placeholders = new Placeholders((placeholder) => text.includes(placeholder));
      const redacted = filtered([text], { placeholders });
      assertEquals(filtered([redacted], { placeholders, restores: true, action: "allow" }), text);
    }),
    { numRuns: 300 },
  );
});

Deno.test("a placeholder is the same for the same value, and none of the client's own", () => {
  const text = "<EMAIL_1> is a@b.org, c@d.org, a@b.org";
  const placeholders = new Placeholders((placeholder) => text.includes(placeholder));
  assertEquals(filtered([text], { placeholders }), "<EMAIL_1> is <EMAIL_2>, <EMAIL_3>, <EMAIL_2>");
});

Deno.test("plain words go out as soon as the next one begins", () => {
  const filter = textFilter();
  assertEquals(filter.push("The quick brown"), "The quick ");
  assertEquals(filter.push(" fox, in 2024"), "brown fox, in ");
  assertEquals(filter.push(" it jumped"), "2024 it ");
  assertEquals(filter.push("."), "jumped.".slice(0, 0));
  assertEquals(filter.end(), "jumped.");
});

Deno.test("nothing of what is blocked goes out, and text that may not be altered is not", () => {
  const filter = textFilter({ actions: { card: "block" } });
  assertEquals(filter.push("My card is 4111 1111 1111 1"), "My card is ");
  assertThrows(() => filter.push("111, and more"), GatewayError, "(card)");
  assertEquals(filtered(["a@b.org, <EMAIL_1>"], { alterable: false, restores: true }), "a@b.org, <EMAIL_1>");
});

Deno.test("what is held back is bounded, whatever comes", () => {
  for (
    const endless of [
      "a",
      "1",
      "1 ",
      "-",
      ":",
      "<",
      "A",
      "@",
      "::",
      "AB ",
      "-----BEGIN PRIVATE KEY-----",
      "<A",
    ]
  ) {
    const filter = textFilter({ restores: true });
    let sent = 0;
    let out = 0;
    for (let i = 0; i < 3000; i++) {
      const piece = endless.repeat(16);
      sent += piece.length;
      out += filter.push(piece).length;
      // A private key that was found is shorter in its place than it was.
      if (!endless.includes("KEY")) assert(sent - out < 17_000, `${endless}: ${sent - out} are held back`);
    }
  }
});

Deno.test("patterns that take too long end with an error; waiting for the rest of a text is no part of their time", () => {
  let now = 0;
  const lines = (step: number) =>
    new PatternLines([{ type: "x", form: /x/gu }], { ms: 10, now: () => now += step });
  const slow = lines(6);
  assertEquals(slow.covers("a\nb\n", 0, false), true);
  assertThrows(() => slow.covers("a\nb\n", 2, false), GatewayError, "10 ms");
  const patient = lines(0);
  assertEquals(patient.covers("a\nb\n", 0, false), true);
  now += 1000;
  assertEquals(patient.covers("a\nb\n", 2, false), true);
});
