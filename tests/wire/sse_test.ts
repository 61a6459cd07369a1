import { assertEquals, assertThrows } from "@std/assert";
import { parse } from "@std/yaml";
import fc from "fast-check";
import { EventTooLargeError } from "../../lib/wire/framing.ts";
import { encodeSse, SSE_DONE, SSE_PING, SseParser } from "../../lib/wire/sse.ts";

interface Seen {
  type: string;
  data: string;
  id: string | null;
}

interface Parsed {
  events: Seen[];
  raws: Uint8Array[];
  /** What stood in no event and no comment. */
  rest: number;
  whole: boolean;
}

const utf8 = new TextEncoder();
const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

function parseChunks(chunks: Uint8Array[], maxEventBytes?: number): Parsed {
  const events: Seen[] = [];
  const raws: Uint8Array[] = [];
  const parser = new SseParser(
    (event) => {
      events.push({ type: event.type, data: event.data, id: event.id });
      raws.push(event.raw);
    },
    { onComment: (raw) => raws.push(raw), ...(maxEventBytes === undefined ? {} : { maxEventBytes }) },
  );
  let total = 0;
  for (const chunk of chunks) {
    parser.push(chunk);
    total += chunk.length;
  }
  return { events, raws, rest: total - raws.reduce((sum, raw) => sum + raw.length, 0), whole: parser.end() };
}

