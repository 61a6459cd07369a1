import type { Clock } from "../../clock.ts";
import type { OwnedIdStore } from "../owned_id_store.ts";
import type { Taken, Transfer, TransferFilter, TransferRecord } from "./transfer.ts";
import { TransferError } from "./transfer_error.ts";

/** Ids of one owner that are taken in at a time. */
const AT_ONCE = 200;

/** Whose are files and batches that a provider keeps. When they came is not kept, so they are of now. */
export class OwnedIdTransfer implements Transfer {
  readonly kinds = ["owned_id"] as const;
  readonly #store: OwnedIdStore;
  readonly #clock: Clock;
  #owner = "";
  #waiting: { readonly id: string; readonly tell: (taken: Taken) => void }[] = [];

  constructor(store: OwnedIdStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  async *records({ owner }: TransferFilter): AsyncGenerator<TransferRecord> {
    const at = this.#clock.wall();
    for await (const owned of this.#store.all()) {
      if (owner !== null && owned.owner !== owner) continue;
      yield { kind: "owned_id", owner: owned.owner, at, value: { id: owned.id } };
    }
  }

  async take({ owner, value }: TransferRecord, tell: (taken: Taken) => void): Promise<void> {
    const { id } = value;
    if (owner === null || typeof id !== "string") throw new TransferError("it is no id of an owner's");
    if (owner !== this.#owner || this.#waiting.length >= AT_ONCE) await this.flush();
    this.#owner = owner;
    this.#waiting.push({ id, tell });
  }

  async flush(): Promise<void> {
    const waiting = this.#waiting.splice(0);
    if (waiting.length === 0) return;
    const ids = waiting.map(({ id }) => id);
    const before = await this.#store.of(this.#owner, ids);
    await this.#store.add(this.#owner, ids.filter((id) => !before.has(id)));
    const after = await this.#store.of(this.#owner, ids);
    // What is another's there stays theirs.
    for (const { id, tell } of waiting) tell(!before.has(id) && after.has(id) ? "added" : "there");
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
