import { besideLetters, foldedLetters, foldedUnit, GAP, SKIP } from "./fold.ts";

/** A word begins with the letter. */
export const WORD = 1;
/** So does a sentence. */
export const SENTENCE = 2;
/** A word may begin with it: it stands for a sign that may be one, or comes after such. */
export const MAYBE = 4;

const FIRST_SURROGATE = 0xd800;
const LAST_SURROGATE = 0xdfff;
/** From here on scripts put no spaces between words, up to Korean. */
const UNSPACED = 0x2e80;
const LAST_UNSPACED = 0x9fff;
const SPACE = 32;
const SENTENCE_ENDS = new Set([..."!.?;。！？；"].map((character) => character.charCodeAt(0)));
const MIN_CAPACITY = 4096;

/**
 * The letters of a text and nothing between them, in the form in which they are compared: what is written with other
 * alphabets, signs, spaces between letters or invisible characters comes out as what it is read as. Kept until the
 * next text; one at a time is all there is.
 */
export class FoldedText {
  letters: Uint16Array<ArrayBuffer> = new Uint16Array(MIN_CAPACITY);
  /** Of each letter: {@linkcode WORD}, {@linkcode SENTENCE}. */
  begins: Uint8Array<ArrayBuffer> = new Uint8Array(MIN_CAPACITY);
  length = 0;
  /** Whether any is none of ASCII's. */
  hasOthers = false;

  /** @returns itself, with another text. Time and room are linear in the text. */
  read(text: string): this {
    this.#reserve(text.length);
    let { letters, begins } = this;
    let length = 0;
    let all = 0;
    let flag = WORD | SENTENCE;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      let letter = code >= FIRST_SURROGATE && code <= LAST_SURROGATE ? -1 : foldedUnit(code);
      if (letter > SKIP) {
        all |= letter;
        const unspaced = letter >= UNSPACED && letter <= LAST_UNSPACED ? WORD : 0;
        letters[length] = letter;
        begins[length++] = flag | unspaced;
        flag = unspaced;
        continue;
      }
      if (letter === SKIP) continue;
      if (letter === GAP) {
        letter = code === SPACE ? 0 : besideLetters(code);
        if (letter !== 0 && isLetter(text, at + 1)) {
          // Words may end before it and begin after it, if it is a sign after all.
          letters[length] = letter;
          begins[length++] = flag | MAYBE;
          flag = MAYBE;
          continue;
        }
        flag |= WORD;
        if (code !== SPACE && SENTENCE_ENDS.has(code) && !isLetter(text, at + 1)) flag |= SENTENCE;
        continue;
      }
      const codePoint = text.codePointAt(at) ?? code;
      if (codePoint > 0xffff) at++;
      const several = foldedLetters(codePoint);
      if (several === "") {
        flag |= WORD;
        continue;
      }
      if (length + several.length + text.length - at > letters.length) {
        this.length = length;
        this.#reserve(letters.length * 2 + several.length);
        ({ letters, begins } = this);
      }
      for (let i = 0; i < several.length; i++) {
        all |= letters[length] = several.charCodeAt(i);
        begins[length++] = flag;
        flag = 0;
      }
    }
    this.length = length;
    this.hasOthers = all > 0x7f;
    return this;
  }

  /** A copy of what is there now. */
  toString(): string {
    return String.fromCharCode(...this.letters.subarray(0, this.length));
  }

  #reserve(capacity: number): void {
    if (this.letters.length >= capacity) return;
    const { letters, begins } = this;
    const size = Math.max(capacity, MIN_CAPACITY);
    this.letters = new Uint16Array(size);
    this.letters.set(letters);
    this.begins = new Uint8Array(size);
    this.begins.set(begins);
  }
}

function isLetter(text: string, at: number): boolean {
  if (at >= text.length) return false;
  const code = text.charCodeAt(at);
  return foldedUnit(code) > SKIP || besideLetters(code) !== 0;
}
