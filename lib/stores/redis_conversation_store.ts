import { byteLength } from "../byte_length.ts";
import type { ConversationStore, StoredResponse } from "./conversation_store.ts";
import type { Place } from "./redis/conversations/places.ts";
import { CHAIN, EVENT_BYTES, PUT_TURN } from "./redis/conversations/turn_scripts.ts";
import { ENTRY_BYTES, type RedisShelf } from "./redis_shelf.ts";
import { checkRead, MAX_READ_BYTES, Refusal } from "./refusal.ts";
import type { Lease, StoredEvent } from "./run_store.ts";

/** Turns in Redis, on a {@linkcode RedisShelf}. */
export class RedisConversationStore implements ConversationStore {
  readonly backend = "redis";
  readonly #shelf: RedisShelf;

  constructor(shelf: RedisShelf) {
    this.#shelf = shelf;
  }

  create(turn: StoredResponse): Promise<void> {
    return putTurn(this.#shelf, turn, null);
  }

  async get(owner: string, id: string): Promise<StoredResponse | null> {
    const place = turnPlace(owner, id);
    const [key] = this.#shelf.places.keys(place);
    const found = await this.#shelf.client.run("HMGET", key, "at", "used", "json", "response");
    if (!Array.isArray(found) || !this.#shelf.isAlive(found[0])) return null;
    if (this.#shelf.isStale(found[1])) this.#shelf.touch([place]);
    return turnOf(found[2], found[3]);
  }

  async chain(owner: string, id: string): Promise<StoredResponse[] | null> {
    const base = this.#shelf.places.turnsOf(owner);
    const found = await this.#shelf.run(CHAIN, turnPlace(owner, id), base, id, MAX_READ_BYTES);
    if (found === "large") checkRead(Infinity, id);
    if (!Array.isArray(found)) return null;
    const turns: StoredResponse[] = [];
    let stale = false;
    for (let at = 0; at < found.length; at += 3) {
      stale ||= this.#shelf.isStale(found[at]);
      turns.push(turnOf(found[at + 1], found[at + 2]));
    }
    if (stale) this.#shelf.touch(turns.map(({ id }) => turnPlace(owner, id)));
    return turns.reverse();
  }

  delete(owner: string, id: string): Promise<boolean> {
    return this.#shelf.remove(turnPlace(owner, id));
  }

  /** As of this process's last write, or the last look. */
  activeCount(): number {
    return this.#shelf.turns;
  }

  close(): Promise<void> {
    return this.#shelf.close();
  }
}

/** Bytes of texts in UTF-8. */
export function bytesOf(...texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + byteLength(text), 0);
}

export function turnPlace(owner: string, id: string): Place {
  return { kind: "turn", owner, id };
}

/** @param json a turn without its response. */
export function turnOf(json: unknown, response: unknown): StoredResponse {
  return { ...JSON.parse(String(json)), response: JSON.parse(String(response)) };
}

/** Stores a turn. @param run it is one that is made in the background. @throws {Refusal} */
export async function putTurn(
  shelf: RedisShelf,
  { response, ...turn }: StoredResponse,
  run: { readonly lease: Lease; readonly events: readonly StoredEvent[] } | null,
): Promise<void> {
  const place = turnPlace(turn.owner, turn.id);
  const texts = [JSON.stringify(turn), JSON.stringify(response)] as const;
  const events = run?.events ?? [];
  const bytes = ENTRY_BYTES + bytesOf(...texts) + EVENT_BYTES * events.length +
    bytesOf(...events.map(({ text }) => text));
  const { maxBytes } = shelf.limits;
  if (bytes > maxBytes) {
    throw new Refusal(`Cannot store "${turn.id}": ${bytes} bytes are more than ${maxBytes}`);
  }
  const previous = turn.previousId === null ? "" : `=${turn.previousId}`;
  const fields = [...texts, previous, bytes, run === null ? "" : "1"];
  await Promise.all([
    shelf.run(PUT_TURN, place, ...fields, ...events.flatMap(({ sequence, text }) => [sequence, text])),
    shelf.put(place, bytes, run?.lease ?? null),
  ]);
}
