import { hasUnspaced, normalised, tokens } from "../embedding/tokens.ts";
import type { Category, Classifier, Verdict } from "./category.ts";

/** A keyword of several words, or of one with any ending. */
interface Phrase {
  readonly category: number;
  readonly words: readonly string[];
  /** The last word may go on. */
  readonly open: boolean;
}

/**
 * Counts the keywords and patterns of each category in a text. The score is the share of what was found that is the
 * best category's, and grows with how much that is: 0.5 for one keyword and nothing else, 0.75 for two, 0.25 where
 * two categories have one each. A keyword counts once however often it comes.
 */
export function keywordClassifier(categories: readonly Category[]): Classifier {
  const words = new Map<string, Phrase[]>();
  const openWords: Phrase[] = [];
  /** In scripts without spaces a word has no ends: it is looked for wherever it stands. */
  const pieces: { readonly category: number; readonly text: string }[] = [];
  for (const [category, { keywords }] of categories.entries()) {
    for (const keyword of new Set(keywords)) {
      const open = keyword.endsWith("*");
      const plain = open ? keyword.slice(0, -1) : keyword;
      if (hasUnspaced(plain)) {
        pieces.push({ category, text: normalised(plain) });
        continue;
      }
      const parts = tokens(plain);
      const [first] = parts;
      if (first === undefined) continue;
      const phrase = { category, words: parts, open };
      if (open && parts.length === 1) openWords.push(phrase);
      else words.set(first, [...words.get(first) ?? [], phrase]);
    }
  }

  return {
    type: "keyword",
    model: null,
    classify(_exchange, _run, text) {
      const hits = categories.map(() => 0);
      const found = new Set<Phrase>();
      const said = tokens(text);
      const hit = (phrase: Phrase) => {
        if (found.has(phrase)) return;
        found.add(phrase);
        hits[phrase.category] = (hits[phrase.category] ?? 0) + 1;
      };
      for (const [at, word] of said.entries()) {
        for (const phrase of words.get(word) ?? NONE) if (stands(phrase, said, at)) hit(phrase);
        for (const phrase of openWords) if (word.startsWith(phrase.words[0] ?? "")) hit(phrase);
      }
      const whole = pieces.length === 0 ? "" : normalised(text);
      for (const piece of pieces) {
        if (whole.includes(piece.text)) hits[piece.category] = (hits[piece.category] ?? 0) + 1;
      }
      for (const [category, { patterns }] of categories.entries()) {
        for (const pattern of patterns) {
          if (pattern.test(text)) hits[category] = (hits[category] ?? 0) + 1;
        }
      }
      return best(categories, hits);
    },
  };
}

const NONE: readonly Phrase[] = [];

function stands({ words, open }: Phrase, said: readonly string[], at: number): boolean {
  const last = words.length - 1;
  for (let i = 1; i <= last; i++) {
    const word = said[at + i];
    if (word === undefined) return false;
    if (open && i === last ? !word.startsWith(words[i] ?? "") : word !== words[i]) return false;
  }
  return true;
}

function best(categories: readonly Category[], hits: readonly number[]): Verdict | null {
  const most = Math.max(0, ...hits);
  if (most === 0) return null;
  const all = hits.reduce((sum, count) => sum + count, 0);
  const name = categories[hits.indexOf(most)]?.name ?? "";
  return { category: name, score: (most / all) * (1 - 2 ** -most) };
}
