import { CONTEXT, type Found } from "./found.ts";
import type { Inspector } from "./inspector.ts";
import { PatternLines } from "./pattern_lines.ts";
import { Scanner, type ScanSink } from "./scanner.ts";

export interface TextFilterOptions {
  readonly inspector: Inspector;
  /** Whether this request's placeholders become what they stand for. */
  readonly restores: boolean;
  /** False: the text stays as it is, and may only be blocked. */
  readonly alterable: boolean;
}

/** A text that goes through in pieces, however they are cut. Holds back what is not decided, a bounded amount. */
export class TextFilter implements ScanSink {
  readonly #options: TextFilterOptions;
  readonly #scanner: Scanner;
  /** What is not decided, after as much of what is as context needs. */
  #text = "";
  #decided = 0;
  /** Up to where text went out, or something did in its place. */
  #written = 0;
  #out = "";

  constructor(options: TextFilterOptions) {
    const { policy, placeholders } = options.inspector;
    const patterns = policy?.patterns ?? [];
    const lines = policy === null || patterns.length === 0
      ? null
      : new PatternLines(patterns, { ms: policy.patternBudget, now: () => performance.now() });
    this.#options = options;
    this.#scanner = new Scanner(options.restores && options.alterable && placeholders.size > 0, lines);
  }

  /** @returns what can go out. @throws {GatewayError} `content_blocked` before anything of what is blocked goes out. */
  push(text: string): string {
    this.#text += text;
    return this.#advance(false);
  }

  /** Nothing follows. @returns what was held back. */
  end(): string {
    const rest = this.#advance(true);
    this.#text = "";
    this.#decided = this.#written = 0;
    return rest;
  }

  found({ type, start, end }: Found): void {
    const { inspector, alterable } = this.#options;
    const replacement = inspector.replacementOf(type, this.#text.slice(start, end), alterable);
    if (replacement !== null) this.#replace(start, end, replacement);
  }

  placeholder(start: number, end: number): void {
    const value = this.#options.inspector.placeholders.valueOf(this.#text.slice(start, end));
    if (value !== null) this.#replace(start, end, value);
  }

  #replace(start: number, end: number, replacement: string): void {
    this.#out += this.#text.slice(this.#written, start) + replacement;
    this.#written = end;
  }

  #advance(ended: boolean): string {
    this.#decided = this.#scanner.scan(this.#text, this.#decided, ended, this);
    const out = this.#out + this.#text.slice(this.#written, this.#decided);
    this.#out = "";
    const spent = Math.max(0, this.#decided - CONTEXT);
    this.#text = this.#text.slice(spent);
    this.#scanner.shift(spent);
    this.#decided -= spent;
    this.#written = this.#decided;
    return out;
  }
}

/** A whole text through a filter of its own. */
export function filterText(text: string, options: TextFilterOptions): string {
  const filter = new TextFilter(options);
  return filter.push(text) + filter.end();
}
