import type { Clock } from "../clock.ts";
import { AppendFile } from "./append_file.ts";
import type { LogWriter } from "./log_sink.ts";
import { RotatedFiles } from "./rotated_files.ts";

export interface RotationOptions {
  /** Bytes that a file may have before another is begun; 0: any. */
  readonly maxSize: number;
  /** Whether each day (UTC) has a file of its own. */
  readonly daily: boolean;
  /** Milliseconds that old files are kept; 0: for ever. */
  readonly keep: number;
  /** Whether old files are compressed. */
  readonly compress: boolean;
}

const DAY_MS = 86_400_000;
/** How often it looks whether the file at the path is still the one that it writes to. */
const LOOK_MS = 1_000;
/** Old files are left alone for so long: another process may not have noticed yet. */
const SETTLE_MS = 5_000;

/**
 * A log file that is set aside by size and by day, under its name with the time: `requests.log` becomes
 * `requests.log.20260303T063644Z`, later `….gz`. Several processes may share it: one that finds the file moved
 * away, by another process, by logrotate or by hand, goes on in the new one.
 */
export class RotatingFile implements LogWriter {
  readonly #options: RotationOptions;
  readonly #clock: Clock;
  readonly #file: AppendFile;
  readonly #old: RotatedFiles;
  #day = NaN;
  #lookedAt = -Infinity;
  #stopTidying: (() => void) | null = null;

  constructor(path: string, clock: Clock, options: RotationOptions) {
    this.#options = options;
    this.#clock = clock;
    this.#file = new AppendFile(path);
    this.#old = new RotatedFiles(path);
  }

  /** @throws what the platform throws; the next write begins anew. */
  async write(bytes: Uint8Array): Promise<number> {
    await this.#prepare(bytes.length);
    return await this.#file.write(bytes);
  }

  /** The next write goes to whatever stands at the path then. */
  reopen(): void {
    this.#file.reopen();
  }

  close(): void {
    this.#stopTidying?.();
    this.#file.close();
  }

  async #prepare(length: number): Promise<void> {
    const now = this.#clock.now();
    if (now - this.#lookedAt < LOOK_MS && !this.#isDue(length)) return;
    this.#lookedAt = now;
    if (!await this.#file.isCurrent()) this.#file.reopen();
    // Its own day is that of its last line, whoever wrote that.
    this.#day = await this.#file.lastWritten() ?? this.#today;
    if (this.#isDue(length)) await this.#setAside();
    this.#day = this.#today;
  }

  #isDue(length: number): boolean {
    const { maxSize, daily } = this.#options;
    const { size } = this.#file;
    if (size === 0) return false;
    return (maxSize > 0 && size + length > maxSize) || (daily && dayOf(this.#day) !== dayOf(this.#today));
  }

  get #today(): number {
    return this.#clock.wall();
  }

  async #setAside(): Promise<void> {
    this.#file.close();
    await this.#old.add(this.#clock.wall());
    this.#stopTidying ??= this.#clock.every(SETTLE_MS, () => {
      this.#stopTidying?.();
      this.#stopTidying = null;
      this.tidied = this.#old.tidy(this.#clock.wall(), this.#options);
    });
  }

  /** Resolves when the last round of compressing and deleting is over; for tests. */
  tidied: Promise<void> = Promise.resolve();
}

function dayOf(wall: number): number {
  return Math.floor(wall / DAY_MS);
}
