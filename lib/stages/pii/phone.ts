import { type DigitRun, shapeOf } from "./digits.ts";

/** Country codes of one and two digits; those of three are in ranges. @see https://www.itu.int/rec/T-REC-E.164 */
const SHORT = new Set(
  ("1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 " +
    "86 90 91 92 93 94 95 98").split(" "),
);
const LONG = /^(2[1-689]|3[578]|42|50|59|6[789]|8[0578]|9[679])\d/;

/** How words before a number that is to be called begin, in the languages of the larger countries. */
const WORDS =
  /(?<!\p{L})(?:phone|tele?[fp]h?on|tel(?!\p{L})|call|mobile?|cell|fax|whatsapp|sms|ring me|text me|dial|contact number|fon(?!\p{L})|handy|ruf|anruf|téléphone|appel|portable|móvil|movil|llam|celular|cellulare|chiam|bel(?!\p{L})|mobiel|zadzwo|komórk|ligue|ligar)/u;
const NEAR = 36;

/** What is written as people in North America write it; `)` ends the area code. */
const NORTH_AMERICA = new Set(["3) 3-4", "3)3-4", "3-3-4", "3.3.4", "1-3-3-4", "1 3-3-4"]);
const DATES = /^(4[-./]2[-./]2|[12][-./][12][-./]4)/;

/** With its country code: how many of the groups it is. */
export function international(run: DigitRun, zeros: number): number {
  const code = run.digits.slice(zeros, zeros + 3);
  if (!SHORT.has(code.slice(0, 1)) && !SHORT.has(code.slice(0, 2)) && !LONG.test(code)) return 0;
  return longest(run, 8 + zeros, 15 + zeros);
}

/** Without one: by its form, or by the words before it. */
export function national(run: DigitRun, context: string): number {
  const { counts, digits } = run;
  const area = digits.startsWith("1") && counts[0] === 1 ? 1 : 0;
  if (counts[area] === 3 + area && (counts[area + 2] ?? 0) === 10 + area) {
    // Neither area nor exchange begins with 0 or 1.
    const groups = area + 3;
    if (NORTH_AMERICA.has(shapeOf(run, groups)) && /^1?[2-9]\d\d[2-9]/.test(digits)) return groups;
  }
  const before = context.slice(-NEAR);
  if (before === "" || !WORDS.test(before)) return 0;
  if (DATES.test(shapeOf(run, Math.min(3, counts.length)))) return 0;
  // A book's number, or milliseconds since 1970.
  if ((/^97[89]/.test(digits) && digits.length >= 13) || /^1[5-9]\d{11}$/.test(digits)) return 0;
  return longest(run, 7, 13);
}

function longest({ counts }: DigitRun, fewest: number, most: number): number {
  for (let groups = Math.min(counts.length, 7); groups > 0; groups--) {
    const count = counts[groups - 1] ?? 0;
    if (count >= fewest && count <= most) return groups;
  }
  return 0;
}
