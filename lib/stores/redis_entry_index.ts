import type { EntryIndex, EntryQuery, EntryRef } from "./entry_index.ts";
import { placeOfMember } from "./redis/conversations/places.ts";
import type { RedisShelf } from "./redis_shelf.ts";

/** Where a page begins: at a moment, behind so many of the entries that changed then. */
interface Position {
  readonly score: number;
  readonly skip: number;
}

/** What there is on a {@linkcode RedisShelf}, by when it changed. */
export class RedisEntryIndex implements EntryIndex {
  readonly #shelf: RedisShelf;

  constructor(shelf: RedisShelf) {
    this.#shelf = shelf;
  }

  async page({ after, limit, owner, since }: EntryQuery): Promise<readonly EntryRef[]> {
    const oldest = Math.max(since, this.#shelf.now() - this.#shelf.limits.ttl + 1);
    let at = after === null ? { score: oldest, skip: 0 } : positionOf(after);
    for (;;) {
      const members = await this.#members(at, limit);
      const refs: EntryRef[] = [];
      for (const [member, score] of members) {
        at = { score, skip: score === at.score ? at.skip + 1 : 1 };
        const place = placeOfMember(member);
        if (owner !== null && place.owner !== owner) continue;
        refs.push({ ...place, changedAt: score, run: false, position: `${at.score} ${at.skip}` });
      }
      const found = await Promise.all(refs.map((ref) => this.#withRun(ref)));
      const there = found.filter((ref) => ref !== null);
      // None of those that were looked at may be the owner's, and more may come.
      if (there.length > 0 || members.length < limit) return there;
    }
  }

  async #members({ score, skip }: Position, limit: number): Promise<[member: string, score: number][]> {
    const age = this.#shelf.places.index("age");
    const window = ["LIMIT", String(skip), String(limit)] as const;
    const answer = await this.#shelf.client.run(
      "ZRANGEBYSCORE",
      age,
      String(score),
      "+inf",
      "WITHSCORES",
      ...window,
    );
    const flat: readonly unknown[] = Array.isArray(answer) ? answer : [];
    const members: [string, number][] = [];
    for (let i = 0; i + 1 < flat.length; i += 2) members.push([String(flat[i]), Number(flat[i + 1])]);
    return members;
  }

  /** Null: it is counted still, and gone. */
  async #withRun(ref: EntryRef): Promise<EntryRef | null> {
    const [key] = this.#shelf.places.keys(ref);
    const found = await this.#shelf.client.run("HMGET", key, "at", "open");
    if (!Array.isArray(found) || !this.#shelf.isAlive(found[0])) return null;
    return { ...ref, run: ref.kind === "turn" && typeof found[1] === "string" && found[1] !== "" };
  }
}

function positionOf(text: string): Position {
  const [score = "", skip = ""] = text.split(" ");
  return { score: Number(score), skip: Number(skip) };
}
