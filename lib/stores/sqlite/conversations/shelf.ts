import type { DatabaseSync } from "node:sqlite";
import { Refusal } from "../../refusal.ts";
import type { Level } from "./commands.ts";

/** Options of the database, as its stores give them. */
export interface ShelfLimits {
  readonly maxEntries: number;
  readonly maxBytes: number;
  /** Milliseconds. */
  readonly ttl: number;
}

export type EntryKind = "turn" | "conversation";

/** An entry that is put on the shelf. */
export interface NewEntry {
  readonly kind: EntryKind;
  readonly owner: string;
  readonly id: string;
  readonly previousId: string | null;
  readonly json: string;
  readonly response: string | null;
  /** A turn that runs in the background. */
  readonly run: boolean;
  readonly leaseProcess: string | null;
  readonly leaseUntil: number | null;
}

/** An entry that was found. */
export interface Entry {
  readonly number: number;
  readonly previous_id: string | null;
  readonly used_at: number;
  readonly bytes: number;
  readonly run: number;
  readonly lease_until: number | null;
  readonly json: string;
  readonly response: string | null;
}

export interface Totals {
  readonly entries: number;
  readonly turns: number;
  readonly bytes: number;
}

/** What an entry takes besides its texts, about: columns and its places in the indexes. */
const ENTRY_BYTES = 512;
/** What one command may remove on top of what it adds, so that it never takes long; the sweep does the rest. */
const MAX_EVICTED = 8;

/** Reading is use, noted once in so many milliseconds: so most reads write nothing. */
const TOUCH_AFTER = 60_000;

/** The worker's side of `MemoryShelf`: entries bounded by number, bytes and time. `now` is Unix milliseconds. */
export class Shelf {
  readonly #limits: ShelfLimits;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: DatabaseSync, limits: ShelfLimits) {
    this.#limits = limits;
    this.#statements = prepare(database);
  }

  /** Puts an entry in place of the one of its kind, owner and id. @returns its number. @throws {Refusal} */
  put(entry: NewEntry, now: number): number {
    const { kind, owner, id, previousId, run, leaseProcess, leaseUntil, json, response } = entry;
    this.#statements.removeNamed.run(kind, owner, id);
    const { lastInsertRowid } = this.#statements.put.run(
      kind,
      owner,
      id,
      previousId,
      now,
      run ? 1 : 0,
      leaseProcess,
      leaseUntil,
      json,
      response,
      ENTRY_BYTES,
    );
    const number = Number(lastInsertRowid);
    this.#makeRoom(number);
    return number;
  }

  find(kind: EntryKind, owner: string, id: string, now: number): Entry | null {
    const row = this.#statements.find.get(kind, owner, id, this.oldest(now));
    return row === undefined ? null : row as unknown as Entry;
  }

  /** Entries that did not change after this moment are too old. */
  oldest(now: number): number {
    return now - this.#limits.ttl;
  }

  use(number: number, now: number): void {
    this.#statements.use.run(now, number);
  }

  /** Notes that an entry holds so many bytes more, or less. A use. @throws {Refusal} */
  resize(number: number, bytes: number, now: number): void {
    this.#statements.resize.run(bytes, now, number);
    if (bytes > 0) this.#makeRoom(number);
  }

  /** Its time to live begins anew. */
  prolong(number: number, now: number): void {
    this.#statements.prolong.run(now, number);
  }

  remove(number: number): void {
    this.#statements.remove.run(number);
  }

  removeNamed(kind: EntryKind, owner: string, id: string): void {
    this.#statements.removeNamed.run(kind, owner, id);
  }

  totals(): Totals {
    return this.#statements.totals.get() as unknown as Totals;
  }

  level(): Level {
    const totals = this.totals();
    return { turns: totals.turns, over: this.#exceeds(totals) };
  }

  isOver(): boolean {
    return this.#exceeds(this.totals());
  }

  /** Removes one entry that is too old, or one too many. @returns whether there was one. */
  removeOne(now: number): boolean {
    if (this.#statements.removeOlder.run(this.oldest(now)).changes > 0) return true;
    return this.isOver() && this.#statements.removeLeastUsed.run(null).changes > 0;
  }

  #makeRoom(except: number): void {
    const { maxBytes } = this.#limits;
    for (let evicted = 0; evicted < MAX_EVICTED && this.isOver(); evicted++) {
      const { bytes, id } = this.#statements.size.get(except) as unknown as { bytes: number; id: string };
      if (bytes > maxBytes) {
        throw new Refusal(`Cannot store "${id}": ${bytes} bytes are more than ${maxBytes}`);
      }
      this.#statements.removeLeastUsed.run(except);
    }
  }

  #exceeds({ entries, bytes }: Totals): boolean {
    return entries > this.#limits.maxEntries || bytes > this.#limits.maxBytes;
  }
}

/** Whether an entry's use is to be noted. */
export function isStale({ used_at }: Entry, now: number): boolean {
  return now - used_at > TOUCH_AFTER;
}

function prepare(database: DatabaseSync) {
  return {
    put: database.prepare(`
      INSERT INTO entries (kind, owner, id, previous_id, changed_at, used_at, run, lease_process, lease_until, json,
        response, bytes)
      VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6, ?7, ?8, ?9, ?10,
        ?11 + octet_length(?9) + coalesce(octet_length(?10), 0))`),
    find: database.prepare(`
      SELECT number, previous_id, used_at, bytes, run, lease_until, json, response FROM entries
      WHERE kind = ? AND owner = ? AND id = ? AND changed_at > ?`),
    size: database.prepare("SELECT bytes, id FROM entries WHERE number = ?"),
    use: database.prepare("UPDATE entries SET used_at = ? WHERE number = ?"),
    resize: database.prepare("UPDATE entries SET bytes = bytes + ?, used_at = ? WHERE number = ?"),
    prolong: database.prepare("UPDATE entries SET changed_at = ? WHERE number = ?"),
    remove: database.prepare("DELETE FROM entries WHERE number = ?"),
    removeNamed: database.prepare("DELETE FROM entries WHERE kind = ? AND owner = ? AND id = ?"),
    removeOlder: database.prepare(`
      DELETE FROM entries WHERE number =
        (SELECT number FROM entries WHERE changed_at <= ? ORDER BY changed_at LIMIT 1)`),
    // Never the one that was just written: where the clock went back, that is the one with the oldest time.
    removeLeastUsed: database.prepare(`
      DELETE FROM entries WHERE number =
        (SELECT number FROM entries WHERE number IS NOT ? ORDER BY used_at, number LIMIT 1)`),
    totals: database.prepare("SELECT entries, turns, bytes FROM totals"),
  };
}
