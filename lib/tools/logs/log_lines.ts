import { createGunzip } from "node:zlib";
import { Readable } from "node:stream";
import { ToolError } from "../tool_error.ts";

/** What is read at a time, bytes. */
const BLOCK = 1 << 20;
/** A longer line is not read: it counts as broken. */
const LONGEST = 16 << 20;

const LF = 0x0a;

export interface LineReader {
  /** @param text one line without its end. */
  line(text: string): void;
  /** A line that is too long to be one. */
  tooLong(): void;
  /** So many bytes more were read, of the file as it is on disk. */
  read?(bytes: number): void;
}

/**
 * Reads a log line by line, plain or compressed with gzip, at constant memory.
 * @throws {ToolError} where it cannot be read, or breaks off in the middle of its compression.
 */
export async function readLogFile(path: string, reader: LineReader): Promise<void> {
  let file;
  try {
    file = await Deno.open(path);
  } catch (error) {
    throw new ToolError(`${path} cannot be read: ${reasonOf(error)}`, 2);
  }
  try {
    await readLog(file.readable, reader);
  } catch (error) {
    throw new ToolError(`${path} cannot be read to its end: ${reasonOf(error)}`, 2);
  }
}

/** The same of a stream of bytes. */
export async function readLog(bytes: ReadableStream<Uint8Array>, reader: LineReader): Promise<void> {
  const source = bytes[Symbol.asyncIterator]();
  const first = await source.next();
  if (first.done) return;
  const splitter = new LineSplitter(reader);
  const counted = async function* () {
    for (let next: IteratorResult<Uint8Array> = first; !next.done; next = await source.next()) {
      reader.read?.(next.value.length);
      yield next.value;
    }
  };
  const plain = isGzip(first.value)
    ? Readable.from(counted(), { objectMode: false }).pipe(createGunzip({ chunkSize: BLOCK }))
    : counted();
  for await (const chunk of plain) splitter.push(chunk);
  splitter.end();
}

function isGzip([first, second]: Uint8Array): boolean {
  return first === 0x1f && second === 0x8b;
}

/** Cuts chunks into lines. Whole lines are decoded a block at a time, which is what makes it fast. */
export class LineSplitter {
  readonly #reader: LineReader;
  readonly #decoder = new TextDecoder();
  #held = new Uint8Array(BLOCK);
  #length = 0;
  /** In the middle of a line that is too long. */
  #skipping = false;

  constructor(reader: LineReader) {
    this.#reader = reader;
  }

  push(chunk: Uint8Array): void {
    let rest = chunk;
    if (this.#skipping) {
      const end = rest.indexOf(LF);
      if (end < 0) return;
      this.#skipping = false;
      rest = rest.subarray(end + 1);
    }
    const last = rest.lastIndexOf(LF);
    if (last < 0) return this.#hold(rest);
    if (this.#length > 0) {
      const end = rest.indexOf(LF);
      this.#hold(rest.subarray(0, end + 1));
      this.#lines(this.#held.subarray(0, this.#length));
      this.#length = 0;
      this.#lines(rest.subarray(end + 1, last + 1));
    } else {
      this.#lines(rest.subarray(0, last + 1));
    }
    this.#hold(rest.subarray(last + 1));
  }

  /** What is left is a line too. */
  end(): void {
    if (this.#length > 0) this.#lines(this.#held.subarray(0, this.#length));
    this.#length = 0;
  }

  #lines(block: Uint8Array): void {
    const text = this.#decoder.decode(block);
    let start = 0;
    for (let end; (end = text.indexOf("\n", start)) >= 0; start = end + 1) this.#line(text, start, end);
    if (start < text.length) this.#line(text, start, text.length);
  }

  #line(text: string, start: number, end: number): void {
    const trimmed = end > start && text.charCodeAt(end - 1) === 0x0d ? end - 1 : end;
    if (trimmed > start) this.#reader.line(text.slice(start, trimmed));
  }

  #hold(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > LONGEST) {
      this.#length = 0;
      this.#skipping = true;
      this.#reader.tooLong();
      return;
    }
    if (length > this.#held.length) {
      const larger = new Uint8Array(Math.max(length, this.#held.length * 2));
      larger.set(this.#held.subarray(0, this.#length));
      this.#held = larger;
    }
    this.#held.set(bytes, this.#length);
    this.#length = length;
  }
}

export function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  return error instanceof Error ? error.message : String(error);
}
