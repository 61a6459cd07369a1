import type { Held } from "./held.ts";

/** The inode of a connection that nobody has accepted yet. */
const NOT_ACCEPTED = "0";

interface Seen {
  /** When it was not there yet, milliseconds. */
  readonly since: number;
  readonly inode: string;
}

/** How long each of many connections is there, as whoever looks now and then can tell. */
export class Ages {
  /** The most that were there at a look. */
  most = 0;
  /**
   * Milliseconds that one was there at most: from the last look that did not find it to the first that did not find it
   * any more.
   */
  longest = 0;
  /** By the client's port. */
  #open = new Map<string, Seen>();
  #lookedAt: number;

  /** @param at milliseconds, when none was there. */
  constructor(at: number) {
    this.#lookedAt = at;
  }

  /** @param held those that are there. @param at milliseconds. */
  look(held: readonly Held[], at: number): void {
    this.most = Math.max(this.most, held.length);
    for (const { since } of this.#open.values()) this.longest = Math.max(this.longest, at - since);
    this.#open = new Map(
      held.map(({ client, inode }) => [client, { since: this.#since(client, inode), inode }]),
    );
    this.#lookedAt = at;
  }

  /** A client may take a port again between two looks: then the socket is another, if the one before had any. */
  #since(client: string, inode: string): number {
    const before = this.#open.get(client);
    return before !== undefined && (before.inode === inode || before.inode === NOT_ACCEPTED)
      ? before.since
      : this.#lookedAt;
  }
}
