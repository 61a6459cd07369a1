const RETRY_MS = 100;

/**
 * The pause before accepting again after it failed, as it does while all file descriptors are taken. A timer of
 * the platform, not a Deadline: while nothing is accepted, it alone may be what keeps the process alive.
 */
export class RetryPause {
  #end: (() => void) | null = null;

  /** Resolves after a tenth of a second, or once it is ended. */
  async wait(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, RETRY_MS);
      this.#end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#end = null;
  }

  /** Ends the pause that is under way: what was missing may be there now. */
  end(): void {
    this.#end?.();
  }
}
