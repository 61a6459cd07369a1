import type { DatabaseSync, StatementSync } from "node:sqlite";
import { hashOf } from "../../requests/id_hash.ts";
import { BUCKET_BITS, bucketOf, firstOf } from "./buckets.ts";

/** Hashes of a row: its request's id and its trace's. */
const A_ROW = 2;

/**
 * Finds rows by the ids of their requests and traces. An index would go to another of its pages with each id and so
 * cost every row a page of the log; this is a list of hashes for each few thousand rows, which a search reads through:
 * 80 MB for ten million rows.
 */
export class IdIndex {
  readonly #read: StatementSync;
  readonly #write: StatementSync;
  #bucket = -1;
  #hashes = new Uint32Array(A_ROW << BUCKET_BITS);
  /** Of the bucket, how many rows are in. */
  #rows = 0;
  #changed = false;

  constructor(database: DatabaseSync) {
    this.#read = database.prepare("SELECT hashes FROM ids WHERE bucket = ?");
    this.#write = database.prepare("INSERT OR REPLACE INTO ids VALUES (?, ?)");
  }

  /** Rows are added in their order. @param traceId empty: it has none. */
  add(id: number, requestId: string, traceId: string): void {
    const bucket = bucketOf(id);
    if (bucket !== this.#bucket) this.#open(bucket);
    const place = id - firstOf(bucket);
    this.#hashes[place * A_ROW] = hashOf(requestId);
    this.#hashes[place * A_ROW + 1] = traceId === "" ? 0 : hashOf(traceId);
    this.#rows = place + 1;
    this.#changed = true;
  }

  /** Writes what was added. */
  flush(): void {
    if (!this.#changed) return;
    const bytes = new Uint8Array(this.#hashes.buffer, 0, this.#rows * A_ROW * 4);
    this.#write.run(this.#bucket, bytes);
    this.#changed = false;
  }

  /** What was added may be undone, or another process has added. */
  forget(): void {
    this.#bucket = -1;
    this.#changed = false;
  }

  /** Rows that may have this id, the latest first. */
  *find(text: string, first: number, last: number): Generator<number> {
    const hash = hashOf(text);
    for (let bucket = bucketOf(last); bucket >= bucketOf(first); bucket--) {
      const bytes = this.#read.get(bucket)?.["hashes"] as Uint8Array | undefined;
      if (bytes === undefined) continue;
      const hashes = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
      for (
        let at = hashes.lastIndexOf(hash);
        at >= 0;
        at = at === 0 ? -1 : hashes.lastIndexOf(hash, at - 1)
      ) {
        const id = firstOf(bucket) + Math.floor(at / A_ROW);
        if (id >= first && id <= last) yield id;
      }
    }
  }

  #open(bucket: number): void {
    this.flush();
    this.#bucket = bucket;
    this.#rows = 0;
    this.#hashes.fill(0);
    const bytes = this.#read.get(bucket)?.["hashes"] as Uint8Array | undefined;
    if (bytes !== undefined) new Uint8Array(this.#hashes.buffer).set(bytes);
  }
}
