const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/** A bar of `share` of `width` places, in eighths of a place; what is above 0 is seen. */
export function bar(share: number, width: number): string {
  const eighths = share > 0 ? Math.max(1, Math.round(Math.min(1, share) * width * 8)) : 0;
  return "█".repeat(eighths >> 3) + (EIGHTHS[eighths & 7] ?? "");
}

const LEVELS = "▁▂▃▄▅▆▇█";

/** Numbers as one small column each, the highest as high as the line. */
export function sparkline(values: readonly number[]): string {
  const most = Math.max(...values, 0);
  return values.map((value) =>
    value <= 0 || most === 0 ? " " : LEVELS[Math.min(7, Math.floor(value / most * 8))] ?? ""
  ).join("");
}
