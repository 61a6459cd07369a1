import type { Command } from "./sqlite/messages.ts";

/** A command that somebody waits for. */
export interface Pending {
  readonly command: Command;
  /** Monotonic milliseconds after which nobody waits for it. */
  readonly until: number;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Commands that wait to be sent, bounded by their number and by the text that they hold. */
export class CommandQueue {
  readonly #maxCommands: number;
  readonly #maxCharacters: number;
  #waiting: { readonly pending: Pending; readonly characters: number }[] = [];
  #characters = 0;

  constructor(maxCommands: number, maxCharacters: number) {
    this.#maxCommands = maxCommands;
    this.#maxCharacters = maxCharacters;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** @returns false where there is no room for it. */
  add(pending: Pending): boolean {
    const characters = textLength(pending.command);
    const full = this.length >= this.#maxCommands || this.#characters + characters > this.#maxCharacters;
    if (full) return false;
    this.#waiting.push({ pending, characters });
    this.#characters += characters;
    return true;
  }

  /** Takes out the oldest, `count` at most. */
  take(count: number): Pending[] {
    const taken = this.#waiting.splice(0, count);
    for (const { characters } of taken) this.#characters -= characters;
    return taken.map(({ pending }) => pending);
  }
}

/** Characters of all texts in a value, and bytes. */
function textLength(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 0;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  let length = 0;
  for (const item of Object.values(value)) length += textLength(item);
  return length;
}
