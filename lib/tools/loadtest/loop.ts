/** What decides when requests are sent. */
export interface Loop {
  /** Users, or of an open loop connections, that there are now. */
  readonly users: number;
  /** Requests under way. */
  readonly inFlight: number;
  /** Does what is due. @param elapsed seconds since the start. */
  tick(elapsed: number): void;
  /** Sends nothing new. */
  stop(): void;
  /** Gives up what is under way. */
  abandon(): void;
  /** Resolves when nothing is under way any more, after `stop`. */
  settled(): Promise<void>;
}

/** Calls `callback` after so many milliseconds; returns what prevents it. Production passes the platform's. */
export type After = (ms: number, callback: () => void) => () => void;

export const systemAfter: After = (ms, callback) => {
  const timer = setTimeout(callback, ms);
  return () => clearTimeout(timer);
};
