import type { Clock } from "../../clock.ts";
import type { OwnedId, OwnedIdStore } from "../owned_id_store.ts";
import type { OwnedIdCommands, OwnedIdOptions } from "../sqlite/owned_ids/commands.ts";
import { SqliteClient } from "../sqlite/sqlite_client.ts";

export interface SqliteOwnedIdOptions extends OwnedIdOptions {
  /** Of the file, absolute; made where there is none. */
  readonly path: string;
  /** Milliseconds that a command may wait, for its turn and for other processes. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly onHealth?: ((failure: string | null) => void) | undefined;
}

/** In an SQLite file, which several processes of one machine may share. */
export class SqliteOwnedIdStore implements OwnedIdStore {
  readonly backend = "sqlite";
  readonly #client: SqliteClient<OwnedIdCommands>;

  private constructor(client: SqliteClient<OwnedIdCommands>) {
    this.#client = client;
  }

  /** @throws {SqliteOpenError} */
  static async open({ most, ...options }: SqliteOwnedIdOptions): Promise<SqliteOwnedIdStore> {
    const client = await SqliteClient.open<OwnedIdCommands>({
      ...options,
      database: "owned_ids",
      // An id of which nobody knows whose it is is lost to whoever made it.
      synchronous: "full",
      options: { most } satisfies OwnedIdOptions,
    });
    return new SqliteOwnedIdStore(client);
  }

  async add(owner: string, ids: readonly string[]): Promise<void> {
    await this.#client.run("add", owner, ids);
  }

  async of(owner: string, ids: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set(await this.#client.run("of", owner, ids));
  }

  async remove(owner: string, id: string): Promise<void> {
    await this.#client.run("remove", owner, id);
  }

  async *all(): AsyncGenerator<OwnedId> {
    for (let after = 0;;) {
      const page = await this.#client.run("page", after);
      for (const { owner, id } of page) yield { owner, id };
      const last = page.at(-1);
      if (last === undefined) return;
      after = last.number;
    }
  }

  failure(): string | null {
    return this.#client.failure;
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
