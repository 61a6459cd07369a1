import type { Clock } from "../clock.ts";
import { INDEX, USE } from "./redis/conversations/index_scripts.ts";
import { memberOf, type Place, placeOfMember, Places } from "./redis/conversations/places.ts";
import { REMOVE, TOUCH } from "./redis/conversations/turn_scripts.ts";
import type { RedisClient } from "./redis/redis_client.ts";
import type { RedisScript } from "./redis/redis_script.ts";
import { Refusal } from "./refusal.ts";
import type { Lease } from "./run_store.ts";

export interface RedisShelfLimits {
  /** Entries that are kept at most, of all processes. */
  readonly maxEntries: number;
  /** What they may take together, bytes of theirs; Redis takes more for them. */
  readonly maxBytes: number;
  /** How long an entry is kept, milliseconds of the wall clock. */
  readonly ttl: number;
}

/** What an entry takes besides its contents, about. */
export const ENTRY_BYTES = 512;
/** Reading is use, noted once in so many milliseconds: so most reads write nothing. */
const TOUCH_AFTER = 60_000;
/** How often what is too old is counted no more, and what others wrote is, milliseconds. */
const LOOK_EACH = 2_000;

/** What is done to a place in the index. */
type Act = "put" | "change" | "prolong" | "finish" | "remove" | "look";

/**
 * The process's side of the conversations in Redis. An owner's entries are in one place and changed by one script each;
 * what is counted over all owners is another script's, after or beside it. Where that one fails, what was written stays
 * written: it is counted later, or not until its time is over.
 */
export class RedisShelf {
  readonly places: Places;
  readonly client: RedisClient;
  readonly limits: RedisShelfLimits;
  readonly #clock: Clock;
  readonly #stopLooking: () => void;
  /** Turns there are, as of this process's last write or look. */
  turns = 0;

  constructor(client: RedisClient, prefix: string, clock: Clock, limits: RedisShelfLimits) {
    this.client = client;
    this.places = new Places(prefix);
    this.limits = limits;
    this.#clock = clock;
    this.#stopLooking = clock.every(LOOK_EACH, () => this.look());
    this.look();
  }

  /** Unix milliseconds. */
  now(): number {
    return this.#clock.wall();
  }

  isAlive(at: unknown): boolean {
    return typeof at === "string" && Number(at) > this.now() - this.limits.ttl;
  }

  isStale(used: unknown): boolean {
    return this.now() - Number(used) > TOUCH_AFTER;
  }

  /** A script about an entry. */
  run(script: RedisScript, place: Place, ...args: readonly (string | number)[]): Promise<unknown> {
    return this.client.script(script, this.places.keys(place), [this.now(), this.limits.ttl, ...args]);
  }

  /** What a script that adds says. @returns bytes; null where there is no such entry. @throws {Refusal} */
  grown(answer: unknown, id: string): number | null {
    if (answer === "large") {
      throw new Refusal(`Cannot store "${id}": it is larger than ${this.limits.maxBytes} bytes`);
    }
    return answer === null ? null : Number(answer);
  }

  /** Counts a new entry. @param bytes all that it takes. @throws where it could not. */
  async put(place: Place, bytes: number, lease: Lease | null = null): Promise<void> {
    await this.#index("put", place, bytes, lease);
  }

  /** Counts a change that is made already. */
  async note(act: Exclude<Act, "put" | "look">, place: Place, bytes = 0): Promise<void> {
    await this.#index(act, place, bytes, null).catch(() => {});
  }

  /** Nobody waits for what says that entries of one owner were used; without it, they may only go earlier. */
  touch(places: readonly Place[]): void {
    const keys = places.map((place) => this.places.keys(place)[0]);
    const [first, ...others] = keys;
    if (first === undefined) return;
    this.client.script(TOUCH, [first, ...others], [this.now(), this.limits.ttl]).catch(() => {});
    this.client.script(USE, [this.places.index("use")], [this.now(), ...places.map(memberOf)]).catch(
      () => {},
    );
  }

  /** Looks how it stands: so that it is known, and whether the server is there, where nobody asks anything else. */
  look(): void {
    this.#index("look", null, 0, null).catch(() => {});
  }

  /** @returns whether it was there. */
  async remove(place: Place): Promise<boolean> {
    const there = await this.run(REMOVE, place);
    await this.note("remove", place);
    return Number(there) === 1;
  }

  close(): Promise<void> {
    this.#stopLooking();
    this.client.close();
    return Promise.resolve();
  }

  async #index(act: Act, place: Place | null, bytes: number, lease: Lease | null): Promise<void> {
    const { maxEntries, maxBytes, ttl } = this.limits;
    const at = (name: string) => this.places.index(name);
    const answer = await this.client.script(
      INDEX,
      [at("use"), at("age"), at("size"), at("totals"), at("leases"), at(`leased:${lease?.process ?? ""}`)],
      [
        act,
        place === null ? "" : memberOf(place),
        bytes,
        this.now(),
        this.now() - ttl,
        maxEntries,
        maxBytes,
        lease?.until ?? "",
      ],
    );
    if (!Array.isArray(answer)) return;
    const [turns, ...members] = answer;
    this.turns = Number(turns);
    await Promise.all(members.map((member) => this.run(REMOVE, placeOfMember(String(member)))));
  }
}
