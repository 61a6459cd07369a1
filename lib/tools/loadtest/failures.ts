/** So many groups are kept apart; what comes after is counted together. */
const MAX_GROUPS = 50;
const OTHERS = "other failures";

export interface FailureGroup {
  /** Such as "HTTP 429 rate_limit_exceeded" or "connection refused". */
  readonly reason: string;
  readonly kind: string;
  readonly count: number;
  /** What the server said, of the first one; empty where it said nothing. */
  readonly example: string;
}

/** Failed requests, grouped by what went wrong and what was asked. */
export class Failures {
  readonly #groups = new Map<string, { reason: string; kind: string; count: number; example: string }>();

  add(kind: string, reason: string, example = ""): void {
    const key = `${kind}\n${reason}`;
    const known = this.#groups.get(key);
    if (known !== undefined) known.count++;
    else if (this.#groups.size < MAX_GROUPS) this.#groups.set(key, { reason, kind, count: 1, example });
    else this.#addOther();
  }

  /** The most frequent first. */
  groups(): FailureGroup[] {
    return [...this.#groups.values()].sort((a, b) => b.count - a.count);
  }

  #addOther(): void {
    const others = this.#groups.get(OTHERS) ?? { reason: OTHERS, kind: "", count: 0, example: "" };
    others.count++;
    this.#groups.set(OTHERS, others);
  }
}
