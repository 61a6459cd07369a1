import { CONFUSABLES } from "./confusables.ts";

/** What a character is folded to: nothing at all, the end of a word, or the code of a letter. */
export const SKIP = 1;
export const GAP = 0;
/** In the table: not looked at yet. */
const UNKNOWN = 0xffff;
/** In the table: several characters. */
const SEVERAL = 2;

/** Letters that stand for others in plain text: I, l and 1 are one, as in UTS 39; the rest is leetspeak. */
const STAND_INS: Readonly<Record<string, string>> = {
  i: "l",
  "0": "o",
  "1": "l",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "8": "b",
  "9": "g",
};
/** Characters that are letters only beside letters, and what they are then. */
const BESIDE_LETTERS: Readonly<Record<string, string>> = { "@": "a", "$": "s", "€": "e", "|": "l", "!": "l" };

/** Written for nobody to see: joiners, directions, variation selectors, the soft hyphen. */
const INVISIBLE =
  /^[\p{M}\p{Default_Ignorable_Code_Point}\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]$/u;
const LETTER = /^[\p{L}\p{N}]$/u;

/** Regional indicators, and the letters in circles and squares that decompose to nothing. */
const LETTER_BLOCKS = [0x1f1e6, 0x1f150, 0x1f170, 0x1f130];
const LETTERS = 26;
/** Characters beyond the basic plane that are remembered. */
const MOST_REMEMBERED = 4096;

/** Empty until somebody reads a text. */
let table = new Uint16Array();
const several = new Map<number, string>();
let confusables: ReadonlyMap<string, string> | null = null;
const beside = new Map(
  Object.entries(BESIDE_LETTERS).map(([from, to]) => [from.charCodeAt(0), to.charCodeAt(0)]),
);

/** What a character of the basic plane becomes: {@linkcode GAP}, {@linkcode SKIP}, a letter; -1: several letters. */
export function foldedUnit(code: number): number {
  const known = table[code];
  if (known === undefined || known === UNKNOWN) return learn(code);
  if (known > SEVERAL) return known;
  return known === SEVERAL ? -1 : known;
}

/** The letters that a character becomes; empty: none, and `GAP` is told by {@linkcode foldedUnit}. */
export function foldedLetters(codePoint: number): string {
  const known = several.get(codePoint);
  if (known !== undefined) return known;
  const letters = fold(codePoint);
  if (several.size < MOST_REMEMBERED) several.set(codePoint, letters);
  return letters;
}

/** The letter that a sign is between others; 0: none. */
export function besideLetters(code: number): number {
  return beside.get(code) ?? 0;
}

function isInvisible(codePoint: number): boolean {
  return INVISIBLE.test(String.fromCodePoint(codePoint));
}

function learn(code: number): number {
  if (table.length === 0) table = new Uint16Array(0x10000).fill(UNKNOWN);
  const letters = fold(code);
  let value = letters.charCodeAt(0);
  if (letters === "") value = isInvisible(code) ? SKIP : GAP;
  else if (letters.length > 1) value = SEVERAL;
  table[code] = value;
  return value === SEVERAL ? -1 : value;
}

/** Compatible forms made one, marks taken off, small letters, then what looks like or stands for a Latin letter. */
function fold(codePoint: number): string {
  for (const first of LETTER_BLOCKS) {
    if (codePoint >= first && codePoint < first + LETTERS) return standIn(codePoint - first + 97);
  }
  let letters = "";
  for (const character of String.fromCodePoint(codePoint).normalize("NFKD")) {
    if (INVISIBLE.test(character)) continue;
    const alike = (confusables ??= lookAlikes()).get(character);
    if (alike === undefined && !LETTER.test(character)) continue;
    for (const letter of alike ?? character.toLowerCase()) letters += standIn(letter.codePointAt(0) ?? 0);
  }
  return letters;
}

function standIn(code: number): string {
  const letter = String.fromCodePoint(code);
  return STAND_INS[letter] ?? letter;
}

/** A letter counts like its capital or small one that looks like a Latin letter, so that case makes no difference. */
function lookAlikes(): Map<string, string> {
  const all = new Map<string, string>();
  for (const [letter, characters] of Object.entries(CONFUSABLES)) {
    for (const character of characters) all.set(character, letter);
  }
  for (const [character, letter] of [...all]) {
    for (const other of [character.toLowerCase(), character.toUpperCase()]) {
      if (!all.has(other)) all.set(other, letter);
    }
  }
  return all;
}
