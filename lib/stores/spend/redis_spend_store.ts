import { redisScript } from "../redis/redis_script.ts";
import { RedisClient, type RedisClientOptions } from "../redis/redis_client.ts";
import {
  SPEND_DIMENSIONS,
  SPEND_FIGURES,
  type SpendDimension,
  type SpendGroup,
  type SpendPlace,
  type SpendQuery,
  type SpendRow,
  type SpendStore,
  type SpendSum,
} from "../spend_store.ts";
import { isAsked, SpendSums } from "./spend_sums.ts";

export interface RedisSpendOptions extends RedisClientOptions {
  /** Before each key, so that several may share a database. */
  readonly prefix: string;
  /** For how long days are kept, milliseconds. */
  readonly retention: number;
}

/** For how long it is known that a group was added, and that an alert was given, milliseconds. */
const GROUP_MS = 86_400_000;
const MARK_MS = 40 * 86_400_000;

/**
 * KEYS: what knows of the group, and the days of its rows. ARGV: milliseconds for either, then for each row the number
 * of its day's key, its place and its figures. A field of a day's hash is a place with the number of a figure.
 */
const ADD = redisScript(`
if not redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) then return 0 end
for i = 3, #ARGV, 6 do
  local day = KEYS[tonumber(ARGV[i])]
  for figure = 1, 4 do
    if ARGV[i + 1 + figure] ~= '0' then
      redis.call('HINCRBY', day, ARGV[i + 1] .. figure, ARGV[i + 1 + figure])
    end
  end
end
for i = 2, #KEYS do redis.call('PEXPIRE', KEYS[i], ARGV[2]) end
return 1`);

/** In a Redis or Valkey server, a hash a day; all in one slot of a cluster. */
export class RedisSpendStore implements SpendStore {
  readonly backend = "redis";
  readonly #client: RedisClient;
  readonly #prefix: string;
  readonly #retention: number;

  private constructor(client: RedisClient, { prefix, retention }: RedisSpendOptions) {
    this.#client = client;
    this.#prefix = `{${prefix}spend}:`;
    this.#retention = retention;
  }

  static open(options: RedisSpendOptions): RedisSpendStore {
    return new RedisSpendStore(RedisClient.open(options), options);
  }

  async add({ id, rows }: SpendGroup): Promise<void> {
    const days = [...new Set(rows.map(({ place }) => place.day))];
    const keys = days.map((day) => `${this.#prefix}${day}`);
    await this.#client.script(
      ADD,
      [`${this.#prefix}group:${id}`, ...keys],
      [`${GROUP_MS}`, `${this.#retention}`].concat(rows.flatMap((row) => [
        `${days.indexOf(row.place.day) + 2}`,
        fieldOf(row.place),
        ...SPEND_FIGURES.map((name) => `${row[name]}`),
      ])),
    );
  }

  async sum(query: SpendQuery, by: readonly SpendDimension[]): Promise<SpendSum[]> {
    const sums = new SpendSums(by);
    for (const day of daysBetween(query.since, query.until)) {
      const found = await this.#client.run("HGETALL", `${this.#prefix}${day}`);
      for (const row of rowsOf(day, pairsOf(found))) if (isAsked(query, row.place)) sums.add(row);
    }
    return sums.result();
  }

  async first(name: string): Promise<boolean> {
    return await this.#client.run("SET", `${this.#prefix}mark:${name}`, "1", "NX", "PX", `${MARK_MS}`) !==
      null;
  }

  /** The server does it. */
  prune(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.#client.close();
  }
}

const [, ...OTHERS] = SPEND_DIMENSIONS;

function fieldOf(place: SpendPlace): string {
  return JSON.stringify(OTHERS.map((name) => place[name]));
}

/** Both protocols' forms of a hash: pairs in a row, or an object. */
function pairsOf(found: unknown): (readonly [string, number])[] {
  if (!Array.isArray(found)) {
    return Object.entries(found ?? {}).map(([field, value]) => [field, Number(value)] as const);
  }
  const pairs: (readonly [string, number])[] = [];
  for (let i = 0; i + 1 < found.length; i += 2) pairs.push([String(found[i]), Number(found[i + 1])]);
  return pairs;
}

function* rowsOf(day: string, pairs: readonly (readonly [string, number])[]): Generator<SpendRow> {
  const nothing = { requests: 0, inputTokens: 0, outputTokens: 0, nanoUsd: 0 };
  for (const [field, value] of pairs) {
    const figure = SPEND_FIGURES[Number(field.slice(-1)) - 1];
    if (figure === undefined) continue;
    const values = JSON.parse(field.slice(0, -1)) as string[];
    const place = Object.fromEntries(OTHERS.map((name, i) => [name, values[i] ?? ""]));
    yield { ...nothing, place: { ...place, day } as SpendPlace, [figure]: value };
  }
}

const DAY_MS = 86_400_000;
/** A year and a leap day: nobody asks a server for more at a time. */
const MAX_DAYS = 400;

function daysBetween(since: string, until: string): string[] {
  const days: string[] = [];
  const last = Date.parse(`${until}T00:00:00Z`);
  for (let at = last; days.length < MAX_DAYS; at -= DAY_MS) {
    const day = new Date(at).toISOString().slice(0, 10);
    if (day < since) break;
    days.push(day);
  }
  return days;
}
