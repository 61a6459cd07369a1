import type { LogWriter } from "./log_sink.ts";

/**
 * A file that is appended to. It is opened at the first write, and again after a failure and after `reopen()`, so
 * that a disk that was full, a folder that was gone and a file that was moved away are all over once they are over.
 */
export class AppendFile implements LogWriter {
  #file: Deno.FsFile | null = null;
  #size = 0;

  constructor(readonly path: string) {}

  /** Bytes in the file, as of the last write. */
  get size(): number {
    return this.#size;
  }

  /** @throws what the platform throws: no space, no permission, no such folder. */
  async write(bytes: Uint8Array): Promise<number> {
    const file = this.#file ?? await this.#open();
    try {
      const written = await file.write(bytes);
      this.#size += written;
      return written;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Whether what it writes to still stands at the path; true where it writes to nothing yet. */
  async isCurrent(): Promise<boolean> {
    const file = this.#file;
    if (file === null) return true;
    try {
      const [ours, theirs] = await Promise.all([file.stat(), Deno.stat(this.path)]);
      return ours.ino === theirs.ino && ours.dev === theirs.dev;
    } catch {
      return false;
    }
  }

  /** When the file was last written, wall-clock milliseconds, whoever did; null where there is none. Opens nothing. */
  async lastWritten(): Promise<number | null> {
    try {
      const { mtime, size } = await Deno.stat(this.path);
      this.#size = size;
      return mtime?.getTime() ?? null;
    } catch {
      return null;
    }
  }

  /** The next write goes to whatever stands at the path then. */
  reopen(): void {
    this.close();
  }

  close(): void {
    const file = this.#file;
    this.#file = null;
    try {
      file?.close();
    } catch {
      // A write under way holds it; it goes with that.
    }
  }

  async #open(): Promise<Deno.FsFile> {
    const file = await Deno.open(this.path, { append: true, create: true, mode: 0o640 });
    this.#file = file;
    this.#size = (await file.stat()).size;
    return file;
  }
}
