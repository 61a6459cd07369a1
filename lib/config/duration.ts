/** Milliseconds of each unit, the largest first. */
const UNITS = [["d", 86_400_000], ["h", 3_600_000], ["m", 60_000], ["s", 1000], ["ms", 1]] as const;

const PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** For JSON schemas: what {@linkcode parseDuration} takes. */
export const DURATION_PATTERN = "^(0|off|\\d+(\\.\\d+)?(ms|s|m|h|d))$";

/**
 * `250ms`, `5s`, `1.5m`, `1h`, `30d` in milliseconds; `0` and `off` are 0. Null for anything else: a unit is
 * required, because nobody remembers whose seconds are milliseconds.
 */
export function parseDuration(text: string): number | null {
  if (text === "0" || text === "off") return 0;
  const match = PATTERN.exec(text);
  if (match === null) return null;
  const unit = UNITS.find(([name]) => name === match[2]);
  return unit === undefined ? null : Math.round(Number(match[1]) * unit[1]);
}

/** Milliseconds as {@linkcode parseDuration} reads them, in the largest unit that leaves no fraction. */
export function formatDuration(ms: number): string {
  if (ms === 0) return "off";
  const unit = UNITS.find(([, size]) => ms % size === 0);
  return unit === undefined ? `${ms}ms` : `${ms / unit[1]}${unit[0]}`;
}
