/** Time as an argument: production passes {@linkcode systemClock}, tests a clock of their own. */
export interface Clock {
  /** Monotonic milliseconds; durations and windows are made of these, so a jump of the wall clock is harmless. */
  now(): number;
  /** Wall-clock milliseconds since the epoch, for timestamps that people and backends read. */
  wall(): number;
  /** Calls `callback` every `ms`; returns what stops it. Does not keep the process alive. */
  every(ms: number, callback: () => void): () => void;
}

/** What the platform's timers take: a longer time would count as none. */
const LONGEST = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  every(ms, callback) {
    const id = setInterval(callback, Math.min(ms, LONGEST));
    Deno.unrefTimer(id);
    return () => clearInterval(id);
  },
};
