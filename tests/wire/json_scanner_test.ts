import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { GatewayError } from "../../lib/errors.ts";
import { edit, type JsonEdit, scanJson } from "../../lib/wire/json_scanner.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const bytes = (text: string) => encoder.encode(text);

/** Values that are JSON, by themselves and within an object. */
const GOOD = [
  "0",
  "-0",
  "10",
  "-1.5",
  "1e5",
  "1E+5",
  "1.25e-10",
  "1e999",
  "123456789012345678901234567890",
  "0e1",
  "0.0e-0",
  "null",
  "true",
  "false",
  '""',
  '"a"',
  '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
  '"\\u0041\\u00e9\\u20ac"',
  '"\\ud83d\\ude00"',
  '"\\uD83D\\uDE00x"',
  '"é€😀\u2028\u2029\ufeff\uffff\u007f"',
  '"\\u0000"',
  "[]",
  "[ ]",
  "[1]",
  "[1,2]",
  "[ 1 , [ ] ]",
  "{}",
  "{ }",
  '{"":0}',
  '{"a":{"a":{"a":1}}}',
  '{"a":1,"b":[{"a":1},{"a":1}]}',
  " \t\r\n1 \t\r\n",
  '"\\\\"',
  '"\\\\\\""',
];

/** Texts that are no JSON; the place that the message names. */
const BAD: [text: string, place: string][] = [
  ["", "line 1, column 1"],
  ["  ", "column 3"],
  ["{", "column 2"],
  ["[", "column 2"],
  ["]", "column 1"],
  ["}", "column 1"],
  ["[1", "column 3"],
  ["[1,", "column 4"],
  ["[1,]", "column 4"],
  ["[,1]", "column 2"],
  ["[1 2]", "column 4"],
  ["[1}", "column 3"],
  ['{"a"', "column 5"],
  ['{"a":', "column 6"],
  ['{"a":1', "column 7"],
  ['{"a":1,', "column 8"],
  ['{"a":1,}', "column 8"],
  ['{"a" 1}', "column 6"],
  ['{"a":1 "b":2}', "column 8"],
  ["{a:1}", "column 2"],
  ["{'a':1}", "column 2"],
  ["{1:1}", "column 2"],
  ["{,}", "column 2"],
  ['{"a":,}', "column 6"],
  ['{"a":1]', "column 7"],
  ["1 1", "column 3"],
  ["{} {}", "column 4"],
  ["nul", "column 1"],
  ["nulL", "column 1"],
  ["True", "column 1"],
  ["truee", "column 5"],
  ["fals", "column 1"],
  ["undefined", "column 1"],
  ["NaN", "column 1"],
  ["Infinity", "column 1"],
  ["-Infinity", "column 2"],
  ["-", "column 2"],
  ["+1", "column 1"],
  ["01", "column 2"],
  ["-01", "column 3"],
  ["1.", "column 3"],
  [".5", "column 1"],
  ["1.e5", "column 3"],
  ["1e", "column 3"],
  ["1e+", "column 4"],
  ["1ee5", "column 3"],
  ["0x10", "column 2"],
  ["1_000", "column 2"],
  ["--1", "column 2"],
  ['"', "column 2"],
  ['"a', "column 3"],
  ['"a\\', "column 4"],
  ['"\\', "column 3"],
  ['"\\"', "column 4"],
  ['"\\x"', "column 2"],
  ['"\\u12"', "column 6"],
  ['"\\u12g4"', "column 6"],
  ['"\\u', "column 4"],
  ['"\\ud83d\\u12"', "column 12"],
  ['"a\nb"', "column 3"],
  ['"a\tb"', "column 3"],
  ['"\0"', "column 2"],
  ['"\x1f"', "column 2"],
  ["'a'", "column 1"],
  ["[1]\n{\n", "line 2, column 1"],
  ["// x\n1", "column 1"],
  ["1 // x", "column 3"],
  ["/**/1", "column 1"],
  ["\u00a01", "column 1"],
  ["1\u00a0", "column 2"],
  ["\u20281", "column 1"],
  ["\f1", "column 1"],
  ["\v1", "column 1"],
  ['["é😀",\n "ü" x]', "line 2, column 6"],
  ["\ufeff{}", "column 1"],
  ["{}\ufeff", "column 3"],
  ["\0", "column 1"],
  ["{}\0", "column 3"],
  ["[1]x", "column 4"],
  ['{"a":"b"}#', "column 10"],
];

