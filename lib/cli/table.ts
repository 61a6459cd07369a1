// deno-lint-ignore no-control-regex -- these are the characters that colours are made of
const COLOURS = /\x1b\[[0-9;]*m/g;
// deno-lint-ignore no-control-regex -- a colour, or what stands between two
const PIECES = /\x1b\[[0-9;]*m|[^\x1b]+/g;

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
export function shownLength(text: string): number {
  return text.includes("\x1b") ? text.replaceAll(COLOURS, "").length : text.length;
}

/** As much of a line as there are places for; its colours end with it. */
export function cutTo(line: string, places: number): string {
  if (shownLength(line) <= places) return line;
  let left = places;
  return line.replaceAll(PIECES, (piece) => {
    if (piece.startsWith("\x1b")) return piece;
    const shown = piece.slice(0, left);
    left -= shown.length;
    return shown;
  });
}

/** A text without colours in lines of so many places. */
export function wrapped(text: string, places: number): string[] {
  const lines: string[] = [];
  for (let at = 0; at < text.length; at += places) lines.push(text.slice(at, at + places));
  return lines;
}
