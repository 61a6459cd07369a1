import type { ConversationStore, StoredResponse } from "./conversation_store.ts";
import { turnEntry, turnOf } from "./postgres/conversations/entry.ts";
import type { Row } from "./postgres/postgres_client.ts";
import { kept } from "./postgres/text.ts";
import type { PostgresShelf } from "./postgres_shelf.ts";
import { checkRead, MAX_READ_BYTES } from "./refusal.ts";

/** Turns in the tables of a {@linkcode PostgresShelf}. */
export class PostgresConversationStore implements ConversationStore {
  readonly backend = "postgres";
  readonly #shelf: PostgresShelf;

  constructor(shelf: PostgresShelf) {
    this.#shelf = shelf;
  }

  async create(turn: StoredResponse): Promise<void> {
    const { bytes, values } = turnEntry(turn, null, null);
    this.#shelf.check(turn.id, bytes);
    const [row] = await this.#shelf.run("putTurn", ...values(this.#shelf.now(), 0), [], []);
    const added = row?.["added"] === true ? 1 : 0;
    if (row !== undefined) await this.#shelf.limits.note(row, { entries: added, turns: added, bytes });
  }

  async get(owner: string, id: string): Promise<StoredResponse | null> {
    const [row] = await this.#shelf.run("getTurn", kept(owner), kept(id), this.#shelf.oldest());
    if (row === undefined) return null;
    if (this.#shelf.isStale(row)) this.#shelf.touchChain(kept(owner), kept(id));
    return turnOf(row);
  }

  async chain(owner: string, id: string): Promise<StoredResponse[] | null> {
    const place = [kept(owner), kept(id)] as const;
    const rows = await this.#shelf.run("chain", ...place, this.#shelf.oldest(), MAX_READ_BYTES);
    checkRead(Number(rows[0]?.["bytes"] ?? 0), id);
    const chain = inOrder(rows, place[1]);
    if (chain === null) return null;
    if (chain.some((row) => this.#shelf.isStale(row))) this.#shelf.touchChain(...place);
    return chain.map(turnOf);
  }

  async delete(owner: string, id: string): Promise<boolean> {
    const place = [kept(owner), kept(id)] as const;
    const [row] = await this.#shelf.run("remove", ...place, this.#shelf.oldest(), "turn");
    if (row !== undefined) this.#shelf.limits.add({ entries: -1, turns: -1 });
    return row?.["existed"] === true;
  }

  /** As of this process's last write, or the last sweep. */
  activeCount(): number {
    return this.#shelf.limits.total("turns");
  }

  close(): Promise<void> {
    return this.#shelf.limits.close();
  }
}

/** From the oldest to the one that was asked for; null where one is absent, or where a turn leads back to itself. */
function inOrder(rows: readonly Row[], id: string): Row[] | null {
  const found = new Map(rows.map((row) => [row["id"], row]));
  const chain: Row[] = [];
  for (let at: unknown = id; at !== null;) {
    const row = found.get(at);
    if (row === undefined) return null;
    found.delete(at);
    chain.push(row);
    at = row["previous_id"];
  }
  return chain.reverse();
}
