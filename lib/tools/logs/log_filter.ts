import type { LogEntry } from "./log_entry.ts";

/** Which lines are meant. */
export interface LogFilter {
  /** Milliseconds since the epoch; null: no bound. */
  readonly since: number | null;
  readonly until: number | null;
  readonly model: string | null;
  readonly key: string | null;
  /** Least serious level; null: any. */
  readonly level: string | null;
  /** `5xx`, `429`, several with commas; null: any. */
  readonly status: string | null;
  /** Requests that took at least so long, milliseconds; null: any. */
  readonly slowMs: number | null;
}

export const EVERYTHING: LogFilter = {
  since: null,
  until: null,
  model: null,
  key: null,
  level: null,
  status: null,
  slowMs: null,
};

const SEVERITY: Readonly<Record<string, number>> = {
  DEBUG: 0,
  INFO: 1,
  WARN: 2,
  WARNING: 2,
  ERROR: 3,
  CRITICAL: 4,
  FATAL: 4,
};

export const LEVEL_NAMES = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] as const;

/** Puts a filter into one function; what is not asked for is not looked at. */
export function matcher(filter: LogFilter): (entry: LogEntry) => boolean {
  const { since, until, model, key, level, status, slowMs } = filter;
  const tests: ((entry: LogEntry) => boolean)[] = [];
  if (since !== null) tests.push(({ time }) => time >= since);
  if (until !== null) tests.push(({ time }) => time < until);
  if (model !== null) tests.push((entry) => entry.model === model || entry.record.requested_model === model);
  // A log has the last characters of a key alone.
  if (key !== null) tests.push((entry) => entry.key !== "" && (entry.key === key || key.endsWith(entry.key)));
  if (level !== null) {
    const least = SEVERITY[level] ?? 0;
    tests.push((entry) => (SEVERITY[entry.level] ?? (entry.failed ? 3 : 1)) >= least);
  }
  if (status !== null) {
    const pattern = new RegExp(`^(?:${status.replaceAll(/x/gi, "\\d").replaceAll(",", "|")})$`);
    tests.push((entry) => entry.status > 0 && pattern.test(String(entry.status)));
  }
  if (slowMs !== null) tests.push(({ durationMs }) => durationMs >= slowMs);
  const [only] = tests;
  if (only === undefined) return () => true;
  return tests.length === 1 ? only : (entry) => tests.every((test) => test(entry));
}

/** Whether a text is a list of statuses that {@linkcode matcher} understands. */
export function isStatusList(text: string): boolean {
  return /^[1-5][\dx]{2}(?:,[1-5][\dx]{2})*$/i.test(text);
}

const AGO = /^(\d+(?:\.\d+)?)\s*(s|m|h|d|w)$/;
const CLOCK = /^\d\d:\d\d(?::\d\d)?$/;
const UNITS = { s: 1e3, m: 60e3, h: 3600e3, d: 86_400e3, w: 604_800e3 } as const;

/**
 * A moment: a date, a time of ISO 8601 (without a zone: UTC), the last time that a clock showed this (`14:30`, UTC), or
 * how long ago (`30m`, `2h`, `1d`). Null: it is none.
 */
export function momentOf(text: string, now: number): number | null {
  const [, amount, unit] = AGO.exec(text) ?? [];
  if (amount !== undefined) return now - Number(amount) * UNITS[unit as keyof typeof UNITS];
  if (CLOCK.test(text)) {
    const today = Date.parse(`${new Date(now).toISOString().slice(0, 10)}T${text}Z`);
    return Number.isNaN(today) ? null : today > now ? today - UNITS.d : today;
  }
  if (!/^\d{4}-\d\d-\d\d/.test(text)) return null;
  const iso = text.trim().replace(" ", "T");
  const time = Date.parse(/T.*(?:Z|[+-]\d\d:?\d\d)$/.test(iso) || !iso.includes("T") ? iso : `${iso}Z`);
  return Number.isNaN(time) ? null : time;
}
