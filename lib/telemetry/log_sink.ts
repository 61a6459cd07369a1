import { SignalStats } from "./self.ts";

/** Where the bytes go: `Deno.stdout`, an open file, or a test. May write less than it was given. */
export interface LogWriter {
  /** @param bytes valid until this resolves. */
  write(bytes: Uint8Array): Promise<number>;
}

export interface LogSinkOptions {
  readonly writer: LogWriter;
  /** The account of its lines, which others may share; default one of its own. */
  readonly stats?: SignalStats;
  /** Bytes that may wait; lines beyond are dropped and counted. */
  readonly maxQueued?: number;
  /** Least time from one write to the next, milliseconds; default 50. */
  readonly pace?: number;
  /** Lines go out again after some were lost; called once for all of them. */
  readonly onRecovered?: (lost: number) => void;
}

const MAX_QUEUED = 4 * 1024 * 1024;
/** Bytes written at once: one that fails loses no more. */
const MAX_WRITE = 256 * 1024;

const NEWLINE = 0x0a;

/**
 * Least time from one write to the next, milliseconds: under load lines share a write, which costs more than they do,
 * and so does being woken for it. A process that is killed loses the lines of so long.
 */
const PACE_MS = 50;

const encoder = new TextEncoder();

/** Lines that go out in one write. */
interface Block {
  readonly bytes: Uint8Array<ArrayBuffer>;
  length: number;
  lines: number;
}

/**
 * Writes lines to a pipe, terminal or file without ever making anybody wait: one asynchronous write is under way
 * at a time, what comes meanwhile waits in a bounded queue, and what does not fit is dropped and counted. A
 * synchronous write to a full pipe would stop the whole process. A failed write loses its lines (counted); the
 * next lines are tried again, so a reader that comes back is written to again, and told what it missed.
 */
export class LogSink {
  readonly stats: SignalStats;
  readonly #writer: LogWriter;
  readonly #maxQueued: number;
  readonly #pace: number;
  readonly #onRecovered: ((lost: number) => void) | undefined;
  /** Lines that were lost and not told of yet. */
  #lost = 0;
  /** What waits, in order; the last is being filled. */
  readonly #blocks: Block[] = [];
  #waiting = 0;
  /** The memory of a block that is out, for the next one. */
  #spare: Uint8Array<ArrayBuffer> | null = null;
  #writing: Promise<void> | null = null;
  #trouble = "";
  /** Ends the pause between two writes; null: there is none. */
  #hurry: (() => void) | null = null;
  #flushing = false;

  constructor(options: LogSinkOptions) {
    this.#writer = options.writer;
    this.stats = options.stats ?? new SignalStats();
    this.#maxQueued = options.maxQueued ?? MAX_QUEUED;
    this.#pace = options.pace ?? PACE_MS;
    this.#onRecovered = options.onRecovered;
  }

  /** Why the last write failed; empty where it did not. */
  get trouble(): string {
    return this.#trouble;
  }

  /** @param line without its newline; copied. @returns whether it will be written. */
  write(line: string | Uint8Array): boolean {
    const { stats } = this;
    const bytes = typeof line === "string" ? encoder.encode(line) : line;
    stats.produced++;
    if (this.#waiting + bytes.length > this.#maxQueued) {
      stats.dropped++;
      this.#lost++;
      return false;
    }
    stats.queued++;
    this.#append(bytes);
    // The first write begins in a microtask: lines of one turn go out together.
    this.#writing ??= Promise.resolve().then(() => this.#drain());
    return true;
  }

  #append(line: Uint8Array): void {
    const size = line.length + 1;
    this.#waiting += size;
    let block = this.#blocks[this.#blocks.length - 1];
    if (block === undefined || block.length + size > block.bytes.length) {
      // A full one waits no longer: so there is one that is written, one that is filled, and no memory is made anew.
      if (block !== undefined) this.#hurry?.();
      this.#blocks.push(block = this.#newBlock(size));
    }
    block.bytes.set(line, block.length);
    block.length += size;
    block.bytes[block.length - 1] = NEWLINE;
    block.lines++;
  }

  #newBlock(size: number): Block {
    const spare = size <= MAX_WRITE ? this.#spare : null;
    if (spare !== null) this.#spare = null;
    return { bytes: spare ?? new Uint8Array(Math.max(size, MAX_WRITE)), length: 0, lines: 0 };
  }

  /** Waits until lines may be written again, or until somebody cannot wait. */
  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#pace);
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Resolves once all that was written so far is out or lost, after `ms` milliseconds at the latest. */
  async flush(ms: number): Promise<void> {
    if (this.#writing === null) return;
    this.#flushing = true;
    this.#hurry?.();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
    await Promise.race([this.#writing, late]);
    clearTimeout(timer);
    this.#flushing = false;
  }

  async #drain(): Promise<void> {
    for (let block = this.#blocks.shift(); block !== undefined; block = this.#blocks.shift()) {
      const { bytes, length, lines } = block;
      this.#waiting -= length;
      const written = await this.#writeAll(bytes.subarray(0, length));
      if (bytes.length === MAX_WRITE) this.#spare = bytes;
      this.stats.queued -= lines;
      if (written) {
        this.stats.exported += lines;
        this.#recovered();
      } else {
        this.stats.dropped += lines;
        this.stats.failed++;
        this.#lost += lines;
      }
      // What comes meanwhile shares the next write, unless that has all it can take.
      if (this.#pace > 0 && !this.#flushing && this.#blocks.length < 2) await this.#pause();
    }
    this.#hurry = null;
    this.#writing = null;
  }

  /** Tells what was lost, once there is room again: a reader that is merely slow would hear of it all the time. */
  #recovered(): void {
    if (this.#lost === 0 || this.#waiting > this.#maxQueued / 2) return;
    const lost = this.#lost;
    this.#lost = 0;
    this.#onRecovered?.(lost);
  }

  async #writeAll(bytes: Uint8Array): Promise<boolean> {
    try {
      for (let from = 0; from < bytes.length;) {
        const written = await this.#writer.write(from === 0 ? bytes : bytes.subarray(from));
        if (!(written > 0)) throw new Error("nothing was written");
        from += written;
      }
      this.#trouble = "";
      return true;
    } catch (error) {
      // Closed, or its disk is full: counted, and this is no place to say so.
      this.#trouble = error instanceof Error ? error.message : String(error);
      return false;
    }
  }
}
