import { type FoldedText, WORD } from "./folded_text.ts";

/** A word or phrase that is looked for. */
export interface FinderWord {
  /** Folded. */
  readonly letters: string;
  /** What it is told as. */
  readonly meaning: number;
  /** It may go on after its last letter. */
  readonly open: boolean;
}

/** Told of each word that stands in a text, in the order of their ends. */
export type OnWord = (meaning: number, start: number, end: number) => void;

const ROOT = 0;

/**
 * Finds all of many words in one pass (Aho and Corasick's automaton, as a full table of transitions): time is linear in
 * the text and what is found in it.
 *
 * @see https://doi.org/10.1145/360825.360855
 */
export class WordFinder {
  readonly #words: readonly FinderWord[];
  /** Of each letter that any word has, its column; 0: none has it. */
  readonly #columns = new Uint16Array(0x10000);
  readonly #width: number;
  /** Of each state, a row with the next. */
  readonly #next: Uint16Array;
  /** Of each state, the words that end there; null: none. */
  readonly #ending: (readonly number[] | null)[];

  constructor(words: readonly FinderWord[]) {
    this.#words = words;
    let width = 1;
    let room = 1;
    for (const { letters } of words) {
      room += letters.length;
      for (let i = 0; i < letters.length; i++) {
        const code = letters.charCodeAt(i);
        if (this.#columns[code] === 0) this.#columns[code] = width++;
      }
    }
    this.#width = width;
    const next = new Uint16Array(room * width);
    const ending: number[][] = [[]];
    for (const [index, { letters }] of words.entries()) {
      let state = ROOT;
      for (let i = 0; i < letters.length; i++) {
        const cell = state * width + (this.#columns[letters.charCodeAt(i)] ?? 0);
        if (next[cell] === 0) next[cell] = ending.push([]) - 1;
        state = next[cell] as number;
      }
      ending[state]?.push(index);
    }
    this.#next = next.slice(0, ending.length * width);
    this.#complete(ending);
    this.#ending = ending.map((indexes) => indexes.length === 0 ? null : indexes);
  }

  /** Fills in where each state goes when its word does not go on, breadth first. */
  #complete(ending: number[][]): void {
    const next = this.#next;
    const width = this.#width;
    const fallback = new Uint16Array(ending.length);
    const queue = [...next.subarray(0, width)].filter((state) => state !== ROOT);
    for (let at = 0; at < queue.length; at++) {
      const state = queue[at] as number;
      const back = (fallback[state] as number) * width;
      ending[state]?.push(...ending[fallback[state] as number] ?? []);
      for (let column = 1; column < width; column++) {
        const cell = state * width + column;
        const child = next[cell] as number;
        const other = next[back + column] as number;
        if (child === ROOT) next[cell] = other;
        else {
          fallback[child] = other;
          queue.push(child);
        }
      }
    }
  }

  find(text: FoldedText, onWord: OnWord): void {
    const { letters, begins, length } = text;
    const next = this.#next;
    const width = this.#width;
    const columns = this.#columns;
    let state = ROOT;
    for (let at = 0; at < length; at++) {
      state = next[state * width + (columns[letters[at] as number] as number)] as number;
      const ending = this.#ending[state];
      if (ending === null || ending === undefined) continue;
      const wordEnds = at + 1 === length || ((begins[at + 1] as number) & WORD) !== 0;
      for (let i = 0; i < ending.length; i++) {
        const word = this.#words[ending[i] as number] as FinderWord;
        const start = at + 1 - word.letters.length;
        if (((begins[start] as number) & WORD) === 0 || !(wordEnds || word.open)) continue;
        onWord(word.meaning, start, at + 1);
      }
    }
  }
}
