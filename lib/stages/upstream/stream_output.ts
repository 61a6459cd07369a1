import type { Clock } from "../../clock.ts";
import type { Deadline, Deadlines } from "../../deadlines.ts";

const PING = new TextEncoder().encode(": ping\n\n");

export interface StreamOutputOptions {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** Bytes that wait for the client before the provider is paused. */
  readonly highWaterMark: number;
  /** Quiet milliseconds after which a comment keeps the connection alive; 0: never. */
  readonly pingInterval: number;
  /** Milliseconds that a client may leave everything unread; 0: any time. */
  readonly writeStall: number;
}

/** Who feeds the output. */
export interface StreamSource {
  /** The client reads again. */
  resume(): void;
  /** The client left, or read nothing for too long. */
  abandoned(): void;
}

/** The client's side of a stream: a bounded queue with backpressure, keep-alive and an end that comes once. */
export class StreamOutput {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Bytes handed to the client's connection, or waiting for it. */
  bytes = 0;
  readonly #options: StreamOutputOptions;
  readonly #source: StreamSource;
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | null = null;
  #lastWrite: number;
  #paused = false;
  #ping: Deadline | null = null;
  #stall: Deadline | null = null;

  constructor(options: StreamOutputOptions, source: StreamSource) {
    this.#options = options;
    this.#source = source;
    this.#lastWrite = options.clock.now();
    this.body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#pulled(),
      cancel: () => this.#abandon(),
    }, { highWaterMark: options.highWaterMark, size: (chunk) => chunk.length });
    if (options.pingInterval > 0) this.#armPing(options.pingInterval);
  }

  /** @returns whether the client keeps up; if not, the source has to pause until it hears `resume()`. */
  write(bytes: Uint8Array<ArrayBuffer>): boolean {
    const controller = this.#controller;
    if (controller === null) return true;
    this.#lastWrite = this.#options.clock.now();
    this.bytes += bytes.length;
    controller.enqueue(bytes);
    if ((controller.desiredSize ?? 0) > 0) return true;
    if (!this.#paused) {
      this.#paused = true;
      const { writeStall, deadlines } = this.#options;
      if (writeStall > 0) this.#stall = deadlines.after(writeStall, () => this.#stalled());
    }
    return false;
  }

  /** The end, after what was written. Idempotent. */
  close(): void {
    const controller = this.#release();
    controller?.close();
  }

  #pulled(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#options.deadlines.cancel(this.#stall);
    this.#stall = null;
    this.#source.resume();
  }

  #stalled(): void {
    const controller = this.#release();
    if (controller === null) return;
    controller.error(new Error("Cannot write: the client reads nothing"));
    this.#source.abandoned();
  }

  #abandon(): void {
    if (this.#release() !== null) this.#source.abandoned();
  }

  /** A comment when nothing was written for a while; armed once an interval, not once a write. */
  #armPing(delay: number): void {
    this.#ping = this.#options.deadlines.after(delay, () => {
      const quiet = this.#options.clock.now() - this.#lastWrite;
      const interval = this.#options.pingInterval;
      if (quiet < interval) return this.#armPing(interval - quiet);
      if (!this.#paused) this.write(PING);
      this.#armPing(interval);
    });
  }

  #release(): ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | null {
    const controller = this.#controller;
    this.#controller = null;
    this.#options.deadlines.cancel(this.#ping);
    this.#options.deadlines.cancel(this.#stall);
    return controller;
  }
}
