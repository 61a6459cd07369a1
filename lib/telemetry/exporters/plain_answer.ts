/** The answer to a request over HTTP/1.1. */
export interface PlainAnswer {
  readonly status: number;
  /** By their names in lower case; of several the first. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  /** Another request may go over the same connection. */
  readonly reusable: boolean;
}

const BUFFER_BYTES = 4096;
/** Characters of a line, and lines of a head; whoever sends more is no collector. */
const MAX_LINE = 16 * 1024;
const MAX_FIELDS = 200;

const latin1 = new TextDecoder("latin1");

/** The connection ended before an answer began: it had been idle, and the server closed it. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

/**
 * Reads one answer from a connection.
 * @param maxBody bytes of it that are kept; more is read and thrown away.
 * @throws {NoAnswer} where not a byte came. @throws {TypeError} where what came is no answer.
 * @see https://www.rfc-editor.org/rfc/rfc9112
 */
export async function readAnswer(conn: Deno.Conn, maxBody: number): Promise<PlainAnswer> {
  const source = new Source(conn);
  let status = 0;
  let version = "";
  let headers = new Map<string, string>();
  // Interim answers come before the one that counts.
  while (status < 200) {
    const start = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: |$)/.exec(await source.line());
    if (start === null) throw new TypeError("the answer is no HTTP");
    version = start[1] as string;
    status = Number(start[2]);
    headers = await fields(source);
  }
  const body = new Body(maxBody);
  const framed = await readBody(source, status, headers, body);
  const keepAlive = version === "1" && !/\bclose\b/i.test(headers.get("connection") ?? "");
  return { status, headers, body: body.bytes(), reusable: framed && keepAlive && source.empty };
}

async function fields(source: Source): Promise<Map<string, string>> {
  const headers = new Map<string, string>();
  // Most heads come in one piece: then nothing is waited for.
  for (
    let line = source.ready() ?? await source.line();
    line !== "";
    line = source.ready() ?? await source.line()
  ) {
    const colon = line.indexOf(":");
    if (headers.size >= MAX_FIELDS) throw new TypeError("the answer's head is too long");
    if (colon < 1) throw new TypeError("the answer has a malformed header");
    const name = line.slice(0, colon).toLowerCase();
    if (!headers.has(name)) headers.set(name, line.slice(colon + 1).trim());
  }
  return headers;
}

/** @returns whether the body said itself where it ends; else the connection ended with it. */
async function readBody(
  source: Source,
  status: number,
  headers: ReadonlyMap<string, string>,
  body: Body,
): Promise<boolean> {
  if (status === 204 || status === 304) return true;
  const coding = headers.get("transfer-encoding");
  const length = headers.get("content-length");
  if (coding !== undefined) {
    if (coding.toLowerCase() !== "chunked") throw new TypeError("the answer has an unknown transfer coding");
    await readChunks(source, body);
    return true;
  }
  if (length === undefined) {
    await source.rest(body);
    return false;
  }
  if (!/^\d{1,15}$/.test(length)) throw new TypeError("the answer has a malformed length");
  await source.take(Number(length), body);
  return true;
}

async function readChunks(source: Source, body: Body): Promise<void> {
  while (true) {
    const size = /^[\da-f]{1,12}(?=[ \t]*(?:;|$))/i.exec(await source.line())?.[0];
    if (size === undefined) throw new TypeError("the answer has a malformed chunk");
    if (/^0+$/.test(size)) break;
    await source.take(parseInt(size, 16), body);
    if (await source.line() !== "") throw new TypeError("the answer has a malformed chunk");
  }
  await fields(source);
}

/** As much of a body as is kept. */
class Body {
  readonly #chunks: Uint8Array[] = [];
  #left: number;

  constructor(max: number) {
    this.#left = max;
  }

  add(bytes: Uint8Array): void {
    const kept = bytes.slice(0, this.#left);
    this.#left -= kept.length;
    if (kept.length > 0) this.#chunks.push(kept);
  }

  bytes(): Uint8Array {
    return joined(this.#chunks);
  }
}

/** Bytes as they come in. */
class Source {
  readonly #conn: Deno.Conn;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #from = 0;
  #to = 0;
  #begun = false;

  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  get empty(): boolean {
    return this.#from === this.#to;
  }

  /** The next line, where all of it is here. */
  ready(): string | null {
    const end = this.#buffer.indexOf(LINE_FEED, this.#from);
    if (end < 0 || end >= this.#to) return null;
    const line = latin1.decode(this.#buffer.subarray(this.#from, end));
    this.#from = end + 1;
    return withoutReturn(line);
  }

  /** To the next line's end, without it. */
  async line(): Promise<string> {
    let begun = "";
    while (true) {
      const rest = this.ready();
      if (rest !== null) return rest === "" ? withoutReturn(begun) : begun + rest;
      begun += latin1.decode(this.#buffer.subarray(this.#from, this.#to));
      if (begun.length > MAX_LINE) throw new TypeError("the answer's head is too long");
      await this.#fill();
    }
  }

  /** So many bytes. */
  async take(count: number, body: Body): Promise<void> {
    for (let left = count; left > 0;) {
      if (this.empty) await this.#fill();
      const until = Math.min(this.#to, this.#from + left);
      body.add(this.#buffer.subarray(this.#from, until));
      left -= until - this.#from;
      this.#from = until;
    }
  }

  /** All until the connection ends. */
  async rest(body: Body): Promise<void> {
    do {
      body.add(this.#buffer.subarray(this.#from, this.#to));
    } while (await this.#read());
  }

  async #fill(): Promise<void> {
    if (await this.#read()) return;
    if (!this.#begun) throw new NoAnswer("the connection was closed");
    throw new TypeError("the answer broke off");
  }

  /** @returns false at the connection's end. */
  async #read(): Promise<boolean> {
    const length = await this.#conn.read(this.#buffer);
    this.#from = 0;
    this.#to = length ?? 0;
    if (length !== null) this.#begun = true;
    return length !== null;
  }
}

const LINE_FEED = 0x0a;

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

/** Parts of a body in one. */
export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const body = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}
