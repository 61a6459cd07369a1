import { quantile } from "../statistics.ts";
import type { LogEntry } from "./log_entry.ts";

/** How far it looks back, milliseconds. */
const WINDOW = 60_000;
/** Requests that are kept at most; beyond that the window is shorter. */
const MOST = 20_000;

interface Recent {
  readonly at: number;
  readonly ms: number;
  readonly failed: boolean;
  readonly tokens: number;
}

export interface StatisticsNow {
  readonly requests: number;
  readonly errors: number;
  readonly perSecond: number;
  readonly tokensPerSecond: number;
  readonly p50: number | null;
  readonly p95: number | null;
  /** Requests since the beginning. */
  readonly total: number;
  readonly totalErrors: number;
}

/** What the requests of the last minute were like. */
export class RecentStatistics {
  readonly #recent: Recent[] = [];
  readonly #start: number;
  #total = 0;
  #totalErrors = 0;

  constructor(start: number) {
    this.#start = start;
  }

  add(entry: LogEntry, now: number): void {
    this.#total++;
    if (entry.failed) this.#totalErrors++;
    this.#recent.push({
      at: now,
      ms: entry.durationMs,
      failed: entry.failed,
      tokens: (entry.inputTokens || 0) + (entry.outputTokens || 0),
    });
    if (this.#recent.length > MOST) this.#recent.splice(0, MOST / 10);
  }

  at(now: number): StatisticsNow {
    const gone = this.#recent.findIndex(({ at }) => at > now - WINDOW);
    this.#recent.splice(0, gone < 0 ? this.#recent.length : gone);
    const recent = this.#recent;
    // A second at least, so that the first requests do not look like thousands.
    const seconds = Math.max(1, Math.min(WINDOW, now - this.#start) / 1000);
    const durations = recent.map(({ ms }) => ms).filter((ms) => ms >= 0).sort((a, b) => a - b);
    return {
      requests: recent.length,
      errors: recent.filter(({ failed }) => failed).length,
      perSecond: recent.length / seconds,
      tokensPerSecond: recent.reduce((sum, { tokens }) => sum + tokens, 0) / seconds,
      p50: durations.length === 0 ? null : quantile(durations, 0.5),
      p95: durations.length === 0 ? null : quantile(durations, 0.95),
      total: this.#total,
      totalErrors: this.#totalErrors,
    };
  }
}
