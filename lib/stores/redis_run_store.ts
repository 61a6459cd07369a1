import type { JsonObject } from "../wire/canonical.ts";
import { ChangingRunStore } from "./changing_run_store.ts";
import type { StoredResponse } from "./conversation_store.ts";
import { RENEW } from "./redis/conversations/index_scripts.ts";
import { placeOfMember } from "./redis/conversations/places.ts";
import { CHANGE_RUN, EVENTS } from "./redis/conversations/turn_scripts.ts";
import { putTurn, turnOf, turnPlace } from "./redis_conversation_store.ts";
import type { RedisShelf } from "./redis_shelf.ts";
import type { EventPage, Lease, RunStore, StoredEvent } from "./run_store.ts";

/** Runs in Redis, on a {@linkcode RedisShelf}. */
export class RedisRunStore extends ChangingRunStore implements RunStore {
  readonly #shelf: RedisShelf;

  constructor(shelf: RedisShelf) {
    super();
    this.#shelf = shelf;
  }

  begin(turn: StoredResponse, lease: Lease, events: readonly StoredEvent[]): Promise<void> {
    return putTurn(this.#shelf, turn, { lease, events });
  }

  async events(owner: string, id: string, after: number, limit: number): Promise<EventPage | null> {
    const found = await this.#shelf.run(EVENTS, turnPlace(owner, id), after, limit);
    if (!Array.isArray(found)) return null;
    const [open, ...events] = found;
    return { events: events.map((event) => eventOf(String(event))), finished: open !== "1" };
  }

  async renew(lease: Lease): Promise<void> {
    const { client, places } = this.#shelf;
    await client.script(RENEW, [places.index("leases"), places.index(`leased:${lease.process}`)], [
      lease.until,
    ]);
  }

  async abandoned(now: number, limit: number): Promise<StoredResponse[]> {
    const { client, places } = this.#shelf;
    const leases = places.index("leases");
    const turns: StoredResponse[] = [];
    for (;;) {
      const skip = String(turns.length);
      const page = await client.run("ZRANGEBYSCORE", leases, "-inf", `(${now}`, "LIMIT", skip, String(limit));
      const members = Array.isArray(page) ? page.map(String) : [];
      const found = await Promise.all(members.map((member) => this.#open(member)));
      turns.push(...found.filter((turn) => turn !== null));
      const ghosts = members.filter((_, index) => found[index] === null);
      if (ghosts.length > 0) await client.run("ZREM", leases, ...ghosts);
      if (turns.length >= limit || members.length < limit) return turns.slice(0, limit);
    }
  }

  /** A run that is not over; null: its lease outlived it. */
  async #open(member: string): Promise<StoredResponse | null> {
    const [key] = this.#shelf.places.keys(placeOfMember(member));
    const found = await this.#shelf.client.run("HMGET", key, "at", "open", "json", "response");
    if (!Array.isArray(found) || !this.#shelf.isAlive(found[0]) || found[1] !== "1") return null;
    return turnOf(found[2], found[3]);
  }

  protected override async change(
    owner: string,
    id: string,
    response: JsonObject | null,
    events: readonly StoredEvent[],
    finish: boolean,
  ): Promise<boolean> {
    const place = turnPlace(owner, id);
    const answer = await this.#shelf.run(
      CHANGE_RUN,
      place,
      response === null ? "" : JSON.stringify(response),
      finish ? 1 : 0,
      this.#shelf.limits.maxBytes,
      ...events.flatMap(({ sequence, text }) => [sequence, text]),
    );
    const grown = this.#shelf.grown(answer, id);
    if (grown !== null) await this.#shelf.note(finish ? "finish" : "change", place, grown);
    return grown !== null;
  }
}

/** @param text `SEQUENCE TEXT`. */
function eventOf(text: string): StoredEvent {
  const space = text.indexOf(" ");
  return { sequence: Number(text.slice(0, space)), text: text.slice(space + 1) };
}
