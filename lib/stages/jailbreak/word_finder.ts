import { type FoldedText, MAYBE, WORD } from "./folded_text.ts";

/** A word or phrase that is looked for. */
export interface FinderWord {
  /** Folded. */
  readonly letters: string;
  /** Where its second word begins, its third, and so on. */
  readonly gaps: readonly number[];
  /** What it is told as. */
  readonly meaning: number;
  /** It may go on after its last letter. */
  readonly open: boolean;
}

/** Told of each word that stands in a text, in the order of their ends. */
export type OnWord = (meaning: number, start: number, end: number) => void;

const ROOT = 0;
/** Letters below are in most texts. */
const ASCII = 128;

/**
 * Finds all of many words in one pass: time is linear in the text and what is found in it. Words of Latin letters alone
 * have a table of their own, which is small enough to stay at hand; the other is read for texts that have other letters.
 */
export class WordFinder {
  readonly #words: readonly FinderWord[];
  readonly #latin: Automaton;
  readonly #other: Automaton;

  constructor(words: readonly FinderWord[]) {
    this.#words = words;
    this.#latin = new Automaton(words.map(({ letters }) => isLatin(letters) ? letters : ""));
    this.#other = new Automaton(words.map(({ letters }) => isLatin(letters) ? "" : letters));
  }

  find(text: FoldedText, onWord: OnWord): void {
    const { letters, begins, length } = text;
    const latin = this.#latin;
    const other = text.hasOthers ? this.#other : null;
    const { next, columns, ends } = latin;
    let state = ROOT;
    let otherState = ROOT;
    for (let at = 0; at < length; at++) {
      const letter = letters[at] as number;
      state = next[state + (columns[letter] as number)] as number;
      if (ends[state] === 1) this.#tell(latin, state, at + 1, begins, length, onWord);
      if (other === null) continue;
      otherState = other.next[otherState + (other.columns[letter] as number)] as number;
      if (other.ends[otherState] === 1) this.#tell(other, otherState, at + 1, begins, length, onWord);
    }
  }

  #tell(
    { wordsAt }: Automaton,
    state: number,
    end: number,
    begins: Uint8Array,
    length: number,
    onWord: OnWord,
  ): void {
    const ending = wordsAt.get(state) ?? NONE;
    const wordEnds = end === length || ((begins[end] as number) & (WORD | MAYBE)) !== 0;
    for (let i = 0; i < ending.length; i++) {
      const word = this.#words[ending[i] as number] as FinderWord;
      const start = end - word.letters.length;
      if (((begins[start] as number) & (WORD | MAYBE)) === 0 || !(wordEnds || word.open)) continue;
      if (isOneWord(word, begins, start)) onWord(word.meaning, start, end);
    }
  }
}

const NONE: readonly number[] = [];
/** Letters from which on a word is one however it is divided: nothing else comes together to so many. */
const LONG = 8;

/** Whether a word is divided as it should be, or letter by letter: "env/last" is no "envía". */
function isOneWord({ letters, gaps }: FinderWord, begins: Uint8Array, start: number): boolean {
  if (letters.length >= LONG) return true;
  let divided = 0;
  let wrong = false;
  for (let at = 1; at < letters.length; at++) {
    if (((begins[start + at] as number) & WORD) === 0) continue;
    divided++;
    if (!gaps.includes(at)) wrong = true;
  }
  return !wrong || divided === letters.length - 1;
}

function isLatin(letters: string): boolean {
  for (let i = 0; i < letters.length; i++) if (letters.charCodeAt(i) >= ASCII) return false;
  return true;
}

/**
 * Aho and Corasick's automaton, as a full table of transitions. A state is the place where its row begins.
 *
 * @see https://doi.org/10.1145/360825.360855
 */
class Automaton {
  /** Of each letter that any word has, its column; 0: none has it. */
  readonly columns = new Uint16Array(0x10000);
  /** Rows with the next state for each letter. */
  readonly next: Uint32Array;
  /** Of each state: 1 where words end. */
  readonly ends: Uint8Array;
  /** Which: places in the list of words. */
  readonly wordsAt = new Map<number, readonly number[]>();

  /** @param words empty ones are left out. */
  constructor(words: readonly string[]) {
    let width = 1;
    let states = 1;
    for (const letters of words) {
      states += letters.length;
      for (let i = 0; i < letters.length; i++) {
        const code = letters.charCodeAt(i);
        if (this.columns[code] === 0) this.columns[code] = width++;
      }
    }
    const room = new Uint32Array(states * width);
    const ending = new Map<number, number[]>();
    /** Of each state, the columns of its own words. */
    const own: number[][] = [[]];
    let last = ROOT;
    for (const [index, letters] of words.entries()) {
      if (letters === "") continue;
      let state = ROOT;
      for (let i = 0; i < letters.length; i++) {
        const column = this.columns[letters.charCodeAt(i)] as number;
        if (room[state + column] === ROOT) {
          room[state + column] = last += width;
          own[state / width]?.push(column);
          own.push([]);
        }
        state = room[state + column] as number;
      }
      const known = ending.get(state);
      if (known === undefined) ending.set(state, [index]);
      else known.push(index);
    }
    this.next = room.slice(0, last + width);
    this.ends = new Uint8Array(last + width);
    this.#complete(width, own, ending);
    for (const [state, indexes] of ending) {
      this.ends[state] = 1;
      this.wordsAt.set(state, indexes);
    }
  }

  /** Fills in where each state goes when its word does not go on, breadth first. */
  #complete(width: number, own: readonly (readonly number[])[], ending: Map<number, number[]>): void {
    const { next } = this;
    /** Of each state: the one of the longest other word that ends like its own. */
    const fallback = new Uint32Array(own.length);
    const queue = (own[ROOT] ?? []).map((column) => next[column] as number);
    for (let at = 0; at < queue.length; at++) {
      const state = queue[at] as number;
      const back = fallback[state / width] as number;
      const shorter = ending.get(back);
      if (shorter !== undefined) ending.set(state, [...ending.get(state) ?? [], ...shorter]);
      const columns = own[state / width] ?? NONE;
      const children = columns.map((column) => next[state + column] as number);
      next.copyWithin(state, back, back + width);
      for (const [index, child] of children.entries()) {
        const cell = state + (columns[index] as number);
        fallback[child / width] = next[cell] as number;
        next[cell] = child;
        queue.push(child);
      }
    }
  }
}
