import { luhn } from "./checksums.ts";
import type { DigitRun } from "./digits.ts";

interface Issuer {
  /** First and last prefix, of the same length. */
  readonly from: number;
  readonly to: number;
  readonly lengths: readonly number[];
}

function issuer(from: number, to: number, ...lengths: readonly number[]): Issuer {
  return { from, to, lengths };
}

/** @see https://en.wikipedia.org/wiki/Payment_card_number#Issuer_identification_number_(IIN) */
const ISSUERS: readonly Issuer[] = [
  issuer(4, 4, 13, 16, 19), // Visa
  issuer(51, 55, 16), // Mastercard
  issuer(2221, 2720, 16),
  issuer(34, 34, 15), // American Express
  issuer(37, 37, 15),
  issuer(300, 305, 14, 16, 17, 18, 19), // Diners Club
  issuer(36, 36, 14, 16, 17, 18, 19),
  issuer(38, 39, 14, 16, 17, 18, 19),
  issuer(6011, 6011, 16, 17, 18, 19), // Discover
  issuer(644, 649, 16, 17, 18, 19),
  issuer(65, 65, 16, 17, 18, 19),
  issuer(3528, 3589, 16, 17, 18, 19), // JCB
  issuer(62, 62, 16, 17, 18, 19), // UnionPay
  issuer(5018, 5018, 16, 17, 18, 19), // Maestro
  issuer(5020, 5020, 16, 17, 18, 19),
  issuer(5038, 5038, 16, 17, 18, 19),
  issuer(6304, 6304, 16, 17, 18, 19),
  issuer(6759, 6763, 16, 17, 18, 19),
  issuer(2200, 2204, 16, 17, 18, 19), // Mir
];

const FEWEST = 13;
const MOST = 19;

/** @returns how many of a run's groups are a card's number; 0: none. */
export function card(run: DigitRun): number {
  const { digits, counts, gaps } = run;
  if (digits.length < FEWEST) return 0;
  for (let groups = counts.length; groups > 0; groups--) {
    const length = counts[groups - 1] ?? 0;
    if (length < FEWEST || length > MOST || !written(gaps, groups)) continue;
    const number = digits.slice(0, length);
    if (luhn(number) && isIssued(number)) return groups;
  }
  return 0;
}

/** One kind of gap throughout, and few of them. */
function written(gaps: readonly string[], groups: number): boolean {
  if (groups > 6) return false;
  for (let i = 0; i < groups - 1; i++) {
    if (gaps[i] !== gaps[0] || gaps[i]?.length !== 1 || gaps[i] === "/") return false;
  }
  return true;
}

function isIssued(number: string): boolean {
  return ISSUERS.some(({ from, to, lengths }) => {
    const prefix = Number(number.slice(0, String(from).length));
    return prefix >= from && prefix <= to && lengths.includes(number.length);
  });
}
