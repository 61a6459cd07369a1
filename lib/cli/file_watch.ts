import type { Clock } from "../clock.ts";

/** How often a file is looked at, milliseconds. It is small, and nobody waits for it. */
const INTERVAL = 1_000;

/**
 * Calls `changed` when the text of a file is another than it was and has stayed so for one interval: an editor may
 * write it in pieces. It is read again and again, for notices of the file system do not come from network file
 * systems, bind mounts and the links that orchestrators swap. A file that cannot be read has not changed.
 *
 * @returns what stops it.
 */
export function watchFile(
  path: string,
  read: (path: string) => Promise<string>,
  clock: Clock,
  changed: () => void,
): () => void {
  let settled: string | null = null;
  let last: string | null = null;
  let reading = false;
  const look = async () => {
    // A file system that hangs gets one reader.
    if (reading) return;
    reading = true;
    const text = await read(path).catch(() => null);
    reading = false;
    const stable = text === last;
    last = text;
    settled ??= text;
    if (text === null || !stable || text === settled) return;
    settled = text;
    changed();
  };
  look();
  return clock.every(INTERVAL, look);
}
