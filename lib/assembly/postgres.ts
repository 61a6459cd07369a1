import type { Clock } from "../clock.ts";
import type { PostgresConfig } from "../config/postgres.ts";
import type { Deadlines } from "../deadlines.ts";
import type { PostgresClient, PostgresClientOptions } from "../stores/postgres/postgres_client.ts";
import type { Logger } from "../telemetry/logger.ts";

export interface PostgresSurroundings {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly random: () => number;
  readonly logger: Logger;
}

/** A client's own bounds, in the place of the configuration's. */
type Bounds = Pick<PostgresClientOptions, "poolSize" | "timeout">;

/** The client that all stores of this process share, and with it its connections; made for the first that asks. */
export class SharedPostgres {
  readonly #config: PostgresConfig | null;
  readonly #surroundings: PostgresSurroundings;
  #client: Promise<PostgresClient> | null = null;
  readonly #apart: Promise<PostgresClient>[] = [];

  /** @param config null: the configuration has seen to it that nobody asks. */
  constructor(config: PostgresConfig | null, surroundings: PostgresSurroundings) {
    this.#config = config;
    this.#surroundings = surroundings;
  }

  client(): Promise<PostgresClient> {
    return this.#client ??= this.#open();
  }

  /** Another one for what takes long and no request waits for, so that it never is in the way of the others. */
  apart(bounds: Bounds): Promise<PostgresClient> {
    const client = this.#open(bounds);
    this.#apart.push(client);
    return client;
  }

  /** After the stores. */
  async close(): Promise<void> {
    await (await this.#client)?.close();
    for (const client of this.#apart) await (await client).close();
  }

  async #open(bounds?: Bounds): Promise<PostgresClient> {
    const { PostgresClient } = await import("../stores/postgres/postgres_client.ts");
    if (this.#config === null) throw new Error("The configuration names no Postgres database");
    const { url, tls, ...server } = this.#config;
    const { logger, ...around } = this.#surroundings;
    return new PostgresClient({
      ...server,
      ...bounds,
      url: url.reveal(),
      tls: tls === null ? null : { ...tls, key: tls.key?.reveal() ?? null },
      ...around,
      onHealth: (failure) =>
        failure === null
          ? logger.info("the Postgres database can be used again", { event: "store.recovered" })
          : logger.error(`the Postgres database cannot be used: ${failure}`, { event: "store.failed" }),
    });
  }
}
