import { Buffer } from "node:buffer";
import { Stream } from "node:stream";
import { systemClock } from "../clock.ts";
import { type PacedRead, ReadPace } from "./read_pace.ts";

/**
 * What one read may bring at first, bytes: a stream's piece, or a short answer. Each open connection has so much
 * waiting for what comes next, and thousands may be open.
 */
const MIN_READ = 4 * 1024;
/** The same where so much comes at a time that fewer reads pay, and so the most that waits here while nobody reads. */
const MAX_READ = 64 * 1024;
/** It becomes so many times larger when a read fills it. */
const GROWTH = 4;
/** A body up to this size goes out with its head in one write; above, copying would cost more than a write. */
const MAX_JOINED = 64 * 1024;

/** What may wait to be written, bytes; then a streamed request is told to wait. */
const MAX_UNWRITTEN = 64 * 1024;

const encoder = new TextEncoder();
const AT_ONCE = new ReadPace(systemClock);

/**
 * A connection of Deno's in the shape in which undici's client uses a socket. Beside Node's own sockets on Deno
 * it costs less, connecting can be given up (up to 2.6 a socket of Node's that is destroyed meanwhile leaks its
 * descriptor), TLS can start in a proxy's tunnel, and errors are the same in all versions.
 *
 * Only what undici's HTTP/1.1 client asks for is here: `readable` events and `read()`, writes, and for a body that
 * is streamed `drain` events.
 */
export class ConnSocket extends Stream {
  destroyed = false;
  errored: Error | null = null;
  readonly #conn: Deno.Conn;
  readonly #pace: ReadPace;
  #buffer = new Uint8Array(MIN_READ);
  /** What was read and is not yet taken. */
  #chunk: Uint8Array | null = null;
  #reading = false;
  /** A piece came, and no more than that: what follows it may be gathered. */
  #paced = false;
  /** The next read, where it waits. */
  #gap: PacedRead | null = null;
  #corked: (string | Uint8Array)[] | null = null;
  #unwritten: Uint8Array[] = [];
  #unwrittenBytes = 0;
  #writing = false;
  /** A writer was told to wait. */
  #full = false;

  constructor(conn: Deno.Conn, pace = AT_ONCE) {
    super();
    this.#conn = conn;
    this.#pace = pace;
  }

  /** What came in, or null: then `readable` tells when there is more. */
  read(): Uint8Array | null {
    const chunk = this.#chunk;
    this.#chunk = null;
    // Not before all was taken is more asked for: this is the backpressure.
    if (chunk === null) this.#fill();
    return chunk;
  }

  /** Puts back what the reader has no use for as yet. */
  unshift(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunk = this.#chunk === null ? chunk : Buffer.concat([chunk, this.#chunk]);
  }

  /** @returns whether more may come now; else `drain` tells when. */
  write(data: string | Uint8Array): boolean {
    this.#readAtOnce();
    this.#unwrittenBytes += data.length;
    if (this.#corked !== null) this.#corked.push(data);
    else this.#send(joined([data]));
    if (this.#unwrittenBytes <= MAX_UNWRITTEN) return true;
    this.#full = true;
    return false;
  }

  cork(): void {
    this.#corked ??= [];
  }

  uncork(): void {
    const parts = this.#corked ?? [];
    this.#corked = null;
    let small: (string | Uint8Array)[] = [];
    for (const part of parts) {
      if (part.length <= MAX_JOINED) {
        small.push(part);
        continue;
      }
      this.#send(joined(small));
      this.#send(joined([part]));
      small = [];
    }
    this.#send(joined(small));
  }

  destroy(error?: Error | null): this {
    if (this.destroyed) return this;
    this.destroyed = true;
    this.errored = error ?? null;
    this.#chunk = null;
    this.#unwritten = [];
    if (this.#gap !== null) this.#gap.read = null;
    this.#conn.close();
    queueMicrotask(() => {
      if (this.errored !== null) this.emit("error", this.errored);
      this.emit("close");
    });
    return this;
  }

  #fill(): void {
    if (this.#reading || this.destroyed) return;
    this.#reading = true;
    const { gap } = this.#pace;
    if (gap > 0 && this.#paced) this.#gap = this.#pace.later(() => this.#readNow());
    else this.#readNow();
  }

  #readNow(): void {
    this.#gap = null;
    this.#conn.read(this.#buffer).then(this.#onRead, this.#onFailure);
  }

  /** What is written asks for an answer, whose beginning is waited for. */
  #readAtOnce(): void {
    this.#paced = false;
    if (this.#gap === null) return;
    this.#gap.read = null;
    this.#readNow();
  }

  readonly #onRead = (length: number | null): void => {
    this.#reading = false;
    if (this.destroyed) return;
    if (length === null) {
      this.emit("end");
      this.destroy();
      return;
    }
    // The reader may keep what it gets, so it gets a copy of the right size.
    const chunk = this.#buffer.slice(0, length);
    this.#paced = length < this.#buffer.length;
    if (length === this.#buffer.length && length < MAX_READ) this.#buffer = new Uint8Array(length * GROWTH);
    this.#chunk = this.#chunk === null ? chunk : Buffer.concat([this.#chunk, chunk]);
    this.emit("readable");
  };

  readonly #onFailure = (cause: unknown): void => {
    if (this.destroyed) return;
    this.destroy(
      Object.assign(new Error("Cannot use the connection any more", { cause }), { code: "ECONNRESET" }),
    );
  };

  #send(bytes: Uint8Array): void {
    if (this.destroyed || bytes.length === 0) return;
    if (this.#writing) {
      this.#unwritten.push(bytes);
      return;
    }
    this.#writing = true;
    this.#conn.write(bytes).then(
      (written) => {
        this.#writing = false;
        this.#unwrittenBytes -= written;
        const rest = written < bytes.length ? bytes.subarray(written) : this.#unwritten.shift();
        if (rest !== undefined) this.#send(rest);
        if (this.#full && this.#unwrittenBytes <= MAX_UNWRITTEN) {
          this.#full = false;
          this.emit("drain");
        }
      },
      this.#onFailure,
    );
  }
}

/** Parts as one; text is Latin-1, as in HTTP's heads. */
function joined(parts: readonly (string | Uint8Array)[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && typeof only === "object") return only;
  let length = 0;
  for (const part of parts) length += part.length;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    if (typeof part === "string") writeLatin1(part, bytes.subarray(at, at + part.length));
    else bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function writeLatin1(text: string, bytes: Uint8Array): void {
  // Mostly it is ASCII, which is UTF-8 and quickly made; any other character takes two bytes, for which no room is.
  const { read } = encoder.encodeInto(text, bytes);
  if (read < text.length) bytes.set(Buffer.from(text, "latin1"));
}
