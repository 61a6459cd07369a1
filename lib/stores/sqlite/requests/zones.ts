import type { DatabaseSync, StatementSync } from "node:sqlite";
import { bucketOf, firstOf } from "./buckets.ts";

/** Ids, both inclusive. */
export interface Span {
  readonly low: number;
  readonly high: number;
}

/**
 * Which words (models, keys, providers, …) rows have, for each few thousand rows: a search for some passes over rows
 * that have none of them. Indexes would go to other pages with each row, and cost it more than all its columns.
 */
export class Zones {
  readonly #read: StatementSync;
  readonly #write: StatementSync;
  readonly #between: StatementSync;
  #bucket = -1;
  readonly #words = new Set<number>();
  /** All rows of the bucket are in. */
  #whole = false;
  #changed = false;

  constructor(database: DatabaseSync) {
    this.#read = database.prepare("SELECT words FROM zones WHERE bucket = ?");
    this.#write = database.prepare("INSERT OR REPLACE INTO zones VALUES (?, ?)");
    this.#between = database.prepare("SELECT bucket, words FROM zones WHERE bucket BETWEEN ? AND ?");
  }

  /** Rows are added in their order. @param words their numbers; 0 is none. */
  add(id: number, words: readonly number[]): void {
    const bucket = bucketOf(id);
    if (bucket !== this.#bucket) this.#open(bucket, id);
    for (let i = 0; i < words.length; i++) {
      const word = words[i] as number;
      if (word === 0 || this.#words.has(word)) continue;
      this.#words.add(word);
      this.#changed = true;
    }
  }

  /** Writes what was added. */
  flush(): void {
    if (!this.#changed || !this.#whole) return;
    this.#write.run(this.#bucket, new Uint8Array(Uint32Array.from(this.#words).buffer));
    this.#changed = false;
  }

  /** What was added may be undone, or another process has added. */
  forget(): void {
    this.#bucket = -1;
    this.#changed = false;
  }

  /** The parts of a span whose rows may have all of some words, in the order of ids. */
  with(words: readonly number[], { low, high }: Span): readonly Span[] {
    if (words.length === 0) return [{ low, high }];
    const found: { low: number; high: number }[] = [];
    let next = low;
    const upTo = (id: number) => {
      if (id < next) return;
      const last = found.at(-1);
      if (last !== undefined && last.high === next - 1) last.high = id;
      else found.push({ low: next, high: id });
      next = id + 1;
    };
    for (const { bucket, words: bytes } of this.#between.all(bucketOf(low), bucketOf(high))) {
      const first = firstOf(Number(bucket));
      const end = Math.min(high, firstOf(Number(bucket) + 1) - 1);
      // What has no zone came before there were any.
      upTo(Math.min(high, first - 1));
      if (hasAll(bytes as Uint8Array, words)) upTo(end);
      else next = end + 1;
    }
    upTo(high);
    return found;
  }

  #open(bucket: number, id: number): void {
    this.flush();
    this.#bucket = bucket;
    this.#changed = false;
    this.#words.clear();
    const bytes = this.#read.get(bucket)?.["words"] as Uint8Array | undefined;
    // Of what has no zone, rows came before there were any, unless this is its first.
    this.#whole = bytes !== undefined || id === Math.max(1, firstOf(bucket));
    if (bytes !== undefined) { for (const word of wordsOf(bytes)) this.#words.add(word); }
  }
}

function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
}

function hasAll(bytes: Uint8Array, words: readonly number[]): boolean {
  const there = wordsOf(bytes);
  return words.every((word) => there.includes(word));
}