for (const text of GOOD) {
  Deno.test(`scanJson() takes ${JSON.stringify(text)} as JSON.parse does`, () => {
    JSON.parse(text);
    for (const body of [`{"x":${text}}`, `{"x":[${text},${text}],"y":${text}}`, `{"x":{"y":${text}}}`]) {
      assertEquals(scanJson(bytes(body)).value("x"), JSON.parse(body).x);
    }
  });
}

for (const [text, place] of BAD) {
  Deno.test(`scanJson() refuses ${JSON.stringify(text)} with the place`, () => {
    assertThrows(() => JSON.parse(text), SyntaxError);
    const error = assertThrows(() => scanJson(bytes(text)), GatewayError, place) as GatewayError;
    assertEquals(error.code, "invalid_json");
    assertEquals(error.status, 400);
    // The same within an object, where the rest of it follows.
    if (!text.startsWith("\ufeff")) assertThrows(() => scanJson(bytes(`{"a":[${text}`)), GatewayError);
  });
}

/** JSON that is refused all the same. */
const REFUSED: [
  what: string,
  body: string | Uint8Array,
  code: string,
  message: string,
  param: string | null,
][] = [
  ["a top-level array", "[]", "invalid_request", "must be a JSON object, at line 1, column 1.", null],
  ["a top-level string", '"a"', "invalid_request", "must be a JSON object", null],
  [
    "a duplicate key",
    '{"a":1,\n"a":2}',
    "invalid_request",
    'The key "a" stands twice in one object, at line 2, column 1',
    null,
  ],
  [
    "a duplicate key below",
    '{"m":[{},{"k":{"a":1,"b":2,"a":3}}]}',
    "invalid_request",
    '"a" stands twice',
    "m[1].k",
  ],
  [
    "a duplicate key in disguise",
    '{"model":1,"mod\\u0065l":2}',
    "invalid_request",
    '"model" stands twice',
    null,
  ],
  ["two disguises", '{"\\u00e9":1,"\u00e9":2}', "invalid_request", "stands twice", null],
  ["an empty key twice", '{"":1,"":2}', "invalid_request", '"" stands twice', null],
  ["a duplicate among many", `{${keys(40)},"k3":0}`, "invalid_request", '"k3" stands twice', null],
  ["a duplicate at the end of many", `{${keys(40)},"k39":0}`, "invalid_request", '"k39" stands twice', null],
  [
    "a duplicate after nesting",
    '{"a":{"x":1,"y":2},"b":{"x":1},"a":1}',
    "invalid_request",
    '"a" stands twice',
    null,
  ],
  [
    "__proto__",
    '{"a":{"__proto__":1}}',
    "invalid_request",
    "'__proto__' is not allowed, at line 1, column 7 (a)",
    "a",
  ],
  ["__proto__ in disguise", '{"\\u005f_proto__":1}', "invalid_request", "'__proto__' is not allowed", null],
  [
    "a lone high surrogate",
    '{"a":"\\ud800"}',
    "invalid_request",
    "lone surrogate in a string, at line 1, column 7 (a)",
    "a",
  ],
  ["a lone low surrogate", '{"a":"\\udc00"}', "invalid_request", "lone surrogate", "a"],
  ["surrogates in the wrong order", '{"a":"\\udc00\\ud800"}', "invalid_request", "lone surrogate", "a"],
  ["two high surrogates", '{"a":"\\ud800\\ud800"}', "invalid_request", "lone surrogate", "a"],
  ["a lone surrogate in a key", '{"\\ud800":1}', "invalid_request", "lone surrogate", null],
  ["NUL in a key", '{"a\\u0000":1}', "invalid_request", "must not contain NUL", null],
  [
    "NUL in a model's name",
    '{"model":"a\\u0000b"}',
    "invalid_request",
    "'model' must not contain NUL",
    "model",
  ],
  [
    "NUL in an id",
    '{"messages":[{"tool_call_id":"\\u0000"}]}',
    "invalid_request",
    "'tool_call_id' must not",
    "messages[0].tool_call_id",
  ],
  [
    "65 levels",
    '{"a":' + "[".repeat(64) + "]".repeat(64) + "}",
    "invalid_request",
    "deeper than 64 levels",
    "a" + "[0]".repeat(63),
  ],
  [
    "endless nesting",
    '{"a":' + "[".repeat(1_000_000),
    "invalid_request",
    "deeper than 64 levels",
    "a" + "[0]".repeat(63),
  ],
  [
    "invalid UTF-8",
    Uint8Array.of(0x7b, 0x22, 0xc3, 0xa9, 0xff, 0x22),
    "invalid_json",
    "not valid UTF-8, at line 1, column 4",
    null,
  ],
  ["truncated UTF-8", Uint8Array.of(0x22, 0xe2, 0x82), "invalid_json", "not valid UTF-8", null],
  [
    "a surrogate in UTF-8",
    Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22),
    "invalid_json",
    "not valid UTF-8, at line 1, column 3",
    null,
  ],
];

