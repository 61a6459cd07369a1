import type {
  SpendDimension,
  SpendGroup,
  SpendQuery,
  SpendRow,
  SpendStore,
  SpendSum,
} from "../spend_store.ts";
import { isAsked, SpendSums } from "./spend_sums.ts";

/** Days and marks that are kept at most; the oldest go. */
const MAX_DAYS = 400;
const MAX_MARKS = 100_000;
const MAX_GROUPS = 1_000;

/** What this process spent since it began. */
export class MemorySpendStore implements SpendStore {
  readonly backend = "memory";
  /** By day, then by all that tells rows apart. */
  readonly #days = new Map<string, Map<string, SpendRow>>();
  readonly #groups = new Set<string>();
  readonly #marks = new Set<string>();

  add({ id, rows }: SpendGroup): Promise<void> {
    if (this.#groups.has(id)) return Promise.resolve();
    remember(this.#groups, id, MAX_GROUPS);
    for (const row of rows) {
      let day = this.#days.get(row.place.day);
      if (day === undefined) {
        this.#days.set(row.place.day, day = new Map());
        const [oldest] = [...this.#days.keys()].sort();
        if (this.#days.size > MAX_DAYS && oldest !== undefined) this.#days.delete(oldest);
      }
      const key = JSON.stringify(Object.values(row.place));
      const known = day.get(key);
      day.set(key, known === undefined ? row : added(known, row));
    }
    return Promise.resolve();
  }

  sum(query: SpendQuery, by: readonly SpendDimension[]): Promise<SpendSum[]> {
    const sums = new SpendSums(by);
    for (const day of this.#days.values()) {
      for (const row of day.values()) if (isAsked(query, row.place)) sums.add(row);
    }
    return Promise.resolve(sums.result());
  }

  first(name: string): Promise<boolean> {
    if (this.#marks.has(name)) return Promise.resolve(false);
    remember(this.#marks, name, MAX_MARKS);
    return Promise.resolve(true);
  }

  prune(before: string): Promise<void> {
    for (const day of this.#days.keys()) if (day < before) this.#days.delete(day);
    return Promise.resolve();
  }

  close(): void {}
}

/** One row of two for the same. */
function added(one: SpendRow, other: SpendRow): SpendRow {
  return {
    place: one.place,
    requests: one.requests + other.requests,
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    nanoUsd: one.nanoUsd + other.nanoUsd,
  };
}

function remember(names: Set<string>, name: string, most: number): void {
  names.add(name);
  if (names.size <= most) return;
  const [oldest] = names;
  if (oldest !== undefined) names.delete(oldest);
}
