import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";

const READ_SIZE = 64 * 1024;

type Done = (error?: Error | null) => void;

/** A connection of Deno's as the kind of stream that undici wants for a socket. */
export class ConnStream extends Duplex {
  readonly #conn: Deno.Conn;
  readonly #buffer = new Uint8Array(READ_SIZE);

  constructor(conn: Deno.Conn) {
    super({ highWaterMark: READ_SIZE });
    this.#conn = conn;
  }

  override _read(): void {
    this.#conn.read(this.#buffer).then(
      // The reader may keep what it gets, so it gets a copy of the right size.
      (length) => this.push(length === null ? null : Buffer.from(this.#buffer.subarray(0, length))),
      (error) => this.destroy(connectionError(error)),
    );
  }

  override _write(chunk: Buffer, _encoding: string, done: Done): void {
    this.#writeAll(chunk).then(() => done(), (error) => done(connectionError(error)));
  }

  override _writev(chunks: { chunk: Buffer }[], done: Done): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), "buffer", done);
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#conn.close();
    done(error);
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
  }
}

/** Deno's errors have names where Node's have codes. */
function connectionError(cause: unknown): Error {
  return Object.assign(new Error("Cannot use the connection any more", { cause }), { code: "ECONNRESET" });
}
