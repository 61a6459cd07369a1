import type { UpstreamHandle } from "../provider.ts";

/** A call that begins once its body was read; what is asked of it before is done then. */
export class PendingCall implements UpstreamHandle {
  #call: UpstreamHandle | null = null;
  #aborted = false;
  #paused = false;

  /** @param failed called where there is nothing to begin. Neither is called where it was aborted meanwhile. */
  constructor(begin: Promise<() => UpstreamHandle>, failed: () => void) {
    begin.then((begin) => {
      if (this.#aborted) return;
      this.#call = begin();
      if (this.#paused) this.#call.pause();
    }, () => {
      if (!this.#aborted) failed();
    });
  }

  abort(): void {
    this.#aborted = true;
    this.#call?.abort();
  }

  pause(): void {
    this.#paused = true;
    this.#call?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#call?.resume();
  }
}
