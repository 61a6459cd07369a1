import type { Clock } from "../clock.ts";
import type { KeyRecords, RecordKind } from "./key_records.ts";
import { foundKey, recordOf, rowOf } from "./key_rows.ts";
import type { Change, Creation, FoundKey, KeyStore, RecordPage } from "./key_store.ts";
import type { KeyCommands } from "./sqlite/keys/commands.ts";
import { SqliteClient } from "./sqlite/sqlite_client.ts";

export interface SqliteKeyOptions {
  /** Of the file, absolute; made where there is none. */
  readonly path: string;
  /** Milliseconds that a command may wait, for its turn and for other processes. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly onHealth?: ((failure: string | null) => void) | undefined;
}

/** In an SQLite file, which several processes of one machine may share. */
export class SqliteKeyStore implements KeyStore {
  readonly backend = "sqlite";
  readonly #client: SqliteClient<KeyCommands>;

  private constructor(client: SqliteClient<KeyCommands>) {
    this.#client = client;
  }

  /** @throws {SqliteOpenError} */
  static async open(options: SqliteKeyOptions): Promise<SqliteKeyStore> {
    return new SqliteKeyStore(
      await SqliteClient.open<KeyCommands>({
        ...options,
        database: "keys",
        // A key that was disabled stays so, whatever becomes of the machine.
        synchronous: "full",
        options: null,
      }),
    );
  }

  version(): Promise<number> {
    return this.#client.run("version");
  }

  async find(sha256: string): Promise<FoundKey | null> {
    const found = await this.#client.run("find", sha256);
    return found === null ? null : foundKey(found);
  }

  async get<K extends RecordKind>(kind: K, id: string): Promise<KeyRecords[K] | null> {
    const body = await this.#client.run("get", kind, id);
    return body === null ? null : recordOf<K>(body);
  }

  async list<K extends RecordKind>(kind: K, page: RecordPage): Promise<readonly KeyRecords[K][]> {
    return (await this.#client.run("list", kind, page)).map((body) => recordOf<K>(body));
  }

  create<K extends RecordKind>(kind: K, record: KeyRecords[K], most = Infinity): Promise<Creation> {
    return this.#client.run("create", kind, rowOf(record), most);
  }

  replace<K extends RecordKind>(kind: K, record: KeyRecords[K]): Promise<Change> {
    return this.#client.run("replace", kind, rowOf(record));
  }

  remove(kind: RecordKind, id: string, revision?: number): Promise<Change> {
    return this.#client.run("remove", kind, id, revision ?? null);
  }

  failure(): string | null {
    return this.#client.failure;
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
