import { ToolError } from "../tool_error.ts";
import { type LineReader, LineSplitter, reasonOf } from "./log_lines.ts";

export interface FollowOptions {
  readonly signal: AbortSignal;
  /** Hears that what was there already, as far as it is read, was read. */
  readonly onCaughtUp?: () => void;
  /** How often is looked for more, milliseconds. */
  readonly everyMs?: number;
  /** Hears that the file was replaced by another, or emptied. */
  readonly onRotated?: (how: "replaced" | "truncated") => void;
}

/** How much of what is there already is read, bytes. */
const TAIL = 256 * 1024;

/**
 * Reads a log as it grows, until the signal. A file that takes its place (by rotation) is read from its beginning
 * once the old one is read to its end; one that was emptied is read anew.
 * @throws {ToolError} where it cannot be read at the beginning.
 */
export async function followFile(path: string, reader: LineReader, options: FollowOptions): Promise<void> {
  const { signal, onCaughtUp, everyMs = 200, onRotated } = options;
  let file: Deno.FsFile | null = null;
  try {
    file = await Deno.open(path);
  } catch (error) {
    throw new ToolError(`${path} cannot be read: ${reasonOf(error)}`, 2);
  }
  let splitter = new LineSplitter(reader);
  const buffer = new Uint8Array(TAIL);
  try {
    let read = await readLast(file, splitter);
    onCaughtUp?.();
    while (!signal.aborted) {
      let more = 0;
      if (file !== null) {
        while ((more = await file.read(buffer) ?? 0) > 0) {
          read += more;
          splitter.push(buffer.slice(0, more));
          if (signal.aborted) return;
        }
        const { size } = await file.stat();
        if (size < read) {
          onRotated?.("truncated");
          await file.seek(0, Deno.SeekMode.Start);
          read = 0;
          splitter = new LineSplitter(reader);
          continue;
        }
      }
      const present = await statOf(path);
      if (present !== null && (file === null || present.ino !== (await file.stat()).ino)) {
        // Whatever was written until now is read: nobody writes into the old one after the new one is there, but
        // a writer that still has it open may have written between the two looks.
        if (file !== null) {
          while ((more = await file.read(buffer) ?? 0) > 0) splitter.push(buffer.slice(0, more));
          splitter.end();
          file.close();
          onRotated?.("replaced");
        }
        file = await openOf(path);
        read = 0;
        splitter = new LineSplitter(reader);
        continue;
      }
      await pause(everyMs, signal);
    }
  } finally {
    file?.close();
  }
}

/** Reads the end of what is there. @returns the place behind it. */
async function readLast(file: Deno.FsFile, splitter: LineSplitter): Promise<number> {
  const { size } = await file.stat();
  const start = Math.max(0, size - TAIL);
  await file.seek(start, Deno.SeekMode.Start);
  const bytes = new Uint8Array(size - start);
  let length = 0;
  for (let more; length < size - start && (more = await file.read(bytes.subarray(length))) !== null;) {
    length += more;
  }
  // The first line may lack its beginning.
  splitter.push(bytes.subarray(start === 0 ? 0 : bytes.indexOf(0x0a) + 1, length));
  return start + length;
}

async function statOf(path: string): Promise<Deno.FileInfo | null> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

async function openOf(path: string): Promise<Deno.FsFile | null> {
  try {
    return await Deno.open(path);
  } catch (error) {
    // Gone again between two looks.
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}
