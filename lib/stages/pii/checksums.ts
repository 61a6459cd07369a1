/** The check digits of numbers that people are known by. Digits come as a string of `0` to `9`. */

function digit(digits: string, index: number): number {
  return digits.charCodeAt(index) - 48;
}

/** Cards, Canada's SIN. @see ISO/IEC 7812-1 */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = digits.length - 1, twice = false; i >= 0; i--, twice = !twice) {
    const value = digit(digits, i) * (twice ? 2 : 1);
    sum += value > 9 ? value - 9 : value;
  }
  return sum % 10 === 0;
}

/** The remainder by 97 of digits and letters (`A` is 10). @see ISO/IEC 7064 */
export function mod97(text: string): number {
  let rest = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    rest = code < 58 ? (rest * 10 + code - 48) % 97 : (rest * 100 + code - 55) % 97;
  }
  return rest;
}

export function weighted(digits: string, weights: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < weights.length; i++) sum += digit(digits, i) * (weights[i] ?? 0);
  return sum;
}

/** Germany's tax id. @see ISO/IEC 7064, MOD 11,10 */
export function mod11over10(digits: string): boolean {
  let product = 10;
  for (let i = 0; i < digits.length - 1; i++) {
    const sum = (digit(digits, i) + product) % 10;
    product = (sum === 0 ? 10 : sum) * 2 % 11;
  }
  return (11 - product) % 10 === digit(digits, digits.length - 1);
}

const PERMUTATIONS = [
  "0123456789",
  "1576283094",
  "5803796142",
  "8916043527",
  "9453126870",
  "4286573901",
  "2793806415",
  "7046913258",
];

/** The multiplication of the dihedral group of ten. */
function multiply(a: number, b: number): number {
  if (a < 5) return b < 5 ? (a + b) % 5 : 5 + (a + b) % 5;
  return b < 5 ? 5 + (a - b + 5) % 5 : (a - b + 5) % 5;
}

/** India's Aadhaar, by Verhoeff's check. */
export function verhoeff(digits: string): boolean {
  let check = 0;
  for (let i = 0; i < digits.length; i++) {
    const row = PERMUTATIONS[i % 8] ?? "";
    check = multiply(check, digit(row, digit(digits, digits.length - 1 - i)));
  }
  return check === 0;
}
