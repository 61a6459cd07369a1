import type { StreamEvent } from "../../wire/canonical.ts";

/** Who gets an answer that is made for another request. */
export interface Follower {
  /** How many of the answer's events it has taken. */
  readonly taken: number;
  /** There are more events, or their end. */
  onEvents(): void;
  /** There will be none, or no more. */
  onFailed(error: unknown): void;
}

/** Where a flight stands: looked up, not found and so being made, at its end, or broken off. */
export type FlightState = "looking" | "making" | "ended" | "failed";

/**
 * One answer under way, for all who asked the same: its first request looks it up and, where it is not kept, has it
 * made; the others take its events as they come, each at its own pace. All events are held as long as the answer is
 * no larger than one that may be kept; of a larger one, what the slowest has not taken, and no more than that.
 */
export class Flight {
  state: FlightState = "looking";
  /** Settles once it is known whether the answer was kept. */
  readonly lookedUp: Promise<void>;
  /** Called when those who were too slow have caught up. */
  onDrain: (() => void) | null = null;
  /** The larger answer is not held whole. */
  overflowed = false;
  readonly #maxBytes: number;
  readonly #onOver: () => void;
  readonly #followers = new Set<Follower>();
  readonly #events: StreamEvent[] = [];
  readonly #sizes: number[] = [];
  /** Events before the first that is held. */
  #dropped = 0;
  #held = 0;
  #full = false;
  #error: unknown = null;
  #found!: () => void;
  /** Ends what makes the answer, once its own client left. */
  #abandon: (() => void) | null = null;

  /** @param onOver called when nobody may join any more: it ended, broke off or grew too large. */
  constructor(maxBytes: number, onOver: () => void) {
    this.#maxBytes = maxBytes;
    this.#onOver = onOver;
    this.lookedUp = new Promise((resolve) => this.#found = resolve);
  }

  get followers(): number {
    return this.#followers.size;
  }

  get isOver(): boolean {
    return this.state === "ended" || this.state === "failed";
  }

  /** It is not kept: whoever looked it up has it made. */
  make(): void {
    if (this.state !== "looking") return;
    this.state = "making";
    this.#found();
  }

  /** @throws what it failed by. */
  join(follower: Follower): void {
    if (this.state === "failed") throw this.#error;
    const first = this.#followers.size === 0;
    this.#followers.add(follower);
    // What makes it waits for its own client no more.
    if (first) this.onDrain?.();
  }

  leave(follower: Follower): void {
    if (!this.#followers.delete(follower)) return;
    // It may have been the one that was waited for.
    this.caughtUp();
    if (this.#followers.size > 0 || this.#abandon === null || this.isOver) return;
    const abandon = this.#abandon;
    this.#abandon = null;
    abandon();
  }

  /** The client it is made for left. @returns whether others wait for it. */
  outlives(abandon: () => void): boolean {
    if (this.isOver || this.#followers.size === 0) return false;
    this.#abandon = abandon;
    return true;
  }

  /** @param bytes what the events took. @returns false where somebody does not keep up with a large answer. */
  push(events: readonly StreamEvent[], bytes: number): boolean {
    if (this.isOver) return true;
    const share = events.length === 0 ? 0 : bytes / events.length;
    for (const event of events) this.#hold(event, share);
    this.#held += bytes;
    if (this.#held > this.#maxBytes && !this.overflowed) {
      this.overflowed = true;
      this.#onOver();
    }
    this.#tellAll();
    this.#trim();
    this.#full = this.overflowed && this.#held > this.#maxBytes;
    return !this.#full;
  }

  /** The last event was pushed. */
  end(): void {
    if (this.isOver) return;
    this.state = "ended";
    this.#over();
    this.#tellAll();
  }

  fail(error: unknown): void {
    if (this.isOver) return;
    this.state = "failed";
    this.#error = error;
    this.#over();
    for (const follower of [...this.#followers]) follower.onFailed(error);
    this.#followers.clear();
  }

  /** The event after so many; `undefined`: it has not come yet. */
  eventAfter(taken: number): StreamEvent | undefined {
    return this.#events[taken - this.#dropped];
  }

  /** A follower took events. */
  caughtUp(): void {
    if (!this.#full) return;
    this.#trim();
    if (this.#held > this.#maxBytes) return;
    this.#full = false;
    this.onDrain?.();
  }

  /** As long as nobody follows, what continues a text is added to it: a text of many deltas takes little room. */
  #hold(event: StreamEvent, size: number): void {
    const last = this.#events.length - 1;
    const joined = this.#followers.size > 0 ? null : joinedDelta(this.#events[last], event);
    if (joined === null) {
      this.#events.push(event);
      this.#sizes.push(size);
    } else {
      this.#events[last] = joined;
      this.#sizes[last] = (this.#sizes[last] ?? 0) + size;
    }
  }

  #over(): void {
    this.#abandon = null;
    this.#found();
    this.#onOver();
  }

  #tellAll(): void {
    for (const follower of [...this.#followers]) follower.onEvents();
  }

  #trim(): void {
    if (!this.overflowed) return;
    let least = Infinity;
    for (const { taken } of this.#followers) least = Math.min(least, taken);
    const count = Math.min(least - this.#dropped, this.#events.length);
    if (count <= 0) return;
    this.#events.splice(0, count);
    for (const size of this.#sizes.splice(0, count)) this.#held -= size;
    this.#dropped += count;
  }
}

/** Two deltas of one text as one; null where they are not that. */
function joinedDelta(first: StreamEvent | undefined, second: StreamEvent): StreamEvent | null {
  if (first === undefined || !("text" in first) || !("text" in second) || first.type !== second.type) {
    return null;
  }
  if (first.choice !== second.choice || first.part !== second.part) return null;
  if ("logprobs" in first || "logprobs" in second) return null;
  if (first.type === "reasoning_delta" && second.type === "reasoning_delta") {
    if (first.summaryIndex !== second.summaryIndex) return null;
  }
  return { ...first, text: first.text + second.text };
}