function keys(count: number): string {
  return Array.from({ length: count }, (_, i) => `"k${i}":${i}`).join();
}

for (const [what, body, code, message, param] of REFUSED) {
  Deno.test(`scanJson() refuses ${what}`, () => {
    const input = typeof body === "string" ? bytes(body) : body;
    const error = assertThrows(() => scanJson(input), GatewayError, message) as GatewayError;
    assertEquals([error.code, error.status, error.param], [code, 400, param]);
  });
}

const ACCEPTED: [what: string, body: string][] = [
  ["equal keys in different objects", '{"a":{"a":1},"b":{"a":1},"c":[{"a":1},{"a":2}]}'],
  ["NUL in a text", '{"messages":[{"content":"\\u0000"}]}'],
  ["NUL in a text before a key with an escape", '{"a":["\\u0000",{"\\u0061":1}]}'],
  ["NUL in a list of an identifier's name", '{"user":["\\u0000"]}'],
  ["constructor, toString and many keys", `{"constructor":1,"toString":2,"hasOwnProperty":3,${keys(50)}}`],
  ["64 levels", '{"a":' + "[".repeat(63) + "]".repeat(63) + "}"],
  ["a key that is longer than most", `{"${"k".repeat(100)}":1,"${"k".repeat(101)}":2}`],
];

for (const [what, body] of ACCEPTED) {
  Deno.test(`scanJson() accepts ${what}`, () => {
    const parsed = JSON.parse(body);
    const scan = scanJson(bytes(body));
    assertEquals(scan.members.map((member) => member.key), Object.keys(parsed));
    for (const key of Object.keys(parsed)) assertEquals(scan.value(key), parsed[key]);
  });
}

Deno.test("scanJson() tells where members and elements lie", () => {
  const text = ' {"model" : "m\\"}", "messages":[ {"a":1},2 ,"é"], "tools":[1]}';
  const scan = scanJson(bytes(text));
  assertEquals(scan.members.map(({ key }) => key), ["model", "messages", "tools"]);
  assertEquals([scan.member("messages")?.key, scan.member("message")], ["messages", undefined]);
  assertEquals(scan.value("model"), 'm"}');
  assertEquals(scan.value("absent"), undefined);
  assertEquals(scan.slice("absent"), null);
  assertEquals(decoder.decode(scan.slice("messages") ?? bytes("")), '[ {"a":1},2 ,"é"]');
  const elements = (name: string, key: string) => {
    const flat = scanJson(bytes(text), { elementsOf: name }).member(key)?.elements;
    if (flat === null || flat === undefined) return null;
    const found: string[] = [];
    for (let i = 0; i < flat.length; i += 2) {
      found.push(decoder.decode(bytes(text).subarray(flat[i], flat[i + 1])));
    }
    return found;
  };
  assertEquals(elements("messages", "messages"), ['{"a":1}', "2", '"é"']);
  assertEquals(elements("messages", "tools"), null);
  assertEquals(elements("tools", "tools"), ["1"]);
});

Deno.test("scanJson() notes elements of the top level alone", () => {
  const scan = scanJson(bytes('{"a":{"messages":[1]},"messages":{"messages":[1]}}'));
  assertEquals(scan.member("messages")?.elements, null);
});

Deno.test("scanJson() keeps to the depth it is told", () => {
  scanJson(bytes('{"a":[1]}'), { maxDepth: 2 });
  assertThrows(() => scanJson(bytes('{"a":[[1]]}'), { maxDepth: 2 }), GatewayError, "deeper than 2 levels");
});

Deno.test("scanJson() reads on rightly after it has thrown", () => {
  for (const [text] of BAD) {
    assertThrows(() => scanJson(bytes(`{"a":{"b":1,"c":${text}`)), GatewayError);
    assertEquals(scanJson(bytes('{"b":{"b":1},"c":2}')).value("c"), 2);
  }
});

