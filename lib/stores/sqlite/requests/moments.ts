import type { DatabaseSync } from "node:sqlite";
import { DISORDER } from "../../requests/disorder.ts";

/** How far from its place in time a row may be, milliseconds: by itself, and once more where it was imported. */
const ASTRAY = 2 * DISORDER;

/** The first row that ended at `time` or later, about: rows are in the order of their ends but for a few seconds. */
export class Moments {
  readonly #first;
  readonly #last;
  readonly #next;

  constructor(database: DatabaseSync) {
    this.#first = database.prepare("SELECT id FROM rows ORDER BY id LIMIT 1");
    this.#last = database.prepare("SELECT id FROM rows ORDER BY id DESC LIMIT 1");
    this.#next = database.prepare("SELECT id, ended FROM rows WHERE id >= ? ORDER BY id LIMIT 1");
  }

  /** Ids of all rows; null: there is none. */
  get all(): { readonly first: number; readonly last: number } | null {
    const first = this.#first.get();
    const last = this.#last.get();
    if (first === undefined || last === undefined) return null;
    return { first: Number(first["id"]), last: Number(last["id"]) };
  }

  /** The ids between which rows of a time are. */
  between(from: number | undefined, to: number | undefined): { first: number; last: number } | null {
    const { all } = this;
    if (all === null) return null;
    return {
      first: from === undefined ? all.first : this.#at(from - ASTRAY, all),
      last: to === undefined ? all.last : Math.min(this.#at(to + ASTRAY, all), all.last),
    };
  }

  #at(time: number, { first, last }: { readonly first: number; readonly last: number }): number {
    let low = first;
    let high = last + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const row = this.#next.get(middle);
      if (row === undefined || Number(row["ended"]) >= time) high = middle;
      else low = Number(row["id"]) + 1;
    }
    return low;
  }
}