function join(parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The algorithm as WHATWG writes it: decode all, split lines, walk them. */
function reference(bytes: Uint8Array): Seen[] {
  const text = new TextDecoder().decode(bytes);
  const lines = text.split(/\r\n|\r|\n/);
  lines.pop(); // what follows the last line end is no line yet
  const events: Seen[] = [];
  let data = "";
  let type = "";
  let id: string | null = null;
  for (const line of lines) {
    if (line === "") {
      if (data !== "") events.push({ type, data: data.slice(0, -1), id });
      data = type = "";
      id = null;
      continue;
    }
    const colon = line.indexOf(":");
    if (colon === 0) continue;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") data += value + "\n";
    else if (field === "event") type = value;
    else if (field === "id" && !value.includes("\0")) id = value;
  }
  return events;
}

const BOM = "\xef\xbb\xbf";

/** Streams as bytes (one character a byte) and what they say. */
const CASES: [name: string, stream: string, events: Partial<Seen>[]][] = [
  ["one event", "data: a\n\n", [{ data: "a" }]],
  ["CR line ends", "data: a\r\rdata: b\r\r", [{ data: "a" }, { data: "b" }]],
  ["CRLF line ends", "data: a\r\n\r\ndata: b\r\n\r\n", [{ data: "a" }, { data: "b" }]],
  ["CRLF line ends in an event of several lines", "event: x\r\ndata: a\r\ndata: b\r\n\r\n", [
    { type: "x", data: "a\nb" },
  ]],
  ["mixed line ends", "data: a\r\n\ndata: b\n\r\ndata: c\r\r\ndata: d\n\r", [
    { data: "a" },
    { data: "b" },
    { data: "c" },
    { data: "d" },
  ]],
  ["a byte order mark", BOM + "data: a\n\n", [{ data: "a" }]],
  ["only the first of two byte order marks", BOM + BOM + "data: a\n\ndata: b\n\n", [{ data: "b" }]],
  ["a byte order mark in the middle", "data: a\n\n" + BOM + "data: b\n\n", [{ data: "a" }]],
  ["a byte order mark in a value", `data: ${BOM}a\n\n`, [{ data: "\ufeffa" }]],
  ["a byte order mark before a blank line", BOM + "\ndata: a\n\n", [{ data: "a" }]],
  ["several data lines", "data: a\ndata: b\ndata:c\n\n", [{ data: "a\nb\nc" }]],
  ["data without a colon", "data\n\n", [{ data: "" }]],
  ["two data without a colon", "data\ndata\n\n", [{ data: "\n" }]],
  ["data with an empty value", "data:\n\ndata: \n\n", [{ data: "" }, { data: "" }]],
  ["no space and two spaces", "data:a\ndata:  b\n\n", [{ data: "a\n b" }]],
  ["a tab is no space", "data:\ta\n\n", [{ data: "\ta" }]],
  ["colons in the value", "data: a:b: c\n\n", [{ data: "a:b: c" }]],
  ["an event name", "event: x\ndata: a\n\ndata: b\n\n", [{ type: "x", data: "a" }, { data: "b" }]],
  ["the last event name counts", "event: x\nevent: y\ndata: a\n\n", [{ type: "y", data: "a" }]],
  ["an event name taken back", "event: x\nevent\ndata: a\n\n", [{ type: "", data: "a" }]],
  ["an event name without data", "event: x\n\ndata: a\n\n", [{ data: "a" }]],
  ["equal long names and different ones", "event:ab\ndata\n\nevent:ac\ndata\n\nevent:ac\ndata\n\n", [
    { type: "ab" },
    { type: "ac" },
    { type: "ac" },
  ]],
  ["an id", "id: 7\ndata: a\n\n", [{ id: "7", data: "a" }]],
  ["an id with NUL", "id: 7\0\ndata: a\n\n", [{ id: null, data: "a" }]],
  ["NUL in data", "data: a\0b\n\n", [{ data: "a\0b" }]],
  ["comments and retry", ": hello\nretry: 10\ndata: a\n:\n\n: ping\n\n", [{ data: "a" }]],
  [
    "unknown fields and other cases",
    "Data: x\ndatum: x\ndata2: x\n data: x\nda\nd\ne\neven: x\ni: 4\n\n",
    [],
  ],
  ["blank lines alone", "\n\n\r\r\n\n", []],
  ["no final newline", "data: a\n\ndata: b\n", [{ data: "a" }]],
  ["UTF-8", "data: \xf0\x9f\x98\x80\xc3\xa9\xe2\x82\xac\n\n", [{ data: "😀é€" }]],
  ["invalid UTF-8", "data: \xff\xc3(\xe2\x82\ndata: \xed\xa0\x80\n\n", [{
    data: "\ufffd\ufffd(\ufffd\n\ufffd\ufffd\ufffd",
  }]],
  ["an empty stream", "", []],
  ["what clients are sent", encodeSse('{"a":1}', "x") + SSE_PING + encodeSse("two\r\nlines") + SSE_DONE, [
    { type: "x", data: '{"a":1}' },
    { data: "two\nlines" },
    { data: "[DONE]" },
  ]],
];

const streams: [name: string, bytes: Uint8Array][] = CASES.map(([name, text]) => [name, latin1(text)]);

for (const [name, stream, expected] of CASES) {
  Deno.test(`SseParser reads ${name}`, () => {
    const bytes = latin1(stream);
    const wanted = expected.map((event) => ({ type: "", data: "", id: null, ...event }));
    assertEquals(parseChunks([bytes]).events, wanted);
    assertEquals(reference(bytes), wanted, "the reference implementation");
  });
}

/** Verbatim bodies of recorded streams. */
function recordedStreams(): [name: string, bytes: Uint8Array][] {
  const folder = new URL("../../../shared/recordings/openai-http/", import.meta.url);
  const found: [string, Uint8Array][] = [];
  for (const entry of Deno.readDirSync(folder)) {
    const cassette = parse(Deno.readTextFileSync(new URL(entry.name, folder))) as {
      interactions: { response: { body: string } }[];
    };
    for (const { response } of cassette.interactions) {
      if (response.body.startsWith("data:")) found.push([entry.name, utf8.encode(response.body)]);
    }
  }
  return found;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(new URL(path, import.meta.url)).isDirectory;
  } catch {
    return false;
  }
}

