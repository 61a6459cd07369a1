import type { JsonObject } from "../../wire/canonical.ts";
import type { KeyRecord, KeyRecords, RecordKind } from "../key_records.ts";
import type { KeyStore } from "../key_store.ts";
import type { Taken, Transfer, TransferFilter, TransferRecord } from "./transfer.ts";
import { TransferError } from "./transfer_error.ts";

const PAGE = 200;

/** Virtual keys, teams and users. A key is exported as it is kept: as a digest. */
export class KeyTransfer implements Transfer {
  /** Those above a key come before it. */
  readonly kinds = ["team", "user", "key"] as const satisfies readonly RecordKind[];
  readonly #store: KeyStore;

  constructor(store: KeyStore) {
    this.#store = store;
  }

  /** Teams and users are nobody's: of one owner only the keys are asked for. */
  async *records({ owner, since }: TransferFilter): AsyncGenerator<TransferRecord> {
    for (const kind of this.kinds) {
      for (let after = "";;) {
        const page: readonly KeyRecords[typeof kind][] = await this.#store.list(kind, { after, limit: PAGE });
        for (const record of page) {
          const its = kind === "key" ? (record as KeyRecord).owner : null;
          if (owner !== null && its !== owner || record.updated_at < since) continue;
          yield { kind, owner: its, at: record.updated_at, value: { ...record } as unknown as JsonObject };
        }
        const last = page.at(-1);
        if (last === undefined) break;
        after = last.id;
      }
    }
  }

  async take({ kind, value }: TransferRecord, tell: (taken: Taken) => void): Promise<void> {
    const known = this.kinds.find((it) => it === kind);
    if (known === undefined || typeof value["id"] !== "string" || typeof value["revision"] !== "number") {
      throw new TransferError(`it is no ${kind}`);
    }
    const change = await this.#store.create(known, value as unknown as KeyRecords[typeof known]);
    tell(change === "done" ? "added" : "there");
  }

  flush(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}
