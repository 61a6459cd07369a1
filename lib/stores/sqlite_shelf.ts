import type { Clock } from "../clock.ts";
import type { ConversationCommands, Level } from "./sqlite/conversations/commands.ts";
import type { SqliteClient } from "./sqlite/sqlite_client.ts";

/** How often what has expired is looked for, milliseconds. */
const SWEEP_INTERVAL = 5_000;

/** The process's side of the one file that the stores share. */
export class SqliteShelf {
  readonly run: SqliteClient<ConversationCommands>["run"];
  readonly #client: SqliteClient<ConversationCommands>;
  readonly #clock: Clock;
  readonly #stopSweeping: () => void;
  #sweeping: Promise<void> | null = null;
  #due = false;
  /** Turns there are, as of this process's last write or the last sweep. */
  turns = 0;

  constructor(client: SqliteClient<ConversationCommands>, clock: Clock) {
    this.run = client.run.bind(client);
    this.#client = client;
    this.#clock = clock;
    this.#stopSweeping = clock.every(SWEEP_INTERVAL, () => this.sweep());
  }

  /** Unix milliseconds. */
  now(): number {
    return this.#clock.wall();
  }

  /** Takes note of how it stands after a write. */
  note({ turns, over }: Level): void {
    this.turns = turns;
    if (over) this.sweep();
  }

  /** Nobody waits for what says that an entry was used; without it, it may only go earlier. */
  touch(name: "touchChain" | "touchConversation", owner: string, id: string): void {
    this.run(name, owner, id, this.now()).catch(() => {});
  }

  /** Removes what is over the limits, slice by slice, other commands in between. */
  sweep(): Promise<void> {
    this.#due = true;
    // A failure is told by onHealth, and the next sweep tries again.
    this.#sweeping ??= this.#sweepAll().catch(() => {}).finally(() => this.#sweeping = null);
    return this.#sweeping;
  }

  close(): Promise<void> {
    this.#stopSweeping();
    return this.#client.close();
  }

  async #sweepAll(): Promise<void> {
    if (this.#client.failure !== null) await this.run("probe");
    while (this.#due) {
      // What becomes due while a slice is under way asks for another one.
      this.#due = false;
      const slice = await this.run("sweep", this.now());
      this.turns = slice.turns;
      if (slice.more) this.#due = true;
    }
  }
}
