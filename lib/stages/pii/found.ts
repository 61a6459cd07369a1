/** A piece of text that is somebody's: its kind in lower case (`email`), its place, the end exclusive. */
export interface Found {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

/** Where a candidate begins, and what may be looked at to judge it. */
export interface Candidate {
  readonly text: string;
  /** Of the word's first character. */
  readonly start: number;
  /** After the word's last one. */
  readonly wordEnd: number;
  /** Of the last character that may be looked at; a detector that reads on would judge differently in a stream. */
  readonly limit: number;
  /** The characters before it, in lower case, at most {@linkcode CONTEXT} of them. */
  readonly context: () => string;
}

/** How far back words are looked for that tell what a number is. */
export const CONTEXT = 64;
/** How far a number with its separators may reach: an IBAN in groups has 42 characters. */
export const REACH = 72;
/** The longest word that is looked at as a whole: tokens grow to a few thousand characters. */
export const LONGEST_WORD = 8192;
