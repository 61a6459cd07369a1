import type { Dial } from "../../providers/dial.ts";
import { connectionFailure } from "../../providers/connection_failure.ts";
import { AnswerReader, MalformedAnswerError } from "./answer_reader.ts";

const READ_BYTES = 16 * 1024;

/** How a request went that brought no whole answer, for people and for grouping. */
export class LaneError extends Error {
  override readonly name = "LaneError";
}

/** Where and how lanes connect. */
export interface LaneRoute {
  readonly dial: Dial;
  readonly hostname: string;
  readonly port: number;
}

/**
 * One connection of HTTP/1.1 that carries a request at a time and is opened again when it is needed. A request is
 * one write of bytes made beforehand and usually one read: what is in between is the server's time.
 */
export class Lane {
  readonly reader = new AnswerReader();
  readonly #route: LaneRoute;
  readonly #buffer = new Uint8Array(READ_BYTES);
  #conn: Deno.Conn | null = null;
  #dialling: AbortController | null = null;
  /** Why the present request was given up. */
  #reason: string | null = null;
  #sent = false;

  constructor(route: LaneRoute) {
    this.#route = route;
  }

  /**
   * Sends a request and reads its answer, whose status is then the reader's.
   *
   * @throws {LaneError} where no whole answer came.
   */
  async exchange(request: Uint8Array, onBody: ((bytes: Uint8Array) => void) | null): Promise<void> {
    this.#reason = null;
    const reused = this.#conn !== null;
    try {
      await this.#carry(request, onBody);
    } catch (error) {
      this.#drop();
      // A server may close a connection that it thinks idle at the moment when a request is on its way there.
      if (reused && this.#reason === null && this.reader.untouched) await this.#again(request, onBody);
      else throw this.#failure(error);
    }
    if (!this.reader.keepAlive) this.#drop();
  }

  /** Gives up what it carries; whoever waits for it hears `reason`. */
  abort(reason: string): void {
    this.#reason = reason;
    this.#dialling?.abort();
    this.#drop();
  }

  close(): void {
    this.#drop();
  }

  async #again(request: Uint8Array, onBody: ((bytes: Uint8Array) => void) | null): Promise<void> {
    try {
      await this.#carry(request, onBody);
    } catch (error) {
      this.#drop();
      throw this.#failure(error);
    }
  }

  async #carry(request: Uint8Array, onBody: ((bytes: Uint8Array) => void) | null): Promise<void> {
    const { reader } = this;
    reader.start(onBody);
    this.#sent = false;
    const conn = this.#conn ?? await this.#open();
    this.#sent = true;
    let written = await conn.write(request);
    while (written < request.length) written += await conn.write(request.subarray(written));
    for (;;) {
      const length = await conn.read(this.#buffer);
      if (length === null) {
        if (reader.close()) return;
        throw new LaneError(reader.untouched ? "closed without an answer" : "closed within the answer");
      }
      if (reader.push(this.#buffer.subarray(0, length))) return;
    }
  }

  async #open(): Promise<Deno.Conn> {
    const dialling = new AbortController();
    this.#dialling = dialling;
    try {
      const conn = await this.#route.dial(this.#route.hostname, this.#route.port, dialling.signal);
      this.#conn = conn;
      return conn;
    } finally {
      this.#dialling = null;
    }
  }

  #drop(): void {
    try {
      this.#conn?.close();
    } catch {
      // It was closed under our feet.
    }
    this.#conn = null;
  }

  #failure(error: unknown): LaneError {
    if (this.#reason !== null) return new LaneError(this.#reason);
    if (error instanceof LaneError) return error;
    if (error instanceof MalformedAnswerError) return new LaneError(error.message);
    const cause = error instanceof Error ? error : new Error(String(error));
    return new LaneError(connectionFailure(cause, this.#sent).message, { cause });
  }
}
