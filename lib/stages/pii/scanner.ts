import { AT, GAP, HEX, kindOf, LOWER, WORD } from "./characters.ts";
import { CONTEXT, type Found, LONGEST_WORD, REACH } from "./found.ts";
import { ipv6, IPV6_REACH, isAddressCharacter } from "./ip.ts";
import { isCandidate, judge, looksOn } from "./judge.ts";
import { endsAt } from "./digits.ts";
import { DOMAIN_REACH } from "./email.ts";
import type { PatternLines } from "./pattern_lines.ts";
import { PEM_REACH, privateKeyEnd } from "./secrets.ts";

const HYPHEN = 45;
const PLUS = 43;
const COLON = 58;
const LESS = 60;
const DASHES = "-----BEGIN ";
const PLACEHOLDER = /<[A-Z][A-Z0-9_]{0,62}>/y;
/** Characters of the longest placeholder. */
const PLACEHOLDER_REACH = 65;

/** Hears what a scan comes to, in the order of the text. */
export interface ScanSink {
  found(found: Found): void;
  /** Something that has the form of a placeholder; the end exclusive. */
  placeholder(start: number, end: number): void;
}

/**
 * Walks over a text once and finds what is somebody's. Whether something is found at a place depends only on the
 * {@linkcode CONTEXT} characters before it and a bounded number after it, and is decided once these are there: so a
 * text in pieces gives what the whole one gives, and a piece is held back no longer than it has to be.
 */
export class Scanner {
  readonly #placeholders: boolean;
  readonly #lines: PatternLines | null;
  #text = "";
  #ended = false;
  /** The last step found something. */
  #matched = false;

  /** @param placeholders whether what has their form is told. */
  constructor(placeholders: boolean, lines: PatternLines | null) {
    this.#placeholders = placeholders;
    this.#lines = lines;
  }

  /**
   * @param from where the last scan of this text ended.
   * @param ended nothing follows.
   * @returns up to where all is decided.
   */
  scan(text: string, from: number, ended: boolean, sink: ScanSink): number {
    this.#text = text;
    this.#ended = ended;
    const lines = this.#lines;
    let at = from;
    while (at < text.length) {
      if (lines !== null) {
        if (!lines.covers(text, at, ended)) return at;
        const custom = lines.at(at);
        if (custom !== null) {
          sink.found(custom);
          at = custom.end;
          continue;
        }
      }
      this.#matched = false;
      const next = this.#step(at, sink);
      if (next < 0) return at;
      at = lines === null || this.#matched ? next : lines.before(at, next);
    }
    return at;
  }

  /** The text's first characters are gone. */
  shift(by: number): void {
    this.#lines?.shift(by);
  }

  /** @returns where to go on, or -1 where more of the text has to be known. */
  #step(at: number, sink: ScanSink): number {
    const text = this.#text;
    const code = text.charCodeAt(at);
    if ((kindOf(code) & WORD) === 0) {
      if (code === LESS && this.#placeholders) return this.#placeholder(at, sink);
      if (code === COLON && !(at > 0 && kindOf(text.charCodeAt(at - 1)) & WORD)) {
        return this.#address(at, at + 1, sink);
      }
      return at + 1;
    }
    if (code === HYPHEN) return this.#hyphen(at, sink);
    if (code === PLUS && at + 1 >= text.length && !this.#ended) return -1;
    // What only joins words begins none; a plus begins a number.
    if ((kindOf(code) & ~(WORD | GAP)) === 0 && !(code === PLUS && kindOf(text.charCodeAt(at + 1)) & HEX)) {
      return at + 1;
    }
    return this.#word(at, sink);
  }

  #word(at: number, sink: ScanSink): number {
    const text = this.#text;
    let furthest = at + LONGEST_WORD;
    let kinds = 0;
    let end = at;
    for (; end < furthest && end < text.length; end++) {
      const kind = kindOf(text.charCodeAt(end));
      if ((kind & WORD) === 0) break;
      // What stands behind an address is another word: many of them in one would each be read to its end.
      if ((kind & ~kinds & AT) !== 0) furthest = Math.min(furthest, end + DOMAIN_REACH);
      kinds |= kind;
    }
    if (end === text.length && end < furthest && !this.#ended) return -1;
    if (end - at <= 4 && text.charCodeAt(end) === COLON && this.#beginsAddress(at, end)) {
      return this.#address(at, end, sink);
    }
    if (!isCandidate(kinds, end - at)) return end;
    const limit = looksOn(text, at, kinds) ? this.#limit(at, end) : end;
    if (limit < 0) return -1;
    let context: string | null = null;
    const found = judge({
      text,
      start: at,
      wordEnd: end,
      limit,
      context: () => context ??= text.slice(Math.max(0, at - CONTEXT), at).toLowerCase(),
    }, kinds);
    return found === null ? end : this.#found(found, sink);
  }

  /** How far a number that begins here may be read; -1: not known yet. */
  #limit(start: number, wordEnd: number): number {
    const text = this.#text;
    const furthest = start + REACH;
    let at = wordEnd;
    for (; at < furthest && at < text.length; at++) {
      const kind = kindOf(text.charCodeAt(at));
      if ((kind & (WORD | GAP)) === 0 || (kind & LOWER) !== 0) return at;
    }
    return at < text.length || this.#ended ? at : -1;
  }

  /** Whether a group of hexadecimal digits is the first of its kind. */
  #beginsAddress(start: number, end: number): boolean {
    const text = this.#text;
    for (let at = start; at < end; at++) {
      if ((kindOf(text.charCodeAt(at)) & HEX) === 0) return false;
    }
    if (start === 0 || text.charCodeAt(start - 1) !== COLON) return true;
    const before = text.charCodeAt(start - 2);
    return before !== COLON && (kindOf(before) & HEX) === 0;
  }

  #address(at: number, otherwise: number, sink: ScanSink): number {
    const text = this.#text;
    let end = at;
    while (end < text.length && end - at < IPV6_REACH && isAddressCharacter(text.charCodeAt(end))) end++;
    if (end === text.length && !this.#ended && end - at < IPV6_REACH) return -1;
    const found = endsAt(text, end) ? ipv6(text, at, end) : null;
    return found === null ? otherwise : this.#found(found, sink);
  }

  /** May begin a private key. */
  #hyphen(at: number, sink: ScanSink): number {
    const text = this.#text;
    for (let i = 1; i < DASHES.length; i++) {
      if (at + i >= text.length) return this.#ended ? at + 1 : -1;
      if (text.charCodeAt(at + i) !== DASHES.charCodeAt(i)) return at + 1;
    }
    const limit = Math.min(text.length, at + PEM_REACH);
    const end = privateKeyEnd(text, at, limit, !this.#ended && limit < at + PEM_REACH);
    if (Number.isNaN(end)) return -1;
    return end === 0 ? at + 1 : this.#found({ type: "secret", start: at, end }, sink);
  }

  #found(found: Found, sink: ScanSink): number {
    this.#matched = true;
    sink.found(found);
    return found.end;
  }

  #placeholder(at: number, sink: ScanSink): number {
    const text = this.#text;
    PLACEHOLDER.lastIndex = at;
    const match = PLACEHOLDER.exec(text);
    if (match !== null) {
      this.#matched = true;
      sink.placeholder(at, at + match[0].length);
      return at + match[0].length;
    }
    if (this.#ended || text.length >= at + PLACEHOLDER_REACH) return at + 1;
    for (let i = at + 1; i < text.length; i++) {
      if (!/[A-Z0-9_]/.test(text.charAt(i))) return at + 1;
    }
    return -1;
  }
}
