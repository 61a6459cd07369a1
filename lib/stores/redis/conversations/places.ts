/** What stands in the index, and in the keys. */
export type EntryKind = "turn" | "conversation";

/** An entry as the index names it. */
export interface Place {
  readonly kind: EntryKind;
  readonly owner: string;
  readonly id: string;
}

/** What stands before an id: of the entry itself, then of its parts, a turn's events, a conversation's items and order. */
const LETTERS = { turn: ["t", "e"], conversation: ["c", "i", "o"] } as const;

/**
 * The keys of conversations. An owner's entries have one tag, so that they are in one slot of a cluster and a script may
 * go from one to another; owners are spread over the nodes. What is counted over all owners has a tag of its own.
 */
export class Places {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** What stands before the ids of an owner's turns. */
  turnsOf(owner: string): string {
    return `${this.#tag(owner)}:${LETTERS.turn[0]}:`;
  }

  /** The entry's key, and those of its parts. */
  keys({ kind, owner, id }: Place): readonly [string, ...string[]] {
    const [letter, ...parts] = LETTERS[kind];
    const tag = this.#tag(owner);
    return [`${tag}:${letter}:${id}`, ...parts.map((part) => `${tag}:${part}:${id}`)];
  }

  index(name: string): string {
    return `${this.#prefix}{conversations}:${name}`;
  }

  #tag(owner: string): string {
    return `${this.#prefix}{c:${encodeURIComponent(owner)}}`;
  }
}

/** A place as one text. */
export function memberOf({ kind, owner, id }: Place): string {
  return `${LETTERS[kind][0]} ${encodeURIComponent(owner)} ${id}`;
}

export function placeOfMember(member: string): Place {
  const space = member.indexOf(" ", 2);
  return {
    kind: member.startsWith("t") ? "turn" : "conversation",
    owner: decodeURIComponent(member.slice(2, space)),
    id: member.slice(space + 1),
  };
}
