import type { Deadline, Deadlines } from "../../deadlines.ts";
import { joinBytes } from "../../wire/join_bytes.ts";

export interface StreamOutputOptions {
  readonly deadlines: Deadlines;
  /** Bytes that wait for the client before the provider is paused. */
  readonly highWaterMark: number;
  /** Bytes that say nothing keep the connection alive after so many quiet milliseconds, twice as many at most; 0: never. */
  readonly pingInterval: number;
  /** Milliseconds that a client may leave everything unread; 0: any time. */
  readonly writeStall: number;
}

/** Time that an engine has to write what came before a break, milliseconds. */
const FLUSH_MS = 20;

/** Who feeds the output. */
export interface StreamSource {
  /** The client reads again. */
  resume(): void;
  /** The client left. */
  abandoned(): void;
  /** The client read nothing for too long, perhaps of what was left at the end. */
  stalled(): void;
}

/** The client's side of a stream: a bounded queue with backpressure, keep-alive and an end that comes once. */
export class StreamOutput {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Bytes handed to the client's connection, or waiting for it. */
  bytes = 0;
  readonly #options: StreamOutputOptions;
  readonly #source: StreamSource;
  readonly #pingBytes: Uint8Array<ArrayBuffer> | null;
  /** What was written in this turn after the first piece: it goes out as one. Null: nothing was written in it. */
  #joined: Uint8Array<ArrayBuffer>[] | null = null;
  #joinedBytes = 0;
  #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | null = null;
  /** Something was written since the keep-alive's last look. A flag: reading the clock at each chunk costs more. */
  #wrote = false;
  #paused = false;
  /** All is written; the end comes once the client has read it. */
  #closing = false;
  /** The end is a break, and the one that comes is under way. */
  #breaks = false;
  #breaking = false;
  #ping: Deadline | null = null;
  #stall: Deadline | null = null;

  /** @param pingBytes what says nothing in the client's framing; null: it has no such bytes. */
  constructor(
    options: StreamOutputOptions,
    source: StreamSource,
    pingBytes: Uint8Array<ArrayBuffer> | null,
  ) {
    this.#options = options;
    this.#source = source;
    this.#pingBytes = pingBytes;
    this.body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#pulled(),
      cancel: () => this.#abandon(),
    }, { highWaterMark: options.highWaterMark, size: (chunk) => chunk.length });
    if (options.pingInterval > 0 && pingBytes !== null) this.#armPing();
  }

  /** Bytes that the client has not taken. */
  get waitingBytes(): number {
    const { highWaterMark } = this.#options;
    return highWaterMark - (this.#controller?.desiredSize ?? highWaterMark) + this.#joinedBytes;
  }

  /** @returns whether the client keeps up; if not, the source has to pause until it hears `resume()`. */
  write(bytes: Uint8Array<ArrayBuffer>): boolean {
    const controller = this.#controller;
    if (controller === null || this.#closing) return true;
    this.#wrote = true;
    this.bytes += bytes.length;
    if (this.#joined === null) {
      controller.enqueue(bytes);
      this.#joined = [];
      queueMicrotask(this.#enqueueJoined);
    } else {
      this.#joined.push(bytes);
      this.#joinedBytes += bytes.length;
    }
    if ((controller.desiredSize ?? 0) > this.#joinedBytes) return true;
    if (!this.#paused) {
      this.#paused = true;
      this.#armStall();
    }
    return false;
  }

  /** Tells the client that it is being served, where its framing has a way to. */
  ping(): void {
    if (this.#paused || this.#pingBytes === null) return;
    this.write(this.#pingBytes);
    this.#wrote = false;
  }

  /** The end, after what was written. Idempotent. */
  close(): void {
    if (this.#closing || this.#controller === null) return;
    this.#enqueueJoined();
    this.#closing = true;
    this.#options.deadlines.cancel(this.#ping);
    if (!this.#closeIfRead()) this.#armStall();
  }

  /**
   * The end in the middle: the client's connection tells that there was more to come. Not before what was written is
   * on its way: an engine drops that, status and all, and a client that saw nothing of an answer asks once more.
   */
  break(): void {
    this.#breaks = true;
    this.close();
  }

  /** An answer's events often come several at a time, and each piece that goes out by itself costs a write. */
  readonly #enqueueJoined = (): void => {
    const joined = this.#joined;
    this.#joined = null;
    if (joined === null || joined.length === 0) return;
    this.#joinedBytes = 0;
    this.#controller?.enqueue(joinBytes(joined));
  };

  #pulled(): void {
    if (this.#closing) {
      if (!this.#closeIfRead()) this.#armStall();
    } else if (this.#paused) {
      this.#paused = false;
      this.#disarmStall();
      this.#source.resume();
    }
  }

  /** Nothing tells of the reading of what a closed stream still holds, so it is closed when it holds nothing. */
  #closeIfRead(): boolean {
    if (this.#controller?.desiredSize !== this.#options.highWaterMark) return false;
    if (!this.#breaks) {
      this.#release()?.close();
    } else if (!this.#breaking) {
      this.#breaking = true;
      const broken = () => this.#release()?.error(new Error("Cannot go on: the answer broke off"));
      this.#options.deadlines.after(FLUSH_MS, broken);
    }
    return true;
  }

  #armStall(): void {
    const { writeStall, deadlines } = this.#options;
    if (writeStall <= 0) return;
    if (this.#stall === null) this.#stall = deadlines.after(writeStall, () => this.#stalled());
    else deadlines.move(this.#stall, writeStall);
  }

  #disarmStall(): void {
    this.#options.deadlines.cancel(this.#stall);
    this.#stall = null;
  }

  #stalled(): void {
    const controller = this.#release();
    if (controller === null) return;
    controller.error(new Error("Cannot write: the client reads nothing"));
    this.#source.stalled();
  }

  #abandon(): void {
    if (this.#release() !== null) this.#source.abandoned();
  }

  /** A sign of life when nothing was written since the last look, an interval ago. */
  #armPing(): void {
    this.#ping = this.#options.deadlines.after(this.#options.pingInterval, () => {
      if (this.#wrote) this.#wrote = false;
      else this.ping();
      this.#armPing();
    });
  }

  #release(): ReadableStreamDefaultController<Uint8Array<ArrayBuffer>> | null {
    const controller = this.#controller;
    this.#controller = null;
    this.#options.deadlines.cancel(this.#ping);
    this.#disarmStall();
    return controller;
  }
}
