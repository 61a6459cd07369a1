/** Text of the tables. */
import type { Comparison } from "./figures.ts";
import type { Estimate } from "../../lib/tools/statistics.ts";

/** A Markdown table whose columns line up, the first to the left and the others to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((_, column) =>
    Math.max(3, ...[header, ...rows].map((row) => (row[column] ?? "").length))
  );
  const line = (cells: readonly string[]) =>
    `| ${
      widths.map((width, column) =>
        column === 0 ? (cells[column] ?? "").padEnd(width) : (cells[column] ?? "").padStart(width)
      ).join(" | ")
    } |`;
  const rule = `| ${
    widths.map((width, column) => column === 0 ? "-".repeat(width) : "-".repeat(width - 1) + ":").join(" | ")
  } |`;
  return [line(header), rule, ...rows.map(line)].join("\n") + "\n";
}

/** `median [low–high]`, or a dash where nothing was measured. */
export function withInterval(value: Estimate | null, digits: number): string {
  if (value === null) return "–";
  const text = (it: number) =>
    it.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return `${text(value.median)} [${text(value.low)}–${text(value.high)}]`;
}

/** A ratio; `≈` before one that lies within the control's spread. */
export function ratio(value: Comparison | null): string {
  if (value === null) return "–";
  return `${value.claimed ? "" : "≈ "}${withInterval(value, 2)}`;
}
