import { DATABASES } from "../postgres/databases.ts";
import type { PostgresClient } from "../postgres/postgres_client.ts";
import { kept, restored } from "../postgres/text.ts";
import {
  SPEND_DIMENSIONS,
  SPEND_FIGURES,
  type SpendDimension,
  type SpendGroup,
  type SpendQuery,
  type SpendStore,
  type SpendSum,
} from "../spend_store.ts";
import { columnOf, FIGURE_COLUMNS, PLACE_COLUMNS, sumStatement } from "./spend_sql.ts";

const COLUMNS = [...PLACE_COLUMNS, ...FIGURE_COLUMNS];
const PLACES = PLACE_COLUMNS.map((column) => `given.${column}`).join(", ");
/** All or nothing, and once. In one order, so that two that add the same rows wait for each other and not in a ring. */
const ADD = `
WITH fresh AS (INSERT INTO spend_groups (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id)
INSERT INTO spend (${COLUMNS.join(", ")})
SELECT ${
  [
    ...PLACE_COLUMNS.map((column) => `given.${column}`),
    ...FIGURE_COLUMNS.map((column) => `sum(given.${column})::bigint`),
  ].join(", ")
} FROM fresh, unnest(${
  [
    ...PLACE_COLUMNS.map((_, i) => `$${i + 2}::text[]`),
    ...FIGURE_COLUMNS.map((_, i) => `$${i + 2 + PLACE_COLUMNS.length}::bigint[]`),
  ].join(", ")
}) AS given (${COLUMNS.join(", ")})
GROUP BY ${PLACES} ORDER BY ${PLACES}
ON CONFLICT (${PLACE_COLUMNS.join(", ")}) DO UPDATE SET ${
  FIGURE_COLUMNS.map((column) => `${column} = spend.${column} + excluded.${column}`).join(", ")
}`;
const FIRST = "INSERT INTO spend_marks (name) VALUES ($1) ON CONFLICT DO NOTHING RETURNING name";
const PRUNE = `
WITH groups AS (DELETE FROM spend_groups WHERE at < now() - interval '40 days'),
marks AS (DELETE FROM spend_marks WHERE at < now() - interval '40 days')
DELETE FROM spend WHERE day < $1`;

/** In a Postgres database, for any number of processes and machines. */
export class PostgresSpendStore implements SpendStore {
  readonly backend = "postgres";
  readonly #client: PostgresClient;

  private constructor(client: PostgresClient) {
    this.#client = client;
  }

  /** @param client whoever made it closes it, after the store. @throws {PostgresOpenError} */
  static async open(client: PostgresClient): Promise<PostgresSpendStore> {
    await client.use(DATABASES.spend);
    return new PostgresSpendStore(client);
  }

  async add({ id, rows }: SpendGroup): Promise<void> {
    await this.#client.run(ADD, [
      id,
      ...SPEND_DIMENSIONS.map((name) => rows.map(({ place }) => kept(place[name]))),
      ...SPEND_FIGURES.map((name) => rows.map((row) => row[name])),
    ]);
  }

  async sum(query: SpendQuery, by: readonly SpendDimension[]): Promise<SpendSum[]> {
    const { text, values } = sumStatement(query, by, (place) => `$${place}`);
    const rows = await this.#client.run(text, values.map(kept));
    return rows.map((row) => ({
      values: by.map((name) => restored(String(row[columnOf(name)]))),
      requests: Number(row["requests"]),
      inputTokens: Number(row["input_tokens"]),
      outputTokens: Number(row["output_tokens"]),
      nanoUsd: Number(row["nano_usd"]),
    }));
  }

  async first(name: string): Promise<boolean> {
    return (await this.#client.run(FIRST, [kept(name)])).length > 0;
  }

  async prune(before: string): Promise<void> {
    await this.#client.run(PRUNE, [before]);
  }

  close(): void {}
}
