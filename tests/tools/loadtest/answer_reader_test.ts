import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { AnswerReader, MalformedAnswerError } from "../../../lib/tools/loadtest/answer_reader.ts";

interface Row {
  readonly name: string;
  readonly bytes: string;
  readonly status: number;
  readonly body: string;
  readonly keepAlive: boolean;
  /** The server closes behind it, which ends it. */
  readonly closes?: true;
}

const ROWS: readonly Row[] = [
  {
    name: "a length",
    bytes: "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 5\r\n\r\nhello",
    status: 200,
    body: "hello",
    keepAlive: true,
  },
  {
    name: "no body",
    bytes: "HTTP/1.1 429 Too Many Requests\r\ncontent-length: 0\r\n\r\n",
    status: 429,
    body: "",
    keepAlive: true,
  },
  {
    name: "a status without a body",
    bytes: "HTTP/1.1 204 No Content\r\n\r\n",
    status: 204,
    body: "",
    keepAlive: true,
  },
  {
    name: "chunks, with an extension and trailers",
    bytes:
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\nC\r\n, this world\r\n0\r\nx: y\r\n\r\n",
    status: 200,
    body: "hello, this world",
    keepAlive: true,
  },
  {
    name: "an interim answer before it",
    bytes: "HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok",
    status: 200,
    body: "ok",
    keepAlive: true,
  },
  {
    name: "connection: close",
    bytes: "HTTP/1.1 500 Oops\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno",
    status: 500,
    body: "no",
    keepAlive: false,
  },
  {
    name: "lines that end with LF alone",
    bytes: "HTTP/1.1 200 OK\ncontent-length: 2\n\nok",
    status: 200,
    body: "ok",
    keepAlive: true,
  },
  {
    name: "HTTP/1.0",
    bytes: "HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
    status: 200,
    body: "ok",
    keepAlive: false,
  },
  {
    name: "a body up to the end of the connection",
    bytes: "HTTP/1.1 200 OK\r\n\r\nup to here",
    status: 200,
    body: "up to here",
    keepAlive: false,
    closes: true,
  },
];

/** Reads it in pieces that end at `cuts`. */
function read(row: Row, cuts: readonly number[]) {
  const bytes = new TextEncoder().encode(row.bytes);
  const places = [...new Set([...cuts.map((cut) => cut % bytes.length), bytes.length])].sort((a, b) => a - b);
  const reader = new AnswerReader();
  let body = "";
  reader.start((part) => body += new TextDecoder().decode(part));
  let done = false;
  let from = 0;
  for (const to of places) {
    // As from a connection, whose buffer is used again.
    const buffer = bytes.slice(from, to);
    if (buffer.length > 0) done = reader.push(buffer);
    buffer.fill(0);
    from = to;
  }
  if (row.closes) done = reader.close();
  return { done, status: reader.status, body, keepAlive: reader.keepAlive };
}

for (const row of ROWS) {
  Deno.test(`AnswerReader reads ${row.name}, wherever its bytes are cut`, () => {
    const whole = { done: true, status: row.status, body: row.body, keepAlive: row.keepAlive };
    assertEquals(read(row, []), whole);
    assertEquals(read(row, [...row.bytes].keys().toArray()), whole);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 8 }), (cuts) => assertEquals(read(row, cuts), whole)),
      { numRuns: 50 },
    );
  });
}

Deno.test("AnswerReader reads one answer after the other, and keeps no connection on which more came than was asked for", () => {
  const reader = new AnswerReader();
  const bytes = new TextEncoder().encode("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
  for (let i = 0; i < 3; i++) {
    reader.start(null);
    assertEquals([reader.push(bytes), reader.keepAlive, reader.bodyBytes], [true, true, 2]);
  }
  reader.start(null);
  assertEquals([reader.push(new Uint8Array([...bytes, 1])), reader.keepAlive], [true, false]);
});

for (
  const [what, text] of [
    ["another protocol", "SSH-2.0-OpenSSH_9.2 is what I speak\r\n\r\n"],
    ["a length that is none", "HTTP/1.1 200 OK\r\ncontent-length: 5, 5\r\n\r\n"],
    ["a chunk without a size", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nhello\r\n"],
    ["a chunk that is too long", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nhello\r\n"],
    ["a head without an end", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(70_000)}`],
  ] as const
) {
  Deno.test(`AnswerReader refuses ${what}`, () => {
    const reader = new AnswerReader();
    reader.start(null);
    assertThrows(() => reader.push(new TextEncoder().encode(text)), MalformedAnswerError);
  });
}

Deno.test("AnswerReader never hangs on or crashes with whatever bytes come", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    const reader = new AnswerReader();
    reader.start(null);
    try {
      reader.push(new TextEncoder().encode("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"));
      reader.push(bytes);
    } catch (error) {
      if (!(error instanceof MalformedAnswerError)) throw error;
    }
  }));
});