function assertSameWhenSplit(name: string, bytes: Uint8Array, positions: Iterable<number>) {
  const whole = parseChunks([bytes]);
  for (const at of positions) {
    const split = parseChunks([bytes.subarray(0, at), bytes.subarray(at)]);
    assertEquals(split.events, whole.events, `${name} split at ${at}`);
    assertEquals(split.whole, whole.whole, `${name} split at ${at}`);
    assertRawsAreInput(split, bytes);
  }
}

function assertRawsAreInput(parsed: Parsed, bytes: Uint8Array) {
  assertEquals(join(parsed.raws), bytes.subarray(0, bytes.length - parsed.rest));
}

function* range(from: number, to: number, step = 1) {
  for (let at = from; at <= to; at += step) yield at;
}

Deno.test("SseParser gives the same events wherever a stream is split in two", () => {
  for (const [name, bytes] of streams) assertSameWhenSplit(name, bytes, range(0, bytes.length));
});

Deno.test("SseParser gives the same events wherever a stream is split in three and byte by byte", () => {
  for (const [name, bytes] of streams) {
    const whole = parseChunks([bytes]).events;
    for (const a of range(0, bytes.length)) {
      for (const b of range(a, bytes.length)) {
        const split = parseChunks([bytes.subarray(0, a), bytes.subarray(a, b), bytes.subarray(b)]);
        assertEquals(split.events, whole, `${name} split at ${a} and ${b}`);
      }
    }
    const bytewise = parseChunks(Array.from(bytes, (byte) => Uint8Array.of(byte)));
    assertEquals(bytewise.events, whole, name);
    assertRawsAreInput(bytewise, bytes);
  }
});

Deno.test({
  name: "SseParser gives the same events wherever a recorded stream is split",
  ignore: !exists("../../../shared/recordings/openai-http/"),
  fn() {
    const recorded = recordedStreams();
    assertEquals(recorded.length > 3, true);
    for (const [name, bytes] of recorded) {
      const whole = parseChunks([bytes]);
      assertEquals(whole.events, reference(bytes), name);
      assertEquals(whole.whole, true, name);
      // Every position of the first and the last events, and a prime step between.
      const edge = Math.min(bytes.length, 1500);
      assertSameWhenSplit(name, bytes, range(0, edge));
      assertSameWhenSplit(name, bytes, range(edge, bytes.length, 97));
      assertSameWhenSplit(name, bytes, range(Math.max(edge, bytes.length - 500), bytes.length));
      const bytewise = parseChunks(Array.from(bytes, (byte) => Uint8Array.of(byte)));
      assertEquals(bytewise.events, whole.events, name);
      assertRawsAreInput(bytewise, bytes);
    }
  },
});

/** Streams made of the pieces that matter, and of any bytes. */
const anyStream = fc.array(
  fc.oneof(
    fc.constantFrom(
      "data",
      "event",
      "id",
      "retry",
      ":",
      " ",
      "\n",
      "\r",
      "\r\n",
      "\n\n",
      "\0",
      "a",
      "\xe2\x82\xac",
      "\xe2",
      "\x82",
      "\xff",
      BOM,
      "data: a\n\n",
      "data:b\r\n\r\n",
    ),
    fc.uint8Array({ maxLength: 4 }).map((bytes) => String.fromCharCode(...bytes)),
  ),
  { maxLength: 40 },
).map((pieces) => latin1(pieces.join("")));

Deno.test("SseParser agrees with the reference on any bytes, split anyhow, and loses none", () => {
  fc.assert(
    fc.property(anyStream, fc.array(fc.nat(60), { maxLength: 8 }), (bytes, cuts) => {
      const chunks: Uint8Array[] = [];
      let from = 0;
      for (const size of cuts) {
        chunks.push(bytes.subarray(from, from + size));
        from = Math.min(from + size, bytes.length);
      }
      chunks.push(bytes.subarray(from));
      const parsed = parseChunks(chunks);
      assertEquals(parsed.events, reference(bytes));
      assertRawsAreInput(parsed, bytes);
    }),
    { numRuns: 3000 },
  );
});

