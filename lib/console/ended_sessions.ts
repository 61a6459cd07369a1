import { type EndedSession, type EndedSessionStore, MOST_ENDED_SESSIONS } from "../stores/request_store.ts";

export interface EndedSessionsOptions {
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** What all processes of the gateway share, or what is asked of each of them. */
  readonly store: EndedSessionStore;
}

/** So late a process hears what another one was told. */
const HEAR_EACH_MS = 1_000;

/**
 * Sessions that were ended before their time. A session is nothing but its cookie: that one is good no more has to be
 * remembered until it would have ended by itself, and all processes have to know it.
 */
export class EndedSessions {
  readonly #options: EndedSessionsOptions;
  readonly #ended = new Map<string, number>();
  #heardAt = -Infinity;
  #hearing: Promise<void> | null = null;

  constructor(options: EndedSessionsOptions) {
    this.#options = options;
  }

  /** Here it is over at once. Rejects where the others cannot be told. */
  async add(session: EndedSession): Promise<void> {
    this.#remember(session);
    await this.#options.store.endSession(session);
  }

  /** Where the store does not answer, by what was heard before: who is logged in can see that it does not. */
  async has(id: string): Promise<boolean> {
    if (this.#ended.has(id)) return true;
    const { now } = this.#options;
    if (now() - this.#heardAt >= HEAR_EACH_MS) await (this.#hearing ??= this.#hear());
    return this.#ended.has(id);
  }

  async #hear(): Promise<void> {
    try {
      for (const session of await this.#options.store.endedSessions()) this.#remember(session);
    } catch {
      // It says so itself.
    } finally {
      this.#heardAt = this.#options.now();
      this.#hearing = null;
    }
  }

  #remember({ id, until }: EndedSession): void {
    this.#ended.set(id, until);
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > MOST_ENDED_SESSIONS && oldest !== undefined) this.#ended.delete(oldest);
  }
}
