import { joinBytes } from "../../wire/join_bytes.ts";

/** The most that is joined into one write, bytes. */
const MAX_JOINED = 64 * 1024;
/** From so many bytes on bodies wait. */
const FULL = 256 * 1024;
/** Answers to a peer that asks without reading, bytes: more means that it only wants to fill our memory. */
const MAX_WAITING = 4 * 1024 * 1024;

/** Writes frames in their order; what comes while one write is under way goes out together with the next. */
export class FrameWriter {
  readonly #conn: Deno.Conn;
  readonly #onFailure: () => void;
  readonly #onDrain: () => void;
  #waiting: Uint8Array[] = [];
  #bytes = 0;
  #writing = false;
  #ending = false;
  #closed = false;

  /** @param onDrain called when it is no longer full. */
  constructor(conn: Deno.Conn, onFailure: () => void, onDrain: () => void) {
    this.#conn = conn;
    this.#onFailure = onFailure;
    this.#onDrain = onDrain;
  }

  /** Whether bodies should wait. */
  get full(): boolean {
    return this.#bytes >= FULL;
  }

  write(bytes: Uint8Array): void {
    if (this.#closed) return;
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes > MAX_WAITING) this.#fail();
    else if (!this.#writing) {
      this.#writing = true;
      // What one turn says goes out together: the headers of a request and its body.
      queueMicrotask(this.#next);
    }
  }

  /** Closes the connection once everything is out. */
  end(): void {
    this.#ending = true;
    if (!this.#writing) this.close();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting = [];
    this.#conn.close();
  }

  readonly #next = (): void => {
    if (this.#closed) return;
    const batch: Uint8Array[] = [];
    let length = 0;
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (length > 0 && length + next.length > MAX_JOINED) break;
      batch.push(next);
      length += next.length;
      this.#waiting.shift();
    }
    const wasFull = this.full;
    this.#bytes -= length;
    if (wasFull && !this.full) this.#onDrain();
    if (length > 0) {
      const [only] = batch;
      this.#write(batch.length === 1 && only !== undefined ? only : joinBytes(batch));
      return;
    }
    this.#writing = false;
    if (this.#ending) this.close();
  };

  #write(bytes: Uint8Array): void {
    this.#conn.write(bytes).then((written) => {
      if (written < bytes.length) this.#write(bytes.subarray(written));
      else this.#next();
    }, () => this.#fail());
  }

  #fail(): void {
    if (this.#closed) return;
    this.close();
    this.#onFailure();
  }
}
