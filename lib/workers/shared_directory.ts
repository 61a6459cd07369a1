import type { Clock } from "../clock.ts";
import type { Registry } from "../telemetry/metrics/registry.ts";
import type { Snapshot } from "../telemetry/metrics/snapshot.ts";
import { Aggregation } from "./aggregation.ts";

/** How often a process writes what it has counted, milliseconds. */
const WRITE_MS = 1_000;
/** A process that has not written for so long has ended, however it ended. */
const STALE_MS = 10_000;
/** Files that are read at most. */
const MOST_FILES = 1_000;
const FILE = /^gateway-[0-9a-f-]+\.json$/;

interface Written {
  /** Wall-clock milliseconds. */
  readonly at: number;
  /** It has said so itself: nothing more comes. */
  readonly ended: boolean;
  readonly snapshot: Snapshot;
}

export interface SharedDirectoryOptions {
  readonly path: string;
  readonly clock: Clock;
  /** Has the metrics that are shown. */
  readonly registry: Registry;
  /** What this process has now. */
  readonly takeSnapshot: () => Snapshot;
  /** Hears once that the directory cannot be used, and once that it can be again (null). */
  readonly onTrouble: (reason: string | null) => void;
  /** Names this process's file; a random one by default. */
  readonly id?: string;
}

/**
 * Metrics of processes that somebody else starts: each writes what it has counted into one directory, at most once
 * a second and at its end, and whichever is scraped reads them all. Files are replaced as a whole. What a process
 * that ended has counted stays in its file and goes on counting; its gauges do not.
 */
export class SharedDirectory {
  readonly #options: SharedDirectoryOptions;
  readonly #aggregation: Aggregation;
  readonly #name: string;
  /** What was read last, by file, so that a file is parsed once and one that is being removed is not missed. */
  readonly #read = new Map<string, { readonly modified: number; readonly written: Written }>();
  readonly #stop: () => void;
  #writing: Promise<void> | null = null;
  #troubled = false;

  constructor(options: SharedDirectoryOptions) {
    this.#options = options;
    this.#aggregation = new Aggregation(options.registry);
    this.#name = `gateway-${options.id ?? crypto.randomUUID()}.json`;
    this.#stop = options.clock.every(WRITE_MS, () => {
      // A file system that hangs gets one writer.
      this.#writing ??= this.#write(false).finally(() => this.#writing = null);
    });
  }

  /** What all processes have counted together. */
  async gather(): Promise<Registry> {
    const { clock, takeSnapshot } = this.#options;
    await this.#readOthers();
    const now = clock.wall();
    const living = [takeSnapshot()];
    const ended: Snapshot[] = [];
    for (const { written } of this.#read.values()) {
      (written.ended || now - written.at > STALE_MS ? ended : living).push(written.snapshot);
    }
    this.#aggregation.show(living, ended);
    return this.#aggregation.registry;
  }

  /** Writes for the last time. */
  async close(): Promise<void> {
    this.#stop();
    await this.#writing;
    await this.#write(true);
  }

  async #write(ended: boolean): Promise<void> {
    const { path, clock, takeSnapshot } = this.#options;
    const written: Written = { at: clock.wall(), ended, snapshot: takeSnapshot() };
    try {
      await Deno.mkdir(path, { recursive: true });
      const file = `${path}/${this.#name}`;
      await Deno.writeTextFile(`${file}.next`, JSON.stringify(written));
      await Deno.rename(`${file}.next`, file);
      this.#tell(null);
    } catch (error) {
      this.#tell(error instanceof Error ? error.message : String(error));
    }
  }

  async #readOthers(): Promise<void> {
    const { path } = this.#options;
    try {
      const names: string[] = [];
      for await (const { name } of Deno.readDir(path)) {
        if (FILE.test(name) && name !== this.#name && names.length < MOST_FILES) names.push(name);
      }
      await Promise.all(names.map((name) => this.#readOne(name)));
      const there = new Set(names);
      for (const name of [...this.#read.keys()]) if (!there.has(name)) this.#read.delete(name);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) {
        this.#tell(error instanceof Error ? error.message : String(error));
      }
    }
  }

  async #readOne(name: string): Promise<void> {
    const file = `${this.#options.path}/${name}`;
    try {
      const modified = (await Deno.stat(file)).mtime?.getTime() ?? NaN;
      if (this.#read.get(name)?.modified === modified) return;
      const written: unknown = JSON.parse(await Deno.readTextFile(file));
      if (isWritten(written)) this.#read.set(name, { modified, written });
    } catch {
      // What was read before holds until it can be read again.
    }
  }

  #tell(reason: string | null): void {
    if ((reason !== null) === this.#troubled) return;
    this.#troubled = reason !== null;
    this.#options.onTrouble(reason);
  }
}

/** By its outline: what does not fit a metric is left out where it is added. */
function isWritten(value: unknown): value is Written {
  if (typeof value !== "object" || value === null) return false;
  const { at, ended, snapshot } = value as Partial<Record<keyof Written, unknown>>;
  return typeof at === "number" && typeof ended === "boolean" && typeof snapshot === "object" &&
    snapshot !== null && Object.values(snapshot).every(Array.isArray);
}
