import type { OwnedId, OwnedIdStore } from "../owned_id_store.ts";
import { DATABASES } from "../postgres/databases.ts";
import type { PostgresClient } from "../postgres/postgres_client.ts";
import { kept, restored } from "../postgres/text.ts";

/** A number that is asked for and not used leaves a gap, and would count as an id: most of what is given is there. */
const ADD = `
INSERT INTO owned_ids (id, owner)
SELECT given.id, $1 FROM unnest($2::text[]) AS given (id)
WHERE NOT EXISTS (SELECT FROM owned_ids AS there WHERE there.id = given.id)
ON CONFLICT DO NOTHING`;
const FORGET = "DELETE FROM owned_ids WHERE number <= (SELECT max(number) FROM owned_ids) - $1::bigint";
const OF = "SELECT id FROM owned_ids WHERE owner = $1 AND id = ANY($2::text[])";
const PAGE = "SELECT number, id, owner FROM owned_ids WHERE number > $1::bigint ORDER BY number LIMIT 500";
const REMOVE = "DELETE FROM owned_ids WHERE id = $2 AND owner = $1";

/** In a Postgres database, for any number of processes and machines. */
export class PostgresOwnedIdStore implements OwnedIdStore {
  readonly backend = "postgres";
  readonly #client: PostgresClient;
  readonly #most: number;

  private constructor(client: PostgresClient, most: number) {
    this.#client = client;
    this.#most = most;
  }

  /** @param client stays open when the store is closed. @param most ids that are known. @throws {PostgresOpenError} */
  static async open(client: PostgresClient, most: number): Promise<PostgresOwnedIdStore> {
    await client.use(DATABASES.owned_ids);
    return new PostgresOwnedIdStore(client, most);
  }

  async add(owner: string, ids: readonly string[]): Promise<void> {
    await this.#client.run(ADD, [kept(owner), ids.map(kept)]);
    await this.#client.run(FORGET, [this.#most]);
  }

  async of(owner: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.#client.run(OF, [kept(owner), ids.map(kept)]);
    return new Set(rows.map((row) => restored(String(row["id"]))));
  }

  async remove(owner: string, id: string): Promise<void> {
    await this.#client.run(REMOVE, [kept(owner), kept(id)]);
  }

  async *all(): AsyncGenerator<OwnedId> {
    for (let after = 0;;) {
      const page = await this.#client.run(PAGE, [after]);
      for (const row of page) {
        yield { owner: restored(String(row["owner"])), id: restored(String(row["id"])) };
      }
      const last = page.at(-1);
      if (last === undefined) return;
      after = Number(last["number"]);
    }
  }

  failure(): string | null {
    return this.#client.failure;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
