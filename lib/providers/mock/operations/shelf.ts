import type { JsonObject } from "../../../wire/canonical.ts";

/** The most that is kept; the oldest go first. */
const MAX_ENTRIES = 200;
const MAX_BYTES = 64 * 1024 * 1024;

export interface ShelvedFile {
  readonly object: JsonObject;
  readonly content: Uint8Array<ArrayBuffer>;
}

export interface ShelvedVectorStore {
  readonly object: JsonObject;
  /** What `/files` below it shows, by their ids. */
  readonly files: ReadonlyMap<string, JsonObject>;
}

/** What the mock was given to keep: files, and the batches and vector stores made of them. In memory, and bounded. */
export class Shelf {
  readonly files = new Map<string, ShelvedFile>();
  readonly batches = new Map<string, JsonObject>();
  readonly vectorStores = new Map<string, ShelvedVectorStore>();
  #bytes = 0;

  addFile(id: string, file: ShelvedFile): void {
    this.files.set(id, file);
    this.#bytes += file.content.length;
    for (const oldest of this.files.keys()) {
      if (this.files.size <= MAX_ENTRIES && this.#bytes <= MAX_BYTES) break;
      this.deleteFile(oldest);
    }
  }

  /** @returns whether it was there. */
  deleteFile(id: string): boolean {
    this.#bytes -= this.files.get(id)?.content.length ?? 0;
    return this.files.delete(id);
  }

  addBatch(id: string, batch: JsonObject): void {
    this.batches.set(id, batch);
    bound(this.batches);
  }

  addVectorStore(id: string, store: ShelvedVectorStore): void {
    this.vectorStores.set(id, store);
    bound(this.vectorStores);
  }
}

function bound(entries: Map<string, unknown>): void {
  for (const oldest of entries.keys()) {
    if (entries.size <= MAX_ENTRIES) break;
    entries.delete(oldest);
  }
}
