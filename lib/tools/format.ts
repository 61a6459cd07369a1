/** Numbers for people. */

/** `0.42 ms`, `12.3 ms`, `1.23 s`, `2.1 min`, `3.4 h`, `5.6 d`; a dash where nothing was measured. */
export function duration(ms: number | null): string {
  return durationApart(ms, Infinity);
}

/** The same, with digits enough that values which lie so many milliseconds apart look different (below 100 s). */
export function durationApart(ms: number | null, apart: number): string {
  if (ms === null || Number.isNaN(ms)) return "–";
  if (ms >= 48 * 3600e3) return `${(ms / 86400e3).toFixed(1)} d`;
  if (ms >= 120 * 60e3) return `${(ms / 3600e3).toFixed(1)} h`;
  if (ms >= 99_950) return `${(ms / 60_000).toFixed(1)} min`;
  if (ms >= 999.5) return `${(ms / 1000).toFixed(Math.max(2, digitsFor(apart / 1000)))} s`;
  return `${ms.toFixed(Math.max(ms >= 99.95 ? 0 : ms >= 9.995 ? 1 : 2, digitsFor(apart)))} ms`;
}

/** Digits behind the point that tell values apart. */
function digitsFor(apart: number): number {
  return Math.min(6, Math.max(0, Math.ceil(-Math.log10(apart))));
}

/** `1,234,567`, with so many digits behind the point; a dash where there is no number. */
export function count(value: number | null, digits = 0): string {
  if (value === null || Number.isNaN(value)) return "–";
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** `12.3 %` of a share. */
export function percent(share: number | null, digits = 1): string {
  if (share === null || Number.isNaN(share)) return "–";
  return `${(share * 100).toFixed(share === 0 || share === 1 ? 0 : digits)} %`;
}

/** `$1.23`, `$0.0042`. */
export function dollars(value: number): string {
  return `$${
    value >= 1 ? count(value, 2) : value.toPrecision(2).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "")
  }`;
}

/** `1.5 GB`, in powers of 1,000. */
export function bytes(value: number): string {
  for (const [unit, size] of [["GB", 1e9], ["MB", 1e6], ["kB", 1e3]] as const) {
    if (value >= size) return `${(value / size).toFixed(value >= size * 100 ? 0 : 1)} ${unit}`;
  }
  return `${value} B`;
}