Deno.test("SseParser throws nothing but EventTooLargeError, and only for long events", () => {
  fc.assert(
    fc.property(
      anyStream,
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 1, max: 9 }),
      (bytes, max, size) => {
        const chunks = [...range(0, bytes.length - 1, size)].map((at) => bytes.subarray(at, at + size));
        try {
          const { raws, rest } = parseChunks(chunks, max);
          assertEquals(raws.every((raw) => raw.length <= max) && rest <= max, true);
        } catch (error) {
          if (!(error instanceof EventTooLargeError)) throw error;
        }
      },
    ),
    { numRuns: 2000 },
  );
});

Deno.test("SseParser dispatches an event ended by CR at the end of a chunk without waiting", () => {
  const seen: string[] = [];
  const raws: string[] = [];
  const parser = new SseParser((event) => {
    seen.push(event.data);
    raws.push(new TextDecoder().decode(event.raw));
  });
  parser.push(latin1("data: a\r\n\r"));
  assertEquals(seen, ["a"]);
  parser.push(latin1("\n"));
  parser.push(latin1("data: b\r\n\r"));
  assertEquals(seen, ["a", "b"]);
  assertEquals(raws, ["data: a\r\n\r", "\ndata: b\r\n\r"]);
  parser.push(latin1("\n"));
  assertEquals(parser.end(), true, "a line end's second half is no event");
});

Deno.test("SseParser.end() tells whether an event was left unfinished", () => {
  for (
    const [stream, whole] of [["data: a\n\n", true], ["data: a\n", false], ["", true], [
      ": x",
      false,
    ]] as const
  ) {
    assertEquals(parseChunks([latin1(stream)]).whole, whole, JSON.stringify(stream));
  }
});

Deno.test("SseParser gives views of the chunk where events lie in it whole", () => {
  const chunk = latin1("data: a\n\n: ping\n\ndata: b\n\n");
  for (const raw of parseChunks([chunk]).raws) assertEquals(raw.buffer === chunk.buffer, true);
});

Deno.test("SseParser keeps what it gave out when the caller uses the chunk again", () => {
  const parser = new SseParser((event) => assertEquals(event.data, "abcdef"));
  const chunk = latin1("data: abc");
  parser.push(chunk);
  chunk.fill(0);
  parser.push(latin1("def\n\n"));
});

Deno.test("SseParser reports blocks without data as comments", () => {
  const comments: string[] = [];
  const parser = new SseParser(() => {}, {
    onComment: (raw) => comments.push(new TextDecoder().decode(raw)),
  });
  parser.push(latin1(": a\n\nevent: x\n\n\ndata: y\n\n"));
  assertEquals(comments, [": a\n\n", "event: x\n\n", "\n"]);
});

Deno.test("SseParser throws for an event over the limit, finished or not, and from then on", () => {
  const kept: string[] = [];
  const parser = new SseParser((event) => kept.push(event.data), { maxEventBytes: 20 });
  const error = assertThrows(
    () => parser.push(latin1("data: a\n\ndata: 0123456789abcdef\n\n")),
    EventTooLargeError,
    "longer than 20 bytes",
  );
  assertEquals((error as EventTooLargeError).maxEventBytes, 20);
  assertThrows(() => parser.push(latin1("data: b\n\n")), EventTooLargeError);
  assertEquals(kept, ["a"]);
  const endless = new SseParser(() => {}, { maxEventBytes: 20 });
  assertThrows(() => {
    for (let i = 0; i < 21; i++) endless.push(latin1("x"));
  }, EventTooLargeError);
});

Deno.test("SseParser takes an event of 1 MiB in small chunks in linear time", () => {
  const parser = new SseParser((event) => assertEquals(event.data.length, (1 << 20) - 8));
  const chunk = new Uint8Array(16).fill(0x61);
  const started = performance.now();
  parser.push(latin1("data: "));
  for (let i = 0; i < ((1 << 20) - 16) / 16; i++) parser.push(chunk);
  parser.push(latin1("aaaaaaaa\n\n"));
  assertEquals(performance.now() - started < 2000, true);
});
