import type { Strategy } from "../strategy.ts";

export interface ComplexityLevel {
  readonly model: string;
  /** For prompts that look less hard. */
  readonly below: number;
}

/** By how hard a prompt looks. @param levels the easiest first. */
export function complexityStrategy(levels: readonly ComplexityLevel[]): Strategy {
  return {
    name: "complexity",
    model: null,
    choose({ candidates, request, needs, text }) {
      const looks = complexityOf(
        text(),
        request.canonical.messages.length,
        needs.abilities.includes("tools"),
      );
      const known = levels.filter(({ model }) => candidates.some(({ entry }) => entry.name === model));
      const level = known.find(({ below }) => looks < below) ?? known.at(-1);
      return level === undefined
        ? null
        : { model: level.model, reason: `complexity ${Math.round(looks * 100) / 100}` };
    },
  };
}

/** Formulas, in whatever notation. */
const FORMULA = /[=<>≤≥≠≈±×÷√∑∫∏∂∞∀∃∈]|\\(?:frac|sum|int|sqrt)|\d\s*[-+*/^]\s*\d/g;
const CODE = /```|[{};]\s*$|=>|\w\(\)|<\/\w+>/gm;
/** What is asked, and what is asked for one by one. */
const DEMANDS = /[?？؟]|^\s*(?:[-*•]|\d+[.)])\s/gm;

/**
 * How hard a prompt looks, from 0 to 1, by what can be told of it in any language: how long it is, how many questions
 * and points it has, whether there is code or a formula in it, how long the conversation is, whether there are tools.
 */
export function complexityOf(text: string, messages: number, tools: boolean): number {
  const length = Math.min(1, Math.log2(1 + text.length / 40) / 7);
  return 0.4 * length +
    0.15 * share(text, DEMANDS, 5) +
    0.15 * share(text, CODE, 4) +
    0.15 * share(text, FORMULA, 4) +
    0.075 * Math.min(1, (messages - 1) / 10) +
    (tools ? 0.075 : 0);
}

function share(text: string, pattern: RegExp, enough: number): number {
  return Math.min(1, (text.match(pattern)?.length ?? 0) / enough);
}
