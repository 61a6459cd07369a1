import type { FieldValue, ListedField } from "../../request_store.ts";
import { type Word, WORD_COLUMNS } from "../../requests/row_columns.ts";
import { MOST_VALUES, OTHER, type Words } from "../../requests/words.ts";
import type { PostgresClient } from "../postgres_client.ts";
import { kept, restored } from "../text.ts";

/** Of two processes that give the same number to different words one is right, and the other tries again. */
const TRIES = 3;
/** Characters of a word that tell it from others. */
const LONGEST = 400;
const FIND = `
SELECT field, value, number FROM request_names
WHERE (field, value) IN (SELECT * FROM unnest($1::text[], $2::text[]))`;
const ADD = `
WITH given AS (
  SELECT DISTINCT ON (field, value) field, value, label
  FROM unnest($1::text[], $2::text[], $3::text[]) AS given (field, value, label)
), fresh AS (
  SELECT *, row_number() OVER (PARTITION BY field ORDER BY value) +
    (SELECT count(*) FROM request_names AS there WHERE there.field = given.field) AS place
  FROM given
  WHERE NOT EXISTS (
    SELECT FROM request_names AS there WHERE there.field = given.field AND there.value = given.value
  )
)
INSERT INTO request_names (number, field, value, label)
SELECT row_number() OVER () + (SELECT coalesce(max(number), 0) FROM request_names) AS number, field, value, label
FROM fresh WHERE place <= ${MOST_VALUES} OR value = '${OTHER}'
ORDER BY number
ON CONFLICT DO NOTHING`;
const READ = "SELECT number, value FROM request_names WHERE number = ANY($1::int[])";
const LIST = `SELECT value, label FROM request_names WHERE field = $1 ORDER BY label COLLATE "C"`;

type Asked = readonly [field: ListedField, word: Word];

/** Words of rows by their numbers. Other processes add to them; none is ever removed. */
export class Names {
  readonly #client: PostgresClient;
  readonly #known = new Map<string, number>();

  constructor(client: PostgresClient) {
    this.#client = client;
  }

  /** Gives numbers to the words of some rows: what `numberOf` tells then. */
  async add(rows: readonly (readonly Word[])[]): Promise<void> {
    const asked = new Map<string, Asked>();
    const ask = (field: ListedField, word: Word) => {
      const key = keyOf(field, word.value);
      if (word.value !== "" && !this.#known.has(key)) asked.set(key, [field, word]);
    };
    for (const words of rows) {
      WORD_COLUMNS.forEach((field, i) => ask(field, words[i] ?? { value: "", label: "" }));
    }
    if (asked.size === 0) return;
    if (this.#known.size > WORD_COLUMNS.length * MOST_VALUES) {
      this.#known.clear();
      return await this.add(rows);
    }
    const missing = await this.#insert([...asked.values()]);
    // Of these fields there are too many.
    await this.addOthers([...new Set(missing.map(([field]) => field))]);
  }

  /** Gives numbers to the words for others of some fields. */
  async addOthers(fields: readonly ListedField[]): Promise<void> {
    const unknown = fields.filter((field) => !this.#known.has(keyOf(field, OTHER)));
    await this.#insert(unknown.map((field) => [field, { value: OTHER, label: OTHER }]));
  }

  /** Of what was added; where a field has too many, of the word for others. */
  numberOf(field: ListedField, value: string): number {
    if (value === "") return 0;
    return this.#known.get(keyOf(field, value)) ?? this.#known.get(keyOf(field, OTHER)) ?? 0;
  }

  /** The numbers of what a filter asks for. */
  async lookUp(filter: Readonly<Partial<Record<ListedField, unknown>>>): Promise<Words> {
    const asked = WORD_COLUMNS.flatMap((field): Asked[] => {
      const value = filter[field];
      return typeof value === "string" && value !== "" ? [[field, { value, label: value }]] : [];
    });
    const found = await this.#rows(asked);
    return { find: (field, value) => value === "" ? 0 : found.get(keyOf(field, value)) ?? null };
  }

  /** Words by their numbers. */
  async valuesOf(numbers: readonly number[]): Promise<ReadonlyMap<number, string>> {
    const rows = await this.#client.run(READ, [numbers]);
    return new Map(rows.map(({ number, value }) => [Number(number), restored(String(value))]));
  }

  async all(field: ListedField): Promise<FieldValue[]> {
    const rows = await this.#client.run(LIST, [field]);
    return rows.map(({ value, label }) => ({
      value: restored(String(value)),
      label: restored(String(label)),
    }));
  }

  /** @returns those that got no number. */
  async #insert(asked: readonly Asked[]): Promise<Asked[]> {
    let missing = await this.#find(asked);
    for (let tries = 0; missing.length > 0 && tries < TRIES; tries++) {
      await this.#client.run(ADD, [
        missing.map(([field]) => field),
        missing.map(([, { value }]) => keptWord(value)),
        missing.map(([, { label }]) => keptWord(label)),
      ]);
      missing = await this.#find(missing);
    }
    return missing;
  }

  /** @returns those that have no number. */
  async #find(asked: readonly Asked[]): Promise<Asked[]> {
    const found = await this.#rows(asked);
    for (const [key, number] of found) this.#known.set(key, number);
    return asked.filter(([field, { value }]) => !found.has(keyOf(field, value)));
  }

  async #rows(asked: readonly Asked[]): Promise<Map<string, number>> {
    if (asked.length === 0) return new Map();
    const rows = await this.#client.run(FIND, [
      asked.map(([field]) => field),
      asked.map(([, { value }]) => keptWord(value)),
    ]);
    return new Map(rows.map((row) => [
      keyOf(String(row["field"]), restored(String(row["value"]))),
      Number(row["number"]),
    ]));
  }
}

/** As no index refuses it. */
function keptWord(value: string): string {
  return kept(value.slice(0, LONGEST));
}

function keyOf(field: string, value: string): string {
  return `${field} ${value.slice(0, LONGEST)}`;
}
