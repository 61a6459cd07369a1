import { GatewayError } from "../../errors.ts";
import type { Found } from "./found.ts";

/** A pattern of the configuration. */
export interface CustomPattern {
  readonly type: string;
  /** With the flags `g` and `u`. */
  readonly form: RegExp;
}

/** What patterns may take for one text; a stream's waits are none of it. */
export interface PatternBudget {
  readonly ms: number;
  readonly now: () => number;
}

/** The most that patterns look at in one go, characters: a line, cut where it is longer. */
const LONGEST_LINE = 256;
const NEWLINE = 10;

/** What patterns find in the line at hand. They may match over spaces, so a line has to be there whole. */
export class PatternLines {
  readonly #patterns: readonly CustomPattern[];
  readonly #budget: PatternBudget;
  #spent = 0;
  #end = 0;
  /** Matches of the line, in order, not overlapping. */
  #found: Found[] = [];

  constructor(patterns: readonly CustomPattern[], budget: PatternBudget) {
    this.#patterns = patterns;
    this.#budget = budget;
  }

  shift(by: number): void {
    this.#end -= by;
    this.#found = this.#found.map(({ type, start, end }) => ({ type, start: start - by, end: end - by }));
  }

  /** Whether the line that a place is in has been looked at, or can be. */
  covers(text: string, at: number, ended: boolean): boolean {
    if (at < this.#end) return true;
    const end = lineEnd(text, at, ended);
    if (end < 0) return false;
    this.#end = end;
    this.#found = this.#match(text.slice(at, end), at);
    return true;
  }

  /** What begins at a place. */
  at(place: number): Found | null {
    while (this.#found.length > 0 && (this.#found[0]?.start ?? place) < place) this.#found.shift();
    const [first] = this.#found;
    return first?.start === place ? first : null;
  }

  /** The first match in a whole text; null: there is none. */
  first(text: string): Found | null {
    for (let at = 0; at < text.length; at = this.#end) {
      this.covers(text, at, true);
      const [found] = this.#found;
      if (found !== undefined) return found;
    }
    return null;
  }

  /** The next place to go to: what patterns found comes before it. */
  before(at: number, next: number): number {
    const found = this.#found.find(({ start }) => start > at);
    return Math.min(next, found?.start ?? next);
  }

  /** @throws {GatewayError} `stage_timeout` once the patterns have taken more time than they have. */
  #match(line: string, offset: number): Found[] {
    const began = this.#budget.now();
    const all: Found[] = [];
    for (const { type, form } of this.#patterns) {
      form.lastIndex = 0;
      for (let match = form.exec(line); match !== null; match = form.exec(line)) {
        if (match[0] === "") form.lastIndex++;
        else all.push({ type, start: offset + match.index, end: offset + match.index + match[0].length });
      }
    }
    this.#spent += this.#budget.now() - began;
    if (this.#spent > this.#budget.ms) {
      throw new GatewayError("stage_timeout", `The patterns took more than ${this.#budget.ms} ms.`);
    }
    all.sort((a, b) => a.start - b.start || b.end - a.end);
    let last = -1;
    return all.filter(({ start, end }) => start >= last && (last = end) > 0);
  }
}

/** After the line's last character; -1: it is not there yet. */
function lineEnd(text: string, from: number, ended: boolean): number {
  const furthest = Math.min(text.length, from + LONGEST_LINE);
  for (let at = from; at < furthest; at++) {
    if (text.charCodeAt(at) === NEWLINE) return at + 1;
  }
  if (furthest === from + LONGEST_LINE) {
    const space = text.lastIndexOf(" ", furthest - 1);
    return space > from ? space + 1 : furthest;
  }
  return ended ? furthest : -1;
}
