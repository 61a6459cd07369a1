import { AT, DIGIT, kindOf, UPPER, WORD } from "./characters.ts";
import { card } from "./card.ts";
import { type DigitRun, isDigit, readDigits, shapeOf } from "./digits.ts";
import { email } from "./email.ts";
import type { Candidate, Found } from "./found.ts";
import { iban } from "./iban.ts";
import { ipv4 } from "./ip.ts";
import { DIGIT_IDS, NINO, WORD_IDS } from "./national_ids.ts";
import { international, national } from "./phone.ts";
import { secret } from "./secrets.ts";

const PLUS = 43;
/** The shortest and the longest word that stands for a person. */
const SHORTEST_ID = 7;
const LONGEST_ID = 64;

/** Whether a word, by the kinds of its characters, may be or begin something. */
export function isCandidate(kinds: number, length: number): boolean {
  return (kinds & (DIGIT | AT)) !== 0 || (length === 2 && (kinds & ~(64)) === (UPPER | WORD));
}

/** Whether what follows the word matters: it may be a number's first group. */
export function looksOn(text: string, start: number, kinds: number): boolean {
  if ((kinds & AT) !== 0) return false;
  const first = text.charCodeAt(start);
  if (isDigit(first) || first === PLUS || (kinds & DIGIT) === 0) return true;
  // A country and check digits, or two letters of a number in pairs.
  return isDigit(text.charCodeAt(start + 2)) && !isDigit(text.charCodeAt(start + 1));
}

/** What begins with a word, or stands in it. */
export function judge(candidate: Candidate, kinds: number): Found | null {
  if ((kinds & AT) !== 0) return email(candidate);
  const first = candidate.text.charCodeAt(candidate.start);
  if (first === PLUS) return abroad(candidate);
  const found = isDigit(first) ? ipv4(candidate) ?? digits(candidate) : lettered(candidate);
  return found ?? ((kinds & DIGIT) === 0 ? null : word(candidate));
}

function abroad({ text, start, limit }: Candidate): Found | null {
  return upTo("phone", start, readDigits(text, start + 1, limit), (run) => international(run, 0));
}

function upTo(type: string, start: number, run: DigitRun, groupsOf: (run: DigitRun) => number): Found | null {
  const end = run.ends[groupsOf(run) - 1];
  return end === undefined ? null : { type, start, end };
}

/** How the numbers begin that are known without words before them. */
const TELLING =
  /\d{7}|\d{4}[ \u00a0\u202f.-]\d{4}|\d{3}(?:-\d\d|\.\d{3}|\)[ \u00a0\u202f]?\d{3}-)|\d\d(?:[ \u00a0\u202f]\d{3}[ \u00a0\u202f]|\.\d{3}\.)|1[ \u00a0\u202f-]\d{3}-|[1-4][ \u00a0\u202f]\d\d[ \u00a0\u202f]\d\d[ \u00a0\u202f]/y;

function digits(candidate: Candidate): Found | null {
  const { text, start, limit } = candidate;
  // In the middle of a longer number, words do not tell what it is, and two zeros are no prefix.
  const leads = !isDigit(text.charCodeAt(start - 2));
  if (!leads) {
    TELLING.lastIndex = start;
    if (!TELLING.test(text)) return null;
  }
  const run = readDigits(text, start, limit);
  if (run.digits === "") return null;
  const context = leads ? candidate.context() : "";
  return upTo("card", start, run, card) ?? stateId(run, start, context) ??
    upTo("phone", start, run, () => {
      const isAbroad = leads && run.digits.startsWith("00") && run.digits.length >= 10;
      return isAbroad ? international(run, 2) : national(run, context);
    });
}

function stateId(run: DigitRun, start: number, context: string): Found | null {
  const { counts, ends, digits } = run;
  for (const { type, digits: length, shapes, words, isValid } of DIGIT_IDS) {
    if (digits.length < length) break;
    const groups = counts.indexOf(length) + 1;
    const end = ends[groups - 1];
    if (groups === 0 || end === undefined) continue;
    const isTold = (context !== "" && named(words, context)) ||
      (shapes.length > 0 && shapes.includes(shapeOf(run, groups)));
    if (isTold && isValid(digits.slice(0, length))) return { type, start, end };
  }
  return null;
}

function named(words: readonly string[], context: string): boolean {
  return words.some((word) => context.includes(word));
}

/** What begins with letters and goes on beyond the word. */
function lettered(candidate: Candidate): Found | null {
  const { text, start } = candidate;
  NINO.lastIndex = start;
  const nino = NINO.exec(text);
  if (nino !== null) return { type: "uk_nino", start, end: start + nino[0].length };
  return kindOf(text.charCodeAt(start + 2)) & DIGIT ? iban(candidate) : null;
}

/** What is all of one word. */
function word(candidate: Candidate): Found | null {
  const { text, start, wordEnd, context } = candidate;
  let end = wordEnd;
  while (end > start && ".-".includes(text.charAt(end - 1))) end--;
  if (end - start >= SHORTEST_ID && end - start <= LONGEST_ID) {
    const whole = text.slice(start, end);
    for (const { type, form, words, isValid } of WORD_IDS) {
      if (!form.test(whole) || !isValid(whole)) continue;
      if (words.length === 0 || named(words, context())) return { type, start, end };
    }
  }
  return secret(candidate);
}