Deno.test("scanJson() finds a special byte anywhere in a long string", () => {
  for (const length of [0, 1, 510, 511, 512, 513, 1535, 1536, 1537, 3583, 3584, 3585, 20_000]) {
    const plain = "A".repeat(length);
    assertEquals(scanJson(bytes(`{"a":"${plain}"}`)).value("a"), plain);
    assertEquals(
      scanJson(bytes(`{"a":"${plain}\\n${plain}é\\"${plain}"}`)).value("a"),
      `${plain}\n${plain}é"${plain}`,
    );
    for (const bad of ["\n", "\x00", "\\x", "\\ud800", ""]) {
      assertThrows(() => scanJson(bytes(`{"a":"é${plain}${bad}`)), GatewayError);
    }
  }
});

Deno.test("scanJson() takes time in proportion to hostile bodies", () => {
  const bodies = [
    `{${keys(50_000)}}`,
    `{"a":"${("x".repeat(600) + "\\n").repeat(3000)}"}`,
    `{"a":"${"\\u00e9".repeat(300_000)}"}`,
    `{"a":[${"[],".repeat(500_000)}1]}`,
    `{"${"k".repeat(1_000_000)}":1}`,
    `{"a":"${"x".repeat(2_000_000)}`,
  ];
  const started = performance.now();
  for (const body of bodies) {
    try {
      scanJson(bytes(body));
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error;
    }
  }
  assert(performance.now() - started < 5000);
});

/** Objects without what the gateway refuses; strings reach past the lengths where the scanner changes its way. */
const anyText = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 12 }).map((text) => text.toWellFormed()),
  fc.integer({ min: 500, max: 1600 }).map((length) => "ab".repeat(length) + "\n"),
).map((text) => text.replaceAll("\0", ""));
const anyKey = anyText.filter((key) => key !== "__proto__");
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom<unknown>(null, true, false, 0, -1.5, 1e21, 5e-324),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    anyText,
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(anyKey, tie("value"), { maxKeys: 20, noNullPrototype: true }),
  ),
}));
const anyObject = fc.dictionary(anyKey, anyValue, { maxKeys: 20, noNullPrototype: true });
const anyIndent = fc.constantFrom(0, 1, "\t", "\n  ");

Deno.test("scanJson() reads any object as JSON.parse does", () => {
  fc.assert(
    fc.property(anyObject, anyIndent, (object, indent) => {
      const text = JSON.stringify(object, null, indent);
      const parsed = JSON.parse(text);
      const scan = scanJson(bytes(text));
      assertEquals(new Set(scan.members.map(({ key }) => key)), new Set(Object.keys(parsed)));
      for (const key of Object.keys(parsed)) assertEquals(scan.value(key), parsed[key]);
    }),
    { numRuns: 500 },
  );
});

