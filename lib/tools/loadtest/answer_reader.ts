import { joinBytes } from "../../wire/join_bytes.ts";

const CR = 0x0d;
const LF = 0x0a;
const ZERO = 0x30;
/** A head that is longer is no answer of a model server. */
const MAX_HEAD = 64 * 1024;
const MAX_CHUNK_LINE = 1024;
const EMPTY = new Uint8Array(0);
const latin1 = new TextDecoder("latin1");

/** What came is not HTTP/1.1. */
export class MalformedAnswerError extends Error {
  override readonly name = "MalformedAnswerError";
}

type Part = "head" | "length" | "chunk line" | "chunk" | "chunk end" | "trailer" | "until close" | "done";

/**
 * Reads one answer after the other of a connection of HTTP/1.1, as much of it as a measurement needs: the status,
 * where it ends, and whether the connection can be used again. Bytes are looked at where they lie.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112
 */
export class AnswerReader {
  status = 0;
  /** Whether the connection takes another request; known when the answer is whole. */
  keepAlive = true;
  /** Hears of the body's bytes, valid during the call only; null: nobody asks. */
  onBody: ((bytes: Uint8Array) => void) | null = null;
  /** Bytes of the body so far. */
  bodyBytes = 0;
  #part: Part = "head";
  /** Of a head or line whose end did not come yet. */
  #held: Uint8Array = EMPTY;
  /** Of the body, or of the chunk. */
  #left = 0;

  /** The next answer begins. */
  start(onBody: ((bytes: Uint8Array) => void) | null): void {
    this.status = 0;
    this.keepAlive = true;
    this.onBody = onBody;
    this.bodyBytes = 0;
    this.#part = "head";
    this.#held = EMPTY;
  }

  /** Whether nothing of the answer came. */
  get untouched(): boolean {
    return this.#part === "head" && this.status === 0 && this.#held.length === 0;
  }

  /** @returns whether the answer is whole. @throws {MalformedAnswerError} */
  push(bytes: Uint8Array): boolean {
    let rest = bytes;
    while (rest.length > 0 || this.#part === "done") {
      switch (this.#part) {
        case "head":
          rest = this.#head(rest);
          break;
        case "length":
          rest = this.#body(rest);
          if (this.#left === 0) this.#part = "done";
          break;
        case "chunk":
          rest = this.#body(rest);
          if (this.#left === 0) this.#part = "chunk end";
          break;
        case "until close":
          this.#take(rest);
          return false;
        case "done":
          // Nothing was asked for that could follow.
          if (rest.length > 0) this.keepAlive = false;
          return true;
        default:
          rest = this.#line(rest);
      }
    }
    return false;
  }

  /** The server closed. @returns whether the answer is whole by that. */
  close(): boolean {
    this.keepAlive = false;
    return this.#part === "until close";
  }

  #head(bytes: Uint8Array): Uint8Array {
    const held = this.#held.length;
    const all = held === 0 ? bytes : joinBytes([this.#held, bytes]);
    const end = headEnd(all, Math.max(0, held - 3));
    if (end < 0) {
      if (all.length > MAX_HEAD) throw new MalformedAnswerError("the head of the answer has no end");
      this.#held = held === 0 ? all.slice() : all;
      return EMPTY;
    }
    this.#held = EMPTY;
    this.#readHead(all, end);
    return all.subarray(end);
  }

  #readHead(bytes: Uint8Array, end: number): void {
    // "HTTP/1.1 200"
    const status = digits(bytes, 9, 12);
    if (bytes[0] !== 0x48 || bytes[5] !== 0x31 || bytes[8] !== 0x20 || status < 100) {
      throw new MalformedAnswerError("the answer is not HTTP/1.1");
    }
    if (status < 200 && status !== 101) return;
    this.status = status;
    if (bytes[7] === ZERO) this.keepAlive = false;
    let length = -1;
    let chunked = false;
    for (let at = lineEnd(bytes, 0) + 1; at < end - 2; at = lineEnd(bytes, at) + 1) {
      // Of all names only those with these letters matter: Content-Length, Connection, Transfer-Encoding.
      const first = (bytes[at] ?? 0) | 0x20;
      if (first !== 0x63 && first !== 0x74) continue;
      const line = latin1.decode(bytes.subarray(at, lineEnd(bytes, at))).trim();
      const colon = line.indexOf(":");
      const value = line.slice(colon + 1).trim().toLowerCase();
      switch (line.slice(0, colon).toLowerCase()) {
        case "content-length":
          if (!/^\d+$/.test(value)) throw new MalformedAnswerError(`content-length is "${value}"`);
          length = Number(value);
          break;
        case "transfer-encoding":
          chunked = value.endsWith("chunked");
          break;
        case "connection":
          if (value.includes("close")) this.keepAlive = false;
      }
    }
    this.#left = Math.max(0, length);
    if (status === 204 || status === 304 || (length === 0 && !chunked)) this.#part = "done";
    else if (chunked) this.#part = "chunk line";
    else if (length > 0) this.#part = "length";
    else {
      this.keepAlive = false;
      this.#part = "until close";
    }
  }

  #body(bytes: Uint8Array): Uint8Array {
    const length = Math.min(this.#left, bytes.length);
    this.#left -= length;
    this.#take(length === bytes.length ? bytes : bytes.subarray(0, length));
    return bytes.subarray(length);
  }

  #take(bytes: Uint8Array): void {
    this.bodyBytes += bytes.length;
    this.onBody?.(bytes);
  }

  /** A line of the chunked framing. */
  #line(bytes: Uint8Array): Uint8Array {
    const at = bytes.indexOf(LF);
    if (at < 0) {
      this.#held = joinBytes([this.#held, bytes]);
      if (this.#held.length > MAX_CHUNK_LINE) throw new MalformedAnswerError("a chunk's size has no end");
      return EMPTY;
    }
    const line = this.#held.length === 0
      ? bytes.subarray(0, at)
      : joinBytes([this.#held, bytes.subarray(0, at)]);
    this.#held = EMPTY;
    const length = line.at(-1) === CR ? line.length - 1 : line.length;
    if (this.#part === "chunk end") {
      if (length > 0) throw new MalformedAnswerError("a chunk is longer than it says");
      this.#part = "chunk line";
    } else if (this.#part === "trailer") {
      if (length === 0) this.#part = "done";
    } else {
      this.#left = chunkSize(line, length);
      this.#part = this.#left === 0 ? "trailer" : "chunk";
    }
    return bytes.subarray(at + 1);
  }
}

function chunkSize(line: Uint8Array, length: number): number {
  const match = /^([0-9a-f]{1,8})[ \t]*(?:;|$)/i.exec(latin1.decode(line.subarray(0, length)));
  if (match?.[1] === undefined) throw new MalformedAnswerError("a chunk has no size");
  return Number.parseInt(match[1], 16);
}

/** Behind the empty line; -1: it is not there. */
function headEnd(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(LF, from); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return -1;
}

function lineEnd(bytes: Uint8Array, from: number): number {
  const at = bytes.indexOf(LF, from);
  return at < 0 ? bytes.length : at;
}

/** -1 where one is no digit. */
function digits(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}
