import type { KeyRecord, KeyRecords, RecordKind, UserRecord } from "./key_records.ts";
import type { Change, Creation, FoundKey, KeyStore, RecordFilter, RecordPage } from "./key_store.ts";

/** In this process alone; they are gone when it ends. */
export class MemoryKeyStore implements KeyStore {
  readonly backend = "memory";
  readonly #records: { readonly [K in RecordKind]: Map<string, KeyRecords[K]> } = {
    key: new Map(),
    team: new Map(),
    user: new Map(),
  };
  /** Ids of keys by what they were presented as, now and before. */
  readonly #byDigest = new Map<string, string>();
  #version = 0;

  version(): Promise<number> {
    return Promise.resolve(this.#version);
  }

  find(sha256: string): Promise<FoundKey | null> {
    const { key: keys, team, user } = this.#records;
    const key = keys.get(this.#byDigest.get(sha256) ?? "");
    if (key === undefined) return Promise.resolve(null);
    return Promise.resolve({ key, team: team.get(key.team) ?? null, user: user.get(key.user) ?? null });
  }

  get<K extends RecordKind>(kind: K, id: string): Promise<KeyRecords[K] | null> {
    return Promise.resolve(this.#records[kind].get(id) ?? null);
  }

  list<K extends RecordKind>(kind: K, page: RecordPage): Promise<readonly KeyRecords[K][]> {
    const found = [...this.#records[kind].values()]
      .filter((record) => record.id > page.after && matches(record, page))
      .sort((a, b) => a.id < b.id ? -1 : 1);
    return Promise.resolve(found.slice(0, page.limit));
  }

  create<K extends RecordKind>(kind: K, record: KeyRecords[K], most = Infinity): Promise<Creation> {
    const records = this.#records[kind];
    if (records.has(record.id) || digestsOf(record).some((digest) => this.#byDigest.has(digest))) {
      return Promise.resolve("conflict");
    }
    if (records.size >= most) return Promise.resolve("full");
    this.#put(kind, record);
    return Promise.resolve("done");
  }

  replace<K extends RecordKind>(kind: K, record: KeyRecords[K]): Promise<Change> {
    const before = this.#records[kind].get(record.id);
    if (before === undefined) return Promise.resolve("not_found");
    const taken = digestsOf(record).some((digest) => (this.#byDigest.get(digest) ?? record.id) !== record.id);
    if (before.revision !== record.revision - 1 || taken) return Promise.resolve("conflict");
    this.#forget(before);
    this.#put(kind, record);
    return Promise.resolve("done");
  }

  remove(kind: RecordKind, id: string, revision?: number): Promise<Change> {
    const record = this.#records[kind].get(id);
    if (record === undefined) return Promise.resolve("not_found");
    if (revision !== undefined && record.revision !== revision) return Promise.resolve("conflict");
    this.#records[kind].delete(id);
    this.#forget(record);
    this.#version++;
    return Promise.resolve("done");
  }

  failure(): null {
    return null;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #put<K extends RecordKind>(kind: K, record: KeyRecords[K]): void {
    this.#records[kind].set(record.id, record);
    for (const digest of digestsOf(record)) this.#byDigest.set(digest, record.id);
    this.#version++;
  }

  #forget(record: KeyRecords[RecordKind]): void {
    for (const digest of digestsOf(record)) this.#byDigest.delete(digest);
  }
}

type AnyRecord = Partial<KeyRecord> & Partial<UserRecord>;

function digestsOf(record: AnyRecord): string[] {
  const { sha256, previous } = record;
  if (sha256 === undefined) return [];
  return previous === null || previous === undefined ? [sha256] : [sha256, previous.sha256];
}

function matches(record: AnyRecord, { team, user, disabled }: RecordFilter): boolean {
  return (team === undefined || record.team === team) &&
    (user === undefined || record.user === user) &&
    (disabled === undefined || record.disabled === disabled);
}
