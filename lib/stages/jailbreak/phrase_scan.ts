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

/** Meanings from here on are phrases of the configuration. */
const OWN = names.length;

/**
 * Finds the phrases of attacks in folded texts. Words are looked for in one pass; what they come to together is noted step
 * by step, so that time is linear in the text.
 */
export class PhraseScan {
  readonly #finder: WordFinder;
  /** Of each meaning, the parts that it has, last steps first. */
  readonly #parts: readonly (readonly Part[])[];
  /** Of each step of each rule: where its last match ended, and in which sentence. */
  readonly #ends: Int32Array;
  readonly #sentences: Int32Array;
  /** Of each rule that was found in the text at hand: where. */
  readonly #found = new Map<Rule, { mentioned: boolean; start: number; end: number }[]>();
  #own = false;
  #rotated = 0;
  #reversed = 0;

  /** @param own phrases of the configuration, which count by themselves. */
  constructor(own: readonly string[] = []) {
    const folded = new FoldedText();
    const word = (text: string, meaning: number): FinderWord => {
      const open = text.endsWith("*");
      const letters = folded.read(open ? text.slice(0, -1) : text).toString();
      const gaps = [...letters].flatMap((_, at) => ((folded.begins[at] ?? 0) & WORD) === 0 ? [] : [at]);
      return { letters, gaps, meaning, open };
    };
    const words = names.flatMap((name, meaning) =>
      CONCEPTS[name].flatMap((line) => line.split("|").map((text) => word(text, meaning)))
    );
    words.push(...own.map((text) => word(text, OWN)));
    this.#finder = new WordFinder(words.filter(({ letters }) => letters !== ""));
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
    this.#own = false;
    this.#rotated = this.#reversed = 0;
    let mentions: number[] | null = null;
    let sentence = 0;
    let counted = 0;
    this.#finder.find(text, (meaning, start, end) => {
      if (meaning === MENTION) (mentions ??= []).push(start);
      else if (meaning === ROTATED) this.#rotated++;
      else if (meaning === REVERSED) this.#reversed++;
      else if (meaning === OWN) this.#own = true;
      else {
        // Words come in the order of their ends; one that begins before is in the sentence of its end.
        for (; counted < end; counted++) if (((text.begins[counted] as number) & SENTENCE) !== 0) sentence++;
        this.#step(meaning, start, end, sentence);
      }
    });
    if (this.#own) return { score: 1, technique: "phrase" };
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

  /** The first places of a rule are enough to know whether all of them are talked about. */
  #note(rule: Rule, start: number, end: number): void {
    const places = this.#found.get(rule);
    const place = { mentioned: false, start, end };
    if (places === undefined) this.#found.set(rule, [place]);
    else if (places.length < MOST_PLACES) places.push(place);
  }

  #judge(untrusted: boolean, mentions: readonly number[] | null): Evidence {
    const scores = new Map<Technique, number>();
    let best: Evidence = { score: 0, technique: "override" };
    let quoted = 0;
    for (const [rule, places] of this.#found) {
      const { technique } = rule;
      const score = untrusted ? rule.untrusted : rule.score;
      if (mentions !== null && places.every(({ start, end }) => isMentioned(mentions, start, end))) {
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

/** Places of a rule that are looked at. */
const MOST_PLACES = 8;

function isMentioned(mentions: readonly number[], start: number, end: number): boolean {
  return mentions.some((at) => at >= start - MENTION_REACH && at <= end + MENTION_REACH);
}
