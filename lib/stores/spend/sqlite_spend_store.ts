import type { Clock } from "../../clock.ts";
import type { SpendDimension, SpendGroup, SpendQuery, SpendStore, SpendSum } from "../spend_store.ts";
import type { SpendCommands } from "../sqlite/spend/commands.ts";
import { SqliteClient } from "../sqlite/sqlite_client.ts";

export interface SqliteSpendOptions {
  /** Of the file, absolute; made where there is none. */
  readonly path: string;
  /** Milliseconds that a command may wait, for its turn and for other processes. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly onHealth?: ((failure: string | null) => void) | undefined;
}

/** For how long it is known that a group was added, and that an alert was given, milliseconds. */
const REMEMBERED = 40 * 86_400_000;

/** In an SQLite file, which several processes of one machine may share. */
export class SqliteSpendStore implements SpendStore {
  readonly backend = "sqlite";
  readonly #client: SqliteClient<SpendCommands>;
  readonly #clock: Clock;

  private constructor(client: SqliteClient<SpendCommands>, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  /** @throws {SqliteOpenError} */
  static async open(options: SqliteSpendOptions): Promise<SqliteSpendStore> {
    const client = await SqliteClient.open<SpendCommands>({
      ...options,
      synchronous: "normal",
      database: "spend",
      options: null,
    });
    return new SqliteSpendStore(client, options.clock);
  }

  async add(group: SpendGroup): Promise<void> {
    await this.#client.run("add", group, this.#clock.wall());
  }

  async sum(query: SpendQuery, by: readonly SpendDimension[]): Promise<SpendSum[]> {
    return [...await this.#client.run("sum", query, by)];
  }

  first(name: string): Promise<boolean> {
    return this.#client.run("first", name, this.#clock.wall());
  }

  async prune(before: string): Promise<void> {
    await this.#client.run("prune", before, this.#clock.wall() - REMEMBERED);
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}
