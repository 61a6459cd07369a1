/** Bytes of each unit, the largest first. */
const UNITS = [["GiB", 1024 ** 3], ["MiB", 1024 ** 2], ["KiB", 1024], ["B", 1]] as const;

const PATTERN = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB)$/;

/** For JSON schemas: what {@linkcode parseSize} takes. */
export const SIZE_PATTERN = "^\\d+(\\.\\d+)?(B|KiB|MiB|GiB)$";

/** `512B`, `64KiB`, `32MiB`, `1.5GiB` in bytes; null for anything else, a number without a unit included. */
export function parseSize(text: string): number | null {
  const match = PATTERN.exec(text);
  if (match === null) return null;
  const unit = UNITS.find(([name]) => name === match[2]);
  return unit === undefined ? null : Math.round(Number(match[1]) * unit[1]);
}

/** Bytes as {@linkcode parseSize} reads them, in the largest unit that leaves no fraction. */
export function formatSize(bytes: number): string {
  const unit = UNITS.find(([, size]) => bytes % size === 0 && bytes >= size);
  return unit === undefined ? `${bytes}B` : `${bytes / unit[1]}${unit[0]}`;
}
