import type { UpstreamHandle } from "./provider.ts";

/** A call that begins once something else is there; what is asked of it before is done then. */
export class PendingCall<Needed> implements UpstreamHandle {
  #call: UpstreamHandle | null = null;
  #aborted = false;
  #paused = false;

  /**
   * @param needed whoever made it bounds its time.
   * @param failed called where it cannot begin. Neither is called where it was aborted meanwhile.
   */
  constructor(
    needed: Promise<Needed>,
    begin: (needed: Needed) => UpstreamHandle,
    failed: (error: unknown) => void,
  ) {
    needed.then((ready) => {
      if (this.#aborted) return;
      this.#call = begin(ready);
      if (this.#paused) this.#call.pause();
    }).catch((error: unknown) => {
      if (!this.#aborted) failed(error);
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
