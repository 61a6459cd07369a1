import { type Concept, CONCEPTS } from "./concepts.ts";
import { FoldedText, SENTENCE, WORD } from "./folded_text.ts";
import { type Rule, RULES, type Technique } from "./techniques.ts";
import { type FinderWord, WordFinder } from "./word_finder.ts";

/** What speaks for an attack in one text. */
export interface Evidence {
  /** From 0 to 1. */
  readonly score: number;
  readonly technique: Technique | "phrase";
}

/** Letters between a phrase and a word that tells that it is only talked about. */
const MENTION_REACH = 150;
/** What is left of a score then. */
const MENTIONED = 0.7;
/** Words that were moved or turned round, until the whole text may be. */
const SEVERAL = 2;
const NEVER = -1_000_000;

/** Where a word has a part: in which rule, as which step, and where that is noted. */
interface Part {
  readonly rule: Rule;
  readonly step: number;
  readonly slot: number;
}

const names = Object.keys(CONCEPTS) as Concept[];
const MENTION = names.indexOf("mention");
const ROTATED = names.indexOf("rotated");
const REVERSED = names.indexOf("reversed");

/** Whoever looks for attacks looks for these: made once, when somebody does. */
let builtIn: WordFinder | null = null;

function builtInWords(): WordFinder {
  if (builtIn !== null) return builtIn;
  const folded = new FoldedText();
  const words = names.flatMap((name, meaning) =>
    CONCEPTS[name].flatMap((line) => line.split("|").map((text) => word(text, meaning, folded)))
  );
  return builtIn = new WordFinder(words);
}

function word(text: string, meaning: number, folded: FoldedText): FinderWord {
  const open = text.endsWith("*");
  folded.read(open ? text.slice(0, -1) : text);
  const letters = folded.toString();
  const gaps = [...letters].flatMap((_, at) => ((folded.begins[at] ?? 0) & WORD) === 0 ? [] : [at]);
  return { letters, gaps, meaning, open };
}

/** A phrase where it stands, letters. */
interface Place {
  readonly start: number;
  readonly end: number;
}

/**
 * Finds the phrases of attacks in folded texts. Words are looked for in one pass; what they come to together is noted step
 * by step, so that time is linear in the text.
 */
export class PhraseScan {
  readonly #finder = builtInWords();
  /** Of the configuration's phrases; null: there are none. */
  readonly #ownFinder: WordFinder | null;
  /** Of each meaning, the parts that it has, last steps first. */
  readonly #parts: readonly (readonly Part[])[];
  /** Of each step of each rule: where its last match ended, and in which sentence. */
  readonly #ends: Int32Array;
  readonly #sentences: Int32Array;
  /** Of each rule that was found in the text at hand: where. */
  readonly #found = new Map<Rule, Place[]>();
  #rotated = 0;
  #reversed = 0;

  /** @param own phrases of the configuration, which count by themselves. */
  constructor(own: readonly string[] = []) {
    const folded = new FoldedText();
    this.#ownFinder = own.length === 0 ? null : new WordFinder(own.map((text) => word(text, 0, folded)));
    const parts: Part[][] = names.map(() => []);
    let slot = 0;
    for (const rule of RULES) {
      for (const [step, name] of rule.steps.entries()) {
        parts[names.indexOf(name)]?.unshift({ rule, step, slot: slot++ });
      }
    }
    this.#parts = parts;
    this.#ends = new Int32Array(slot);
    this.#sentences = new Int32Array(slot);
  }

  /** Whether the text that was looked at last seems to be moved by thirteen letters, or turned round. */
  get rotated(): boolean {
    return this.#rotated >= SEVERAL;
  }

  get reversed(): boolean {
    return this.#reversed >= SEVERAL;
  }

  /**
   * @param untrusted it is what a tool or a document says.
   * @returns null where nothing speaks for an attack.
   */
  scan(text: FoldedText, untrusted: boolean): Evidence | null {
    this.#ends.fill(NEVER);
    this.#found.clear();
    this.#rotated = this.#reversed = 0;
    let mentions: number[] | null = null;
    let sentence = 0;
    let counted = 0;
    this.#finder.find(text, (meaning, start, end) => {
      if (meaning === MENTION) (mentions ??= []).push(end);
      else if (meaning === ROTATED) this.#rotated++;
      else if (meaning === REVERSED) this.#reversed++;
      else {
        // Words come in the order of their ends; one that begins before is in the sentence of its end.
        for (; counted < end; counted++) if (((text.begins[counted] as number) & SENTENCE) !== 0) sentence++;
        this.#step(meaning, start, end, sentence);
      }
    });
    if (this.#hasOwn(text)) return { score: 1, technique: "phrase" };
    if (this.#found.size === 0) return null;
    return this.#judge(untrusted, mentions);
  }

  #step(meaning: number, start: number, end: number, sentence: number): void {
    const parts = this.#parts[meaning] as readonly Part[];
    for (let i = 0; i < parts.length; i++) {
      const { rule, step, slot } = parts[i] as Part;
      if (step > 0) {
        const apart = start - (this.#ends[slot - 1] as number);
        if (apart < 0 || apart > (rule.gaps[step] as number)) continue;
        if (rule.sentence && this.#sentences[slot - 1] !== sentence) continue;
      }
      this.#ends[slot] = end;
      this.#sentences[slot] = sentence;
      if (step + 1 === rule.steps.length) this.#note(rule, start, end);
    }
  }

  #note(rule: Rule, start: number, end: number): void {
    const places = this.#found.get(rule);
    if (places === undefined) this.#found.set(rule, [{ start, end }]);
    else places.push({ start, end });
  }

  #hasOwn(text: FoldedText): boolean {
    let found = false;
    this.#ownFinder?.find(text, () => found = true);
    return found;
  }

  #judge(untrusted: boolean, mentions: readonly number[] | null): Evidence {
    const scores = new Map<Technique, number>();
    let best: Evidence = { score: 0, technique: "override" };
    let quoted = 0;
    for (const [rule, places] of this.#found) {
      const { technique } = rule;
      const score = untrusted ? rule.untrusted : rule.score;
      if (mentions !== null && places.every((place) => isMentioned(mentions, place))) {
        quoted = Math.max(quoted, score * MENTIONED);
        if (quoted > best.score) best = { score: quoted, technique };
        continue;
      }
      scores.set(technique, Math.max(scores.get(technique) ?? 0, score));
      if (score > best.score) best = { score, technique };
    }
    // Ways that come together speak for one another.
    let doubt = 1;
    for (const score of scores.values()) doubt *= 1 - score;
    return { score: Math.max(quoted, 1 - doubt), technique: best.technique };
  }
}

/** Whether one of the mentions, by their ends in order, is near. */
function isMentioned(mentions: readonly number[], { start, end }: Place): boolean {
  const first = start - MENTION_REACH;
  let from = 0;
  let to = mentions.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((mentions[middle] as number) < first) from = middle + 1;
    else to = middle;
  }
  return from < mentions.length && (mentions[from] as number) <= end + MENTION_REACH;
}
