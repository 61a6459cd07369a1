// deno-lint-ignore no-control-regex -- these are the characters that colours are made of
const COLOURS = /\x1b\[[0-9;]*m/g;

/** Rows as lines with aligned columns, two spaces between them; numbers stand at the right. Cells may have colours. */
export function alignedRows(
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number> = new Set(),
): string[] {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from(
    { length: columns },
    (_, column) => Math.max(...rows.map((row) => shownLength(row[column] ?? ""))),
  );
  return rows.map((row) =>
    row.map((cell, column) => {
      const padding = " ".repeat((widths[column] ?? 0) - shownLength(cell));
      return right.has(column) ? padding + cell : cell + padding;
    }).join("  ").trimEnd()
  );
}

/** Places that a text takes on a terminal. */
function shownLength(text: string): number {
  return text.includes("\x1b") ? text.replaceAll(COLOURS, "").length : text.length;
}
