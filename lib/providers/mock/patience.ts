import type { Deadline, Deadlines } from "../../deadlines.ts";
import type {
  UpstreamError,
  UpstreamHandle,
  UpstreamHandler,
  UpstreamHeaders,
  UpstreamTimeouts,
} from "../provider.ts";

/** The time-outs that a call over a network has, for one that has none: a mock that stalls is given up alike. */
export class Patience implements UpstreamHandler, UpstreamHandle {
  readonly #handler: UpstreamHandler;
  readonly #timeouts: UpstreamTimeouts;
  readonly #deadlines: Deadlines;
  readonly #total: Deadline | null;
  #deadline: Deadline | null = null;
  #kind: UpstreamError["kind"] = "timeout_first_chunk";
  #ms: number;
  #call: UpstreamHandle | null = null;

  constructor(handler: UpstreamHandler, timeouts: UpstreamTimeouts, deadlines: Deadlines) {
    this.#handler = handler;
    this.#timeouts = timeouts;
    this.#deadlines = deadlines;
    this.#ms = timeouts.firstChunk;
    this.#total = timeouts.total > 0
      ? deadlines.after(timeouts.total, () => this.#expire("timeout_total"))
      : null;
    this.resume();
  }

  /** Begins to watch over a call that has this as its handler. */
  over(call: UpstreamHandle): this {
    this.#call = call;
    return this;
  }

  onConnect(): void {
    this.#handler.onConnect?.();
  }

  onResponse(status: number, headers: UpstreamHeaders): void {
    this.#handler.onResponse(status, headers);
  }

  onData(chunk: Uint8Array): void {
    this.#kind = "timeout_between_chunks";
    this.#ms = this.#timeouts.betweenChunks;
    this.#stop();
    this.#start();
    this.#handler.onData(chunk);
  }

  onEnd(): void {
    this.#release();
    this.#handler.onEnd();
  }

  onError(error: UpstreamError): void {
    this.#release();
    this.#handler.onError(error);
  }

  abort(): void {
    this.#release();
    this.#call?.abort();
  }

  pause(): void {
    this.#stop();
    this.#call?.pause();
  }

  resume(): void {
    this.#start();
    this.#call?.resume();
  }

  #start(): void {
    if (this.#deadline !== null || this.#ms === 0) return;
    this.#deadline = this.#deadlines.after(this.#ms, () => this.#expire(this.#kind));
  }

  #stop(): void {
    this.#deadlines.cancel(this.#deadline);
    this.#deadline = null;
  }

  #release(): void {
    this.#stop();
    this.#deadlines.cancel(this.#total);
  }

  #expire(kind: UpstreamError["kind"]): void {
    this.abort();
    this.#handler.onError({ kind, sent: true, message: "the mock provider took too long" });
  }
}
