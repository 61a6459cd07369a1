import { basename, dirname } from "node:path";

export interface TidyOptions {
  readonly keep: number;
  readonly compress: boolean;
}

/** What follows the log's name: the time, a number where two fell into one second, and how it is compressed. */
const SUFFIX = /^\.(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z(?:-\d+)?(\.gz)?$/;

/** The files that a log has set aside. */
export class RotatedFiles {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * Sets the log aside.
   * @param wall when, milliseconds since the epoch.
   * @throws where it cannot, but not where it is gone: another process was quicker.
   */
  async add(wall: number): Promise<void> {
    const stamp = new Date(wall).toISOString().replace(/\.\d+/, "").replace(/[-:]/g, "");
    for (let n = 0;; n++) {
      const target = `${this.#path}.${stamp}${n === 0 ? "" : `-${n}`}`;
      // Renaming would overwrite.
      if (await exists(target) || await exists(`${target}.gz`)) continue;
      try {
        await Deno.rename(this.#path, target);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
      return;
    }
  }

  /** Deletes what is too old and compresses the rest. What fails is tried again the next time. */
  async tidy(wall: number, { keep, compress }: TidyOptions): Promise<void> {
    for (const { path, time, compressed } of await this.#list()) {
      try {
        if (keep > 0 && wall - time > keep) await Deno.remove(path);
        else if (compress && !compressed) await gzip(path);
      } catch {
        // Another process was quicker, or the disk is full.
      }
    }
  }

  async #list(): Promise<{ path: string; time: number; compressed: boolean }[]> {
    const [folder, name] = [dirname(this.#path), basename(this.#path)];
    const found: { path: string; time: number; compressed: boolean }[] = [];
    try {
      for await (const entry of Deno.readDir(folder)) {
        const match = entry.isFile && entry.name.startsWith(name)
          ? SUFFIX.exec(entry.name.slice(name.length))
          : null;
        if (match === null) continue;
        const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
        const time = Date.UTC(year ?? 0, (month ?? 1) - 1, day, hour, minute, second);
        found.push({ path: `${folder}/${entry.name}`, time, compressed: match[7] !== undefined });
      }
    } catch {
      // The folder is gone: so are the files.
    }
    return found;
  }
}

/** In pieces, each of which holds the event loop for about a millisecond. */
async function gzip(path: string): Promise<void> {
  const part = `${path}.gz.part`;
  try {
    const [from, to] = [
      await Deno.open(path),
      await Deno.open(part, { write: true, createNew: true, mode: 0o640 }),
    ];
    await from.readable.pipeThrough(new CompressionStream("gzip")).pipeTo(to.writable);
    await Deno.rename(part, `${path}.gz`);
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) await Deno.remove(part).catch(() => {});
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch {
    return false;
  }
}
