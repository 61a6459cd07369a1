import { assertEquals, assertRejects } from "@std/assert";
import { PlainHttp } from "../../../lib/telemetry/exporters/plain_http.ts";
import { RawServer } from "../../providers/raw_server.ts";

const BODY = new Uint8Array(100).fill(65);
const NEVER = new AbortController().signal;

/** Answers every request with the same bytes. @returns what the connections were of two requests. */
async function twice(
  raw: string,
  test: (http: PlainHttp) => Promise<void>,
  { closes = false } = {},
): Promise<number> {
  const connections = new Set<number>();
  const server = new RawServer(async (connection) => {
    while (await connection.request() !== null) {
      connections.add(connection.number);
      await connection.write(raw);
      if (closes) break;
    }
    if (!closes) await connection.drain();
  });
  const http = new PlainHttp(server.url.origin);
  try {
    await test(http);
    await test(http);
  } finally {
    http.close();
    await server.close();
  }
  return connections.size;
}

interface Row {
  readonly raw: string;
  readonly status: number;
  readonly body: string;
  /** Whether the connection serves again. */
  readonly kept: boolean;
  /** The server closes it. */
  readonly closes?: boolean;
}

const ANSWERS: Readonly<Record<string, Row>> = {
  "a length": { raw: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", status: 200, body: "ok", kept: true },
  "no body by its status": { raw: "HTTP/1.1 204 No Content\r\n\r\n", status: 204, body: "", kept: true },
  "no reason": { raw: "HTTP/1.1 503\r\ncontent-length: 0\r\n\r\n", status: 503, body: "", kept: true },
  "bare line feeds": { raw: "HTTP/1.1 200 OK\ncontent-length: 1\n\nx", status: 200, body: "x", kept: true },
  "chunks, with an extension and a trailer": {
    raw:
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;a=b\r\nab\r\nA\r\n0123456789\r\n0\r\nx: y\r\n\r\n",
    status: 200,
    body: "ab0123456789",
    kept: true,
  },
  "an interim answer before": {
    raw: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n!",
    status: 200,
    body: "!",
    kept: true,
  },
  "a wish to close": {
    raw: "HTTP/1.1 429 Slow\r\nconnection: Close\r\ncontent-length: 1\r\n\r\nx",
    status: 429,
    body: "x",
    kept: false,
  },
  "HTTP/1.0": { raw: "HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\nx", status: 200, body: "x", kept: false },
  "no length": {
    raw: "HTTP/1.1 200 OK\r\n\r\nuntil the end",
    status: 200,
    body: "until the end",
    kept: false,
    closes: true,
  },
  "more than was asked for": {
    raw: "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nxHTTP/1.1 500 Oops\r\n\r\n",
    status: 200,
    body: "x",
    kept: false,
  },
};

for (const [name, { raw, status, body, kept, closes = false }] of Object.entries(ANSWERS)) {
  Deno.test(`PlainHttp reads an answer with ${name}`, async () => {
    const connections = await twice(raw, async (http) => {
      const answer = await http.post("/", {}, BODY, 1000, NEVER);
      assertEquals([answer.status, new TextDecoder().decode(answer.body)], [status, body]);
    }, { closes });
    assertEquals(connections, kept ? 1 : 2);
  });
}

const NO_ANSWERS: Readonly<Record<string, readonly [raw: string, message: string]>> = {
  "nothing": ["", "closed"],
  "half a head": ["HTTP/1.1 200 OK\r\ncontent-le", "broke off"],
  "half a body": ["HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab", "broke off"],
  "another protocol": ["SSH-2.0-OpenSSH\r\n\r\n", "no HTTP"],
  "a length that is none": ["HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n", "malformed length"],
  "a chunk that is none": ["HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n", "malformed chunk"],
  "a header without a colon": ["HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "malformed header"],
  "a head without an end": [`HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}\r\n\r\n`, "too long"],
};

for (const [name, [raw, message]] of Object.entries(NO_ANSWERS)) {
  Deno.test(`PlainHttp takes ${name} for no answer`, async () => {
    await twice(raw, async (http) => {
      await assertRejects(() => http.post("/", {}, BODY, 1000, NEVER), TypeError, message);
    }, { closes: true });
  });
}

Deno.test("PlainHttp takes an answer that comes before the body is sent", async () => {
  const big = new Uint8Array(50_000_000);
  const server = new RawServer(async (connection) => {
    await connection.write("HTTP/1.1 413 Too Large\r\ncontent-length: 0\r\n\r\n");
    await connection.drain();
  });
  const http = new PlainHttp(server.url.origin);
  try {
    assertEquals((await http.post("/", {}, big, 100, NEVER)).status, 413);
  } finally {
    http.close();
    await server.close();
  }
});

Deno.test("PlainHttp refuses a header that would end early", async () => {
  const http = new PlainHttp("http://127.0.0.1:1");
  await assertRejects(() => http.post("/", { a: "b\r\nc: d" }, BODY, 100, NEVER), TypeError, "header a");
  http.close();
});

Deno.test("PlainHttp reads an answer that comes byte by byte", async () => {
  const raw = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nretry-after: 7\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  const server = new RawServer(async (connection) => {
    while (await connection.request() !== null) {
      for (const byte of raw) {
        await connection.write(byte);
        await new Promise((resolve) => setTimeout(resolve));
      }
    }
  });
  const http = new PlainHttp(server.url.origin);
  try {
    const { status, headers, body } = await http.post("/", {}, BODY, 100, NEVER);
    assertEquals([status, headers.get("retry-after"), new TextDecoder().decode(body)], [200, "7", "abc"]);
  } finally {
    http.close();
    await server.close();
  }
});
