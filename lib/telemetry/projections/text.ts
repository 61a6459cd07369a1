/** Small pieces of text of which lines are made, written for speed. */

const MILLIS = Array.from({ length: 1000 }, (_, n) => `${n}`.padStart(3, "0"));
/** The same as a decimal fraction, without zeros at the end. */
const FRACTIONS = MILLIS.map((digits) => digits === "000" ? "" : `.${digits.replace(/0+$/, "")}`);

let second = NaN;
let secondText = "";

/** ISO 8601 in UTC with milliseconds. @param wall milliseconds since the epoch. */
export function isoTime(wall: number): string {
  const whole = Math.floor(wall / 1000);
  if (whole !== second) {
    // All lines of a second share the costly part.
    secondText = new Date(whole * 1000).toISOString().slice(0, 20);
    second = whole;
  }
  return `${secondText}${MILLIS[Math.floor(wall) - whole * 1000] ?? "000"}Z`;
}

/** Milliseconds with at most three decimals: a number of JSON. */
export function decimalMs(ms: number): string {
  if (!(ms < 1e12)) return "0";
  const micros = Math.round(ms * 1000);
  if (micros <= 0) return "0";
  const whole = Math.floor(micros / 1000);
  return `${whole}${FRACTIONS[micros - whole * 1000] ?? ""}`;
}

/** So many characters of a text at most. */
export function cut(text: string, most: number): string {
  return text.length > most ? text.slice(0, most) : text;
}
