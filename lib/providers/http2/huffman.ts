import { ErrorCode, Http2Error } from "./frames.ts";

/**
 * How many bits each byte has, 0 to 255 and then the end of the string, one digit of base 36 each. The code is
 * canonical, so that the lengths say it all.
 * @see https://www.rfc-editor.org/rfc/rfc7541#appendix-B
 */
const LENGTHS = [
  "dnsssssssoussussssssssusssssssss6aacd68baa8b8666555666666678f6ca",
  "d67777777777777777777777878djde6f56565666577666567655677777fbeds",
  "kmkkmmmnmnnnnnonoomnonnnnlmnmnnomlkmmnnlnmmolmnnllmlnmnnkmmmnmmn",
  "qqkjmnmpqqqrrqopjlqrrqrollqqsrrrkoklmllnmmppooqnqrqqrrrrrsrrrrrq",
  "u",
].join("");

const END = 256;
const LONGEST = 30;
const QUICK_BITS = 8;

/** Symbols by length and value, and for each length the first code and where its symbols begin. */
const { symbols, firstCode, firstIndex, counts } = canonical();
/** For each byte: the symbol that its first bits are, times 16, plus their number; 0: they are of a longer one. */
const QUICK = quickTable();

function canonical() {
  const lengths = [...LENGTHS].map((digit) => parseInt(digit, 36));
  const symbols = lengths.map((_, symbol) => symbol)
    .sort((a, b) => (lengths[a] ?? 0) - (lengths[b] ?? 0) || a - b);
  const counts = new Uint32Array(LONGEST + 1);
  for (const length of lengths) counts[length] = (counts[length] ?? 0) + 1;
  const firstCode = new Uint32Array(LONGEST + 1);
  const firstIndex = new Uint32Array(LONGEST + 1);
  for (let length = 1, code = 0, index = 0; length <= LONGEST; length++) {
    code = (code + (counts[length - 1] ?? 0)) * 2;
    firstCode[length] = code;
    firstIndex[length] = index;
    index += counts[length] ?? 0;
  }
  return { symbols: Uint16Array.from(symbols), firstCode, firstIndex, counts };
}

function quickTable(): Uint16Array {
  return Uint16Array.from({ length: 1 << QUICK_BITS }, (_, byte) => {
    for (let length = 1; length <= QUICK_BITS; length++) {
      const symbol = symbolOf(byte >>> (QUICK_BITS - length), length);
      if (symbol !== -1) return symbol * 16 + length;
    }
    return 0;
  });
}

/** The symbol of a code; -1: there is none of this length. */
function symbolOf(code: number, length: number): number {
  const offset = code - (firstCode[length] ?? 0);
  if (offset < 0 || offset >= (counts[length] ?? 0)) return -1;
  return symbols[(firstIndex[length] ?? 0) + offset] ?? -1;
}

/** @throws {Http2Error} where the bytes are no such string. */
export function decodeHuffman(bytes: Uint8Array): Uint8Array {
  // No code is shorter than five bits.
  const text = new Uint8Array(Math.floor(bytes.length * 8 / 5));
  let length = 0;
  let bits = 0;
  let count = 0;
  let next = 0;
  for (;;) {
    while (count <= 16 && next < bytes.length) {
      bits = ((bits << 8) | (bytes[next++] ?? 0)) >>> 0;
      count += 8;
    }
    if (count >= QUICK_BITS) {
      const quick = QUICK[(bits >>> (count - QUICK_BITS)) & 0xff] ?? 0;
      if (quick !== 0) {
        text[length++] = quick >>> 4;
        count -= quick & 15;
        bits &= (1 << count) - 1;
        continue;
      }
    }
    const taken = longer(bits, count, bytes, next);
    if (taken === null) break;
    text[length++] = taken.symbol;
    ({ bits, count, next } = taken);
  }
  // What is left is the beginning of the end's code, and less than a byte.
  if (count > 7 || bits !== (1 << count) - 1) {
    throw new Http2Error(ErrorCode.CompressionError, "a string ends in the middle of a character");
  }
  return text.subarray(0, length);
}

/** One symbol bit by bit: where the quick table does not know it, and at the end. */
function longer(bits: number, count: number, bytes: Uint8Array, next: number) {
  let code = 0;
  let left = count;
  let held = bits;
  for (let length = 1; length <= LONGEST; length++) {
    if (left === 0) {
      if (next >= bytes.length) return null;
      held = bytes[next++] ?? 0;
      left = 8;
    }
    left--;
    code = code * 2 + ((held >>> left) & 1);
    const symbol = symbolOf(code, length);
    if (symbol === END) break;
    if (symbol !== -1) return { symbol, bits: held & ((1 << left) - 1), count: left, next };
  }
  throw new Http2Error(ErrorCode.CompressionError, "a string has a code that means nothing");
}
