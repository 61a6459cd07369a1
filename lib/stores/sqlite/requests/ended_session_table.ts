import type { DatabaseSync } from "node:sqlite";
import { type EndedSession, MOST_ENDED_SESSIONS } from "../../request_store.ts";

/** Sessions that were ended before their time, until they would have ended by themselves. */
export class EndedSessionTable {
  readonly #add;
  readonly #forget;
  readonly #bound;
  readonly #all;

  constructor(database: DatabaseSync) {
    this.#add = database.prepare("INSERT OR IGNORE INTO ended_sessions VALUES (?, ?)");
    this.#forget = database.prepare("DELETE FROM ended_sessions WHERE until <= ?");
    this.#bound = database.prepare(
      `DELETE FROM ended_sessions WHERE id IN
        (SELECT id FROM ended_sessions ORDER BY until DESC LIMIT -1 OFFSET ${MOST_ENDED_SESSIONS})`,
    );
    this.#all = database.prepare("SELECT id, until FROM ended_sessions WHERE until > ?");
  }

  /** @param now Unix milliseconds. */
  add({ id, until }: EndedSession, now: number): void {
    this.#forget.run(now);
    this.#add.run(id, Math.floor(until));
    this.#bound.run();
  }

  all(now: number): EndedSession[] {
    return this.#all.all(now).map((row) => ({ id: String(row["id"]), until: Number(row["until"]) }));
  }
}
