import type { KeyRecords, RecordKind } from "./key_records.ts";
import { foundKey, type KeyRow, recordOf, rowOf } from "./key_rows.ts";
import type { Change, Creation, FoundKey, KeyStore, RecordPage } from "./key_store.ts";
import { DATABASES } from "./postgres/databases.ts";
import type { Ask, PostgresClient, Value } from "./postgres/postgres_client.ts";

const FIND = `
SELECT keys.body AS key, teams.body AS team, users.body AS user_body FROM key_digests
JOIN key_records AS keys ON keys.kind = 'key' AND keys.id = key_digests.key
LEFT JOIN key_records AS teams ON teams.kind = 'team' AND teams.id = keys.team
LEFT JOIN key_records AS users ON users.kind = 'user' AND users.id = keys.user_id
WHERE key_digests.sha256 = $1`;

const LIST = `
SELECT body FROM key_records WHERE kind = $1 AND id > $2
AND ($3::text IS NULL OR team = $3) AND ($4::text IS NULL OR user_id = $4)
AND ($5::boolean IS NULL OR disabled = $5)
ORDER BY id LIMIT $6`;

/** In a Postgres database, for any number of processes. */
export class PostgresKeyStore implements KeyStore {
  readonly backend = "postgres";
  readonly #client: PostgresClient;

  private constructor(client: PostgresClient) {
    this.#client = client;
  }

  /** @param client stays open when the store is closed. @throws {PostgresOpenError} */
  static async open(client: PostgresClient): Promise<PostgresKeyStore> {
    await client.use(DATABASES.keys);
    return new PostgresKeyStore(client);
  }

  async version(): Promise<number> {
    const [row] = await this.#client.run("SELECT number FROM key_version");
    return Number(row?.["number"]);
  }

  async find(sha256: string): Promise<FoundKey | null> {
    const [row] = await this.#client.run(FIND, [sha256]);
    if (row === undefined) return null;
    return foundKey([String(row["key"]), textOrNull(row["team"]), textOrNull(row["user_body"])]);
  }

  async get<K extends RecordKind>(kind: K, id: string): Promise<KeyRecords[K] | null> {
    const rows = await this.#client.run("SELECT body FROM key_records WHERE kind = $1 AND id = $2", [
      kind,
      id,
    ]);
    const body = textOrNull(rows[0]?.["body"]);
    return body === null ? null : recordOf<K>(body);
  }

  async list<K extends RecordKind>(kind: K, page: RecordPage): Promise<readonly KeyRecords[K][]> {
    const { after, limit, team = null, user = null, disabled = null } = page;
    const rows = await this.#client.run(LIST, [kind, after, team, user, disabled, limit]);
    return rows.map((row) => recordOf<K>(String(row["body"])));
  }

  create<K extends RecordKind>(kind: K, record: KeyRecords[K], most = Infinity): Promise<Creation> {
    const row = rowOf(record);
    return this.#change(async (ask) => {
      if (await revisionOf(ask, kind, row.id) !== null || await taken(ask, row)) return "conflict";
      if (await countOf(ask, kind) >= most) return "full";
      await put(ask, kind, row);
      return "done";
    });
  }

  replace<K extends RecordKind>(kind: K, record: KeyRecords[K]): Promise<Change> {
    const row = rowOf(record);
    return this.#change(async (ask) => {
      const before = await revisionOf(ask, kind, row.id);
      if (before === null) return "not_found";
      if (before !== row.revision - 1 || await taken(ask, row)) return "conflict";
      await forget(ask, kind, row.id);
      await put(ask, kind, row);
      return "done";
    });
  }

  remove(kind: RecordKind, id: string, revision?: number): Promise<Change> {
    return this.#change(async (ask) => {
      const before = await revisionOf(ask, kind, id);
      if (before === null) return "not_found";
      if (revision !== undefined && before !== revision) return "conflict";
      await forget(ask, kind, id);
      return "done";
    });
  }

  failure(): string | null {
    return this.#client.failure;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** One change at a time, whichever process makes it; it counts where it is made. */
  #change<T extends Change | Creation>(work: (ask: Ask) => Promise<T>): Promise<T> {
    return this.#client.transaction(async (ask) => {
      await ask("SELECT number FROM key_version FOR UPDATE");
      const outcome = await work(ask);
      if (outcome === "done") await ask("UPDATE key_version SET number = number + 1");
      return outcome;
    });
  }
}

async function revisionOf(ask: Ask, kind: string, id: string): Promise<number | null> {
  const [row] = await ask("SELECT revision FROM key_records WHERE kind = $1 AND id = $2", [kind, id]);
  return row === undefined ? null : Number(row["revision"]);
}

async function countOf(ask: Ask, kind: string): Promise<number> {
  const [row] = await ask("SELECT count(*) AS count FROM key_records WHERE kind = $1", [kind]);
  return Number(row?.["count"]);
}

async function taken(ask: Ask, { id, digests }: KeyRow): Promise<boolean> {
  for (const digest of digests) {
    const [row] = await ask("SELECT key FROM key_digests WHERE sha256 = $1", [digest]);
    if (row !== undefined && row["key"] !== id) return true;
  }
  return false;
}

async function put(ask: Ask, kind: string, row: KeyRow): Promise<void> {
  const { id, team, user, disabled, revision, digests, body } = row;
  const values: readonly Value[] = [kind, id, team, user, disabled, revision, body];
  await ask("INSERT INTO key_records VALUES ($1, $2, $3, $4, $5, $6, $7)", values);
  for (const digest of digests) await ask("INSERT INTO key_digests VALUES ($1, $2)", [digest, id]);
}

async function forget(ask: Ask, kind: string, id: string): Promise<void> {
  await ask("DELETE FROM key_records WHERE kind = $1 AND id = $2", [kind, id]);
  if (kind === "key") await ask("DELETE FROM key_digests WHERE key = $1", [id]);
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
