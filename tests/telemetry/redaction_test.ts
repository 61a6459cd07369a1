import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Redactor } from "../../lib/telemetry/redaction.ts";

const LONG = 10_000;

function body(value: unknown, options: { paths?: string[]; keys?: string[] } = {}): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return new Redactor({ paths: [], keys: [], ...options }).body(new TextEncoder().encode(text), LONG);
}

/** Paths, what came, what is logged. */
const PATHS: readonly (readonly [path: string, given: unknown, expected: unknown])[] = [
  ["input", { input: "secret", model: "m" }, { input: "***", model: "m" }],
  ["$.input", { input: { a: 1 } }, { input: "***" }],
  ["messages[*].content", { messages: [{ role: "user", content: "s" }, { content: ["s"] }] }, {
    messages: [{ role: "user", content: "***" }, { content: "***" }],
  }],
  ["metadata.*", { metadata: { a: 1, b: 2 }, other: { a: 1 } }, {
    metadata: { a: "***", b: "***" },
    other: { a: 1 },
  }],
  ["a.b.c", { a: { b: { c: 1, d: 2 } } }, { a: { b: { c: "***", d: 2 } } }],
  ["a.b", { b: 1, a: [{ b: 1 }] }, { b: 1, a: [{ b: 1 }] }],
  ["[*].x", [{ x: 1 }, { y: 1 }], [{ x: "***" }, { y: 1 }]],
  ["messages", { messages: null }, { messages: "***" }],
];

for (const [path, given, expected] of PATHS) {
  Deno.test(`Redactor takes ${path} out of ${JSON.stringify(given)}`, () => {
    assertEquals(JSON.parse(body(given, { paths: [path] })), expected);
  });
}

for (const path of ["", "$", "a[0]", "a..b", "a[", "[]"]) {
  Deno.test(`Redactor refuses the path "${path}"`, () => {
    assertThrows(() => new Redactor({ paths: [path], keys: [] }), TypeError, `Cannot redact "${path}"`);
  });
}

for (
  const name of [
    "password",
    "Authorization",
    "api_key",
    "openai_api_key",
    "X-API-Key",
    "client_secret",
    "access_token",
  ]
) {
  Deno.test(`Redactor knows ${name} for a secret wherever it stands`, () => {
    assertEquals(body({ tools: [{ [name]: "planted" }] }).includes("planted"), false);
  });
}

for (const name of ["max_tokens", "prompt_tokens", "total_tokens", "token_type", "content", "secretary"]) {
  Deno.test(`Redactor leaves ${name} alone`, () => {
    assertEquals(JSON.parse(body({ [name]: "seen" })), { [name]: "seen" });
  });
}

Deno.test("Redactor takes names with a star for any characters, and those without as they are", () => {
  const given = { customer_ssn: "1", SSN_old: "2", "a.b": "3", axb: "4" };
  assertEquals(JSON.parse(body(given, { keys: ["*ssn*", "a.b"] })), {
    customer_ssn: "***",
    SSN_old: "***",
    "a.b": "***",
    axb: "4",
  });
});

for (
  const secret of [
    `sk-${"a1B2".repeat(6)}`,
    `Bearer ${"x".repeat(20)}`,
    `eyJ${"a".repeat(20)}.${"b".repeat(20)}.${"c".repeat(20)}`,
  ]
) {
  Deno.test(`Redactor knows ${secret.slice(0, 6)}… for a secret in any text`, () => {
    for (
      const given of [{ messages: [{ content: `my key is ${secret}` }] }, `plain text with ${secret} in it`]
    ) {
      assertEquals(body(given).includes(secret.slice(0, 12)), false);
    }
    assertEquals(new Redactor({ paths: [], keys: [] }).text(`it is ${secret}`, LONG), "it is ***");
  });
}

Deno.test("Redactor reads the events of a stream, and shows nothing of one that was cut off", () => {
  const events = [
    "event: message",
    'data: {"delta":{"content":"hidden"},"id":"1"}',
    "",
    "data: [DONE]",
    'data: {"delta":{"content":"hid',
  ].join("\n");
  assertEquals(
    body(events, { paths: ["delta.content"] }),
    'event: message\ndata: {"delta":{"content":"***"},"id":"1"}\n\ndata: [DONE]\ndata: [cut off]',
  );
});

Deno.test("Redactor cuts long bodies and does not read huge ones", () => {
  const redactor = new Redactor({ paths: [], keys: [] });
  const bytes = new TextEncoder().encode(JSON.stringify({ input: "x".repeat(100) }));
  assertEquals(redactor.body(bytes, 20), '{"input":"xxxxxxxxxx… [112 characters]');
  assertEquals(redactor.body(new Uint8Array(2_000_000), 20), "[2000000 bytes]");
});

Deno.test("Redactor changes nothing but what it takes out", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const text = JSON.stringify(value);
    if (/Bearer|eyJ|(sk|pk|rk|xai|gsk|AIza|ghp|github_pat|glpat|xox)/.test(text)) return;
    const redacted = JSON.parse(body({ value })).value;
    assertEquals(JSON.stringify(redacted).replace(/"\*\*\*"/g, "").length <= text.length, true);
    if (!JSON.stringify(redacted).includes("***")) assertEquals(redacted, JSON.parse(text));
  }));
});

Deno.test("Redactor takes linear time on a hostile text", () => {
  const started = performance.now();
  body(`${"eyJaaaaaaaa.".repeat(40_000)}`);
  body(`${"Bearer ".repeat(80_000)}`);
  body({ [`${"a".repeat(200_000)}`]: 1 }, { keys: ["*a*a*a*a*b"] });
  const took = performance.now() - started;
  assertEquals(took < 2000, true, `${took} ms`);
});
