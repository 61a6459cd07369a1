import { type CustomPattern, type PatternBudget, PatternLines } from "../pii/pattern_lines.ts";
import { type Detector, surer, type Suspicion } from "./detector.ts";
import { FoldedText } from "./folded_text.ts";
import { forgedTurns } from "./forged_turns.ts";
import { hiddenTexts, reversed, rotated } from "./hidden_texts.ts";
import { isUntrusted, type Said } from "./looked_at.ts";
import { type Evidence, PhraseScan } from "./phrase_scan.ts";

export interface PatternDetectorOptions {
  /** Phrases of the configuration, found in whatever spelling. */
  readonly phrases: readonly string[];
  /** Patterns of the configuration, found as they stand. */
  readonly patterns: readonly CustomPattern[];
  readonly budget: PatternBudget;
}

/** How often what was hidden may hide something again. */
const MAX_DEPTH = 3;
/** How much surer an attack is that somebody took pains to hide. */
const HIDDEN = 1.1;

/** Finds the phrases of attacks, however they are spelt, and what is hidden in encodings. Needs nobody. */
export function patternDetector({ phrases, patterns, budget }: PatternDetectorOptions): Detector {
  const scan = new PhraseScan(phrases);
  const folded = new FoldedText();

  function read(text: string, untrusted: boolean, depth: number): Evidence | null {
    const plain = scan.scan(folded.read(text), untrusted);
    const { rotated: isRotated, reversed: isReversed } = scan;
    let best = stronger(plain, forgedTurns(text, untrusted, plain));
    if (depth === MAX_DEPTH) return best;
    for (const hidden of hiddenTexts(text)) best = stronger(best, unhidden(hidden, untrusted, depth));
    if (isRotated) best = stronger(best, unhidden(rotated(text), untrusted, MAX_DEPTH - 1));
    if (isReversed) best = stronger(best, unhidden(reversed(text), untrusted, MAX_DEPTH - 1));
    return best;
  }

  function unhidden(text: string, untrusted: boolean, depth: number): Evidence | null {
    const evidence = read(text, untrusted, depth + 1);
    return evidence === null ? null : { ...evidence, score: Math.min(1, evidence.score * HIDDEN) };
  }

  function own(text: string): Suspicion["type"] | null {
    if (patterns.length === 0) return null;
    return new PatternLines(patterns, budget).first(text)?.type ?? null;
  }

  function suspicionOf({ by, text }: Said): Suspicion | null {
    const type = own(text);
    if (type !== null) return { score: 1, type, by };
    const evidence = read(text, isUntrusted(by), 0);
    return evidence === null ? null : { score: evidence.score, type: evidence.technique, by };
  }

  return {
    type: "patterns",
    detect(_exchange, _run, texts) {
      let found: Suspicion | null = null;
      for (const said of texts) found = surer(found, suspicionOf(said));
      return found;
    },
  };
}

function stronger(a: Evidence | null, b: Evidence | null): Evidence | null {
  return a === null || (b !== null && b.score > a.score) ? b : a;
}
