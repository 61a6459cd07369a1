import type { OwnedId, OwnedIdStore } from "../owned_id_store.ts";

/** In this process alone; they are forgotten when it ends. */
export class MemoryOwnedIdStore implements OwnedIdStore {
  readonly backend = "memory";
  readonly #most: number;
  /** The oldest first. */
  readonly #owners = new Map<string, string>();

  /** @param most ids that are known. */
  constructor(most: number) {
    this.#most = most;
  }

  add(owner: string, ids: readonly string[]): Promise<void> {
    for (const id of ids) {
      if (this.#owners.has(id)) continue;
      this.#owners.set(id, owner);
      if (this.#owners.size <= this.#most) continue;
      for (const oldest of this.#owners.keys()) {
        this.#owners.delete(oldest);
        break;
      }
    }
    return Promise.resolve();
  }

  of(owner: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
    return Promise.resolve(new Set(ids.filter((id) => this.#owners.get(id) === owner)));
  }

  remove(owner: string, id: string): Promise<void> {
    if (this.#owners.get(id) === owner) this.#owners.delete(id);
    return Promise.resolve();
  }

  async *all(): AsyncGenerator<OwnedId> {
    for (const [id, owner] of this.#owners) yield { owner, id };
  }

  failure(): null {
    return null;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
