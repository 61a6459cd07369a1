import type { Clock } from "../../clock.ts";
import type { Deadlines } from "../../deadlines.ts";
import { CommandBreaker } from "../command_breaker.ts";
import type { ServerTls } from "../server_tls.ts";
import { Connection, type Row, type Value } from "./connection.ts";
import { ConnectionPool } from "./connection_pool.ts";
import type { PostgresDatabase } from "./database.ts";
import { endsConnection, isAnswer, isLasting, messageOf } from "./failure.ts";
import { migrate, MigrationError } from "./migrate.ts";
import { PostgresOpenError } from "./postgres_open_error.ts";
import { describeServer, type ServerAddress, serverAddress } from "./server_address.ts";

export type { Row, Value } from "./connection.ts";

export interface PostgresClientOptions {
  /** `postgres://USER:PASSWORD@HOST:PORT/DATABASE`; a secret. */
  readonly url: string;
  /** Null: plain text, whatever the URL's `sslmode` says. */
  readonly tls: ServerTls | null;
  /** Where the tables stand; lower-case letters, digits and `_`. Made where there is none. */
  readonly schema: string;
  /** Connections at most. */
  readonly poolSize: number;
  /** Milliseconds that one command may take, its wait for a connection included. */
  readonly timeout: number;
  /** That a connection may take to be made, encryption and password included. */
  readonly connectTimeout: number;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly random: () => number;
  /** Called when the database cannot be used, with why, and with null once it can again. */
  readonly onHealth?: ((failure: string | null) => void) | undefined;
}

/** Asks on one connection, in a transaction. */
export type Ask = (text: string, values?: readonly Value[]) => Promise<Row[]>;

const SCHEMA = /^[a-z_][a-z0-9_]{0,62}$/;
/** Milliseconds for all migrations, and other processes' before them. */
const MIGRATION_TIMEOUT = 60_000;

/**
 * Commands to a Postgres server over a bounded pool of connections, which are made as they are needed. None waits
 * longer than `timeout`, and where the server is known not to answer none waits at all. The connection of a command
 * that was given up is destroyed; what becomes of the command nobody knows.
 */
export class PostgresClient {
  readonly #options: PostgresClientOptions;
  readonly #server: ServerAddress;
  readonly #breaker: CommandBreaker;
  readonly #pool: ConnectionPool;
  /** Databases that are used and not yet known to be up to date. */
  readonly #unready = new Set<PostgresDatabase>();
  #unreadyBecause: string | null = null;
  #preparing: Promise<void> | null = null;
  /** What `onHealth` was told last. */
  #told: string | null = null;

  /** Connects to nothing yet. @throws {Error} that says what is wrong with the URL or the schema. */
  constructor(options: PostgresClientOptions) {
    const { url, tls, schema, clock, random, deadlines, timeout, connectTimeout, poolSize } = options;
    if (!SCHEMA.test(schema)) throw new Error(`"${schema}" is no name of a schema`);
    this.#options = options;
    this.#server = serverAddress(url, tls);
    this.#breaker = new CommandBreaker({ clock, random, onHealth: () => this.#tell() });
    // The server gives up as well, or what nobody waits for would go on there.
    const prologue = `SET statement_timeout = ${
      Math.max(1, Math.round(timeout))
    }; SET search_path = ${schema}`;
    this.#pool = new ConnectionPool({
      size: poolSize,
      clock,
      connect: () => Connection.open({ server: this.#server, prologue, deadlines, timeout: connectTimeout }),
    });
  }

  /**
   * Brings a database's tables up to date. A server that cannot be reached is waited for by nobody: then that is done
   * before the first command that reaches it.
   * @throws {PostgresOpenError} where somebody has to change something first.
   */
  async use(database: PostgresDatabase): Promise<void> {
    this.#unready.add(database);
    try {
      while (this.#unready.has(database)) await this.#prepare();
    } catch (error) {
      if (!(error instanceof MigrationError) && !isLasting(error)) return;
      throw new PostgresOpenError(describeServer(this.#server), messageOf(error));
    }
  }

  /** Why the database cannot be used; null while it can. */
  get failure(): string | null {
    return this.#breaker.failure ?? this.#unreadyBecause;
  }

  /**
   * One statement, which is a transaction of its own.
   * @throws {Error} the server's, or why there is no answer.
   */
  run(text: string, values: readonly Value[] = []): Promise<Row[]> {
    return this.#command(values, (connection) => connection.query(text, values));
  }

  /** Several statements as one, within the time of one command. @throws {Error} as `run`, or what `work` throws. */
  transaction<T>(work: (ask: Ask) => Promise<T>): Promise<T> {
    return this.#command([], async (connection) => {
      const ask: Ask = (text, values) => connection.query(text, values);
      await ask("BEGIN");
      try {
        const value = await work(ask);
        await ask("COMMIT");
        return value;
      } catch (error) {
        await ask("ROLLBACK").catch(() => connection.destroy());
        throw error;
      }
    });
  }

  close(): Promise<void> {
    this.#pool.close();
    return Promise.resolve();
  }

  async #command<T>(values: readonly Value[], work: (connection: Connection) => Promise<T>): Promise<T> {
    if (this.#unready.size > 0) {
      this.#prepare().catch(() => {});
      throw new Error(this.failure ?? "The tables are not ready yet");
    }
    const { timeout } = this.#options;
    // An answer is an answer, also where it is no.
    const outcome = await this.#breaker.run(() =>
      this.#inTime(timeout, values, work).then((value) => ({ value }), (error) => {
        if (isAnswer(error)) return { error };
        throw error;
      })
    );
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }

  #inTime<T>(
    timeout: number,
    values: readonly Value[],
    work: (connection: Connection) => Promise<T>,
  ): Promise<T> {
    const { clock, deadlines } = this.#options;
    return new Promise((resolve, reject) => {
      let over = false;
      let used: Connection | null = null;
      const deadline = deadlines.after(timeout, () => {
        over = true;
        used?.destroy();
        reject(new Error(`no answer within ${timeout} ms`));
      });
      this.#pool.acquire(values, clock.now() + timeout).then(async (connection) => {
        if (over) return this.#pool.release(connection);
        used = connection;
        try {
          resolve(await work(connection));
        } catch (error) {
          if (endsConnection(error)) connection.destroy();
          reject(error);
        }
        // One that was destroyed does not come back.
        this.#pool.release(connection);
      }).catch(reject).finally(() => deadlines.cancel(deadline));
    });
  }

  #prepare(): Promise<void> {
    const databases = [...this.#unready];
    const { schema } = this.#options;
    this.#preparing ??= this.#breaker.run(() =>
      this.#inTime(MIGRATION_TIMEOUT, [], (connection) => migrate(connection, schema, databases))
    ).then(() => {
      for (const database of databases) this.#unready.delete(database);
      this.#unreadyBecause = null;
    }, (error) => {
      this.#unreadyBecause = messageOf(error);
      throw error;
    }).finally(() => {
      this.#preparing = null;
      this.#tell();
    });
    return this.#preparing;
  }

  #tell(): void {
    const { failure } = this;
    if ((failure === null) === (this.#told === null)) return;
    this.#told = failure;
    this.#options.onHealth?.(failure);
  }
}