Deno.test("scanJson() and JSON.parse agree on what is JSON, for texts with a few characters changed", () => {
  const characters = fc.constantFrom(...'{}[]",:\\ \n\t\0-+.eE019truefalsnu/b\u00e9');
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(2), characters), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(anyObject, changes, (object, changed) => {
      let text = JSON.stringify({ a: object, b: [1, -2.5e3, "x\n\u00e9", true, null] });
      for (const [at, gone, char] of changed) {
        const place = at % text.length;
        text = text.slice(0, place) + char + text.slice(place + gone);
      }
      text = text.toWellFormed();
      let parsed: unknown;
      try {
        parsed = JSON.parse(text);
      } catch {
        const error = assertThrows(() => scanJson(bytes(text)), GatewayError) as GatewayError;
        // The first thing wrong is told, which may be a repeated key before the broken place.
        assert(error.code === "invalid_json" || error.code === "invalid_request");
        return;
      }
      try {
        const scan = scanJson(bytes(text));
        for (const { key } of scan.members) {
          assertEquals(scan.value(key), (parsed as Record<string, unknown>)[key]);
        }
      } catch (error) {
        assertEquals((error as GatewayError).code, "invalid_request");
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("scanJson() throws nothing but GatewayError on any bytes", () => {
  const pieces = fc.constantFrom(
    '{"',
    '":',
    "[",
    "]",
    "}",
    ",",
    '"',
    "\\",
    "\\u",
    "d8",
    "00",
    "1",
    "e",
    "-",
    "\xff",
    "\n",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(pieces, fc.string({ maxLength: 3 })), { maxLength: 30 }), (parts) => {
      try {
        scanJson(Uint8Array.from("{" + parts.join(""), (char) => char.charCodeAt(0)));
      } catch (error) {
        if (!(error instanceof GatewayError)) throw error;
      }
    }),
    { numRuns: 3000 },
  );
});

const set = (key: string, json: string): JsonEdit => ({ set: key, value: bytes(json) });
const remove = (key: string): JsonEdit => ({ remove: key });

const EDITS: [body: string, edits: JsonEdit[], result: string][] = [
  ['{"a":1}', [set("a", "2")], '{"a":2}'],
  ['{ "a" : 1 , "b" : 2 }', [set("b", '"x"')], '{ "a" : 1 , "b" : "x" }'],
  ["{}", [set("a", "1")], '{"a":1}'],
  [" { } ", [set("a", "1"), set("b", "2")], ' {"a":1,"b":2 } '],
  ['{"a":1 }', [set("b", "[]")], '{"a":1,"b":[] }'],
  ['{"a":1,"b":2,"c":3}', [remove("a")], '{"b":2,"c":3}'],
  ['{"a":1,"b":2,"c":3}', [remove("b")], '{"a":1,"c":3}'],
  ['{"a":1,"b":2,"c":3}', [remove("c")], '{"a":1,"b":2}'],
  ['{ "a":1, "b":2 }', [remove("a"), remove("b")], "{ }"],
  ['{ "a":1, "b":2 }', [remove("a"), remove("b"), set("c", "3")], '{"c":3 }'],
  ['{ "a":1, "b":2, "c":3 }', [remove("a"), remove("b")], '{"c":3 }'],
  ['{ "a":1, "b":2, "c":3 }', [remove("b"), remove("c"), set("d", "4")], '{ "a":1,"d":4 }'],
  ['{"a":1,"b":2,"c":3}', [set("a", "9"), remove("b"), set("c", "8"), set("d", "7")], '{"a":9,"c":8,"d":7}'],
  ['{"a":1}', [set("a", "2"), set("a", "3")], '{"a":3}'],
  ['{"a":1}', [set("a", "2"), remove("a")], "{}"],
  ['{"a":1}', [remove("a"), set("a", "2")], '{"a":2}'],
  ['{"\\u0061":1}', [set("a", "2")], '{"\\u0061":2}'],
  ["{}", [set('a"\n', "1")], '{"a\\"\\n":1}'],
  ['{"n":12345678901234567890.10,"a":1}', [set("a", "2")], '{"n":12345678901234567890.10,"a":2}'],
];

for (const [body, edits, result] of EDITS) {
  const what = edits.map((one) =>
    "set" in one ? `${one.set} = ${decoder.decode(one.value)}` : `no ${one.remove}`
  );
  Deno.test(`edit() of ${body} with ${what.join(", ")}`, () => {
    assertEquals(decoder.decode(edit(scanJson(bytes(body)), edits)), result);
  });
}

Deno.test("edit() gives the very same bytes when nothing changes", () => {
  const body = bytes('{"a": 1, "b": "x"}');
  const scan = scanJson(body);
  for (const edits of [[], [set("a", "1")], [remove("c")], [set("b", '"x"'), remove("d")]]) {
    assertStrictEquals(edit(scan, edits), body);
  }
});

Deno.test("edit() means what assigning and deleting mean, and leaves every other value's bytes alone", () => {
  const anyEdits = fc.array(
    fc.tuple(fc.oneof(fc.nat(25), anyKey), fc.option(anyValue, { nil: undefined })),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(anyObject, anyIndent, anyEdits, (object, indent, changes) => {
      const text = JSON.stringify(object, null, indent);
      const body = bytes(text);
      const scan = scanJson(body);
      const expected = JSON.parse(text);
      const touched = new Set<string>();
      const edits = changes.map(([which, value]): JsonEdit => {
        // A number picks an existing key.
        const key = typeof which === "string"
          ? which
          : scan.members[which % (scan.members.length || 1)]?.key ?? "none";
        touched.add(key);
        if (value === undefined) {
          delete expected[key];
          return remove(key);
        }
        expected[key] = JSON.parse(JSON.stringify(value));
        return set(key, JSON.stringify(value));
      });
      const edited = edit(scan, edits);
      assertEquals(JSON.parse(decoder.decode(edited)), expected);
      const again = scanJson(edited);
      for (const { key } of scan.members) {
        if (!touched.has(key)) assertEquals(again.slice(key), scan.slice(key));
      }
      assertEquals(decoder.decode(body), text, "the original");
    }),
    { numRuns: 1000 },
  );
});
