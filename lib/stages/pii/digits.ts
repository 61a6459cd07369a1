import { GAP, kindOf } from "./characters.ts";

/** A number as people write it: digits in groups. */
export interface DigitRun {
  readonly digits: string;
  /** How many digits stand before the end of each group, and where that end is. */
  readonly counts: readonly number[];
  readonly ends: readonly number[];
  /** What stands between the groups, as it is written. */
  readonly gaps: readonly string[];
}

const MOST_DIGITS = 24;
const MOST_GROUPS = 7;
/** Runs of fewer are nobody's, and not looked at any further: `digits` is empty. */
const FEWEST_DIGITS = 7;

export function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

export function isLetter(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

/** Whether a number or word may end here: what follows belongs to no word, or there is nothing. */
export function endsAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return !isDigit(code) && !isLetter(code) && code !== 95 && !(code >= 0xc0 && code < 0x590);
}

/**
 * The digits from `start` on, with at most three characters between two groups; a letter ends the last group. Single
 * digits one after the other are no number that people are known by.
 */
export function readDigits(text: string, start: number, limit: number): DigitRun {
  const counts: number[] = [];
  const ends: number[] = [];
  const starts: number[] = [];
  let count = 0;
  let at = start;
  let single = false;
  while (at < limit && counts.length < MOST_GROUPS && count <= MOST_DIGITS) {
    const from = at;
    while (at < limit && isDigit(text.charCodeAt(at))) at++;
    if (at === from || !endsAt(text, at)) break;
    if (single && at - from === 1) break;
    single = at - from === 1;
    count += at - from;
    counts.push(count);
    starts.push(from);
    ends.push(at);
    const gap = at;
    while (at < limit && at - gap < 3 && (kindOf(text.charCodeAt(at)) & GAP) !== 0) at++;
    if (at === gap || at >= limit || !isDigit(text.charCodeAt(at))) break;
  }
  let digits = "";
  if (count >= FEWEST_DIGITS) {
    for (let i = 0; i < ends.length; i++) digits += text.slice(starts[i], ends[i]);
  }
  const gaps: string[] = [];
  if (digits !== "") {
    for (let i = 1; i < ends.length; i++) gaps.push(text.slice(ends[i - 1], starts[i]));
  }
  return { digits, counts, ends, gaps };
}

/** The lengths of a run's first groups with what stands between them, as in `3-2-4`; a space is any kind of space. */
export function shapeOf(run: DigitRun, groups: number): string {
  let shape = "";
  for (let i = 0; i < groups; i++) {
    const length = (run.counts[i] ?? 0) - (i === 0 ? 0 : run.counts[i - 1] ?? 0);
    shape += i === 0 ? length : `${gapOf(run.gaps[i - 1])}${length}`;
  }
  return shape;
}

function gapOf(gap: string | undefined): string {
  if (gap === undefined) return "";
  return gap === "\u00a0" || gap === "\u202f" ? " " : gap;
}
