import { tokens } from "./tokens.ts";

/** Numbers in a vector. */
export const NGRAM_DIMENSIONS = 1024;

/** How much of a text counts: characters. A vector of more tells less. */
export const MAX_EMBEDDED = 8192;

/** Letters of a piece of a word. */
const PIECE = 3;
/** What pieces of words count beside whole ones: they find other forms of a word, and misspelt ones. */
const PIECE_WEIGHT = 0.35;
/** Letters from which on a word counts whole: in most languages those that mean little are short. */
const FULL_LENGTH = 6;

/** FNV-1a over UTF-16 units. */
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * A vector of a text made of the words and pieces of words that stand in it, hashed into a fixed number of places
 * (feature hashing, with signs so that what falls together cancels out). Of unit length, or all zeros for a text
 * without words. It knows spellings and not meanings: texts are near each other where they share words, in whatever
 * language, and nowhere else.
 *
 * @see https://alex.smola.org/papers/2009/Weinbergeretal09.pdf
 */
export function ngramVector(text: string): Float32Array<ArrayBuffer> {
  const vector = new Float32Array(NGRAM_DIMENSIONS);
  const counts = new Map<string, number>();
  const read = text.length > MAX_EMBEDDED ? text.slice(0, MAX_EMBEDDED) : text;
  for (const token of tokens(read)) counts.set(token, (counts.get(token) ?? 0) + 1);
  for (const [token, count] of counts) {
    // Han characters say more each than letters do.
    const letters = (token.codePointAt(0) ?? 0) >= 0x2e80 ? token.length * 3 : token.length;
    const weight = (1 + Math.log(count)) * Math.min(1, letters / FULL_LENGTH);
    add(vector, hash(token, 0, token.length, FNV_OFFSET), weight);
    if (token.length <= PIECE) continue;
    for (let at = 0; at + PIECE <= token.length; at++) {
      add(vector, hash(token, at, at + PIECE, FNV_OFFSET ^ PIECE), weight * PIECE_WEIGHT);
    }
  }
  return toUnitLength(vector);
}

/** In place. A vector of zeros stays one. */
export function toUnitLength<Buffer extends ArrayBufferLike>(
  vector: Float32Array<Buffer>,
): Float32Array<Buffer> {
  const length = Math.sqrt(dotProduct(vector, vector));
  if (length === 0) return vector;
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) / length;
  return vector;
}

/** Of vectors of unit length it is the cosine of their angle. Those of different sizes have nothing in common: 0. */
export function dotProduct(a: Float32Array, b: Float32Array): number {
  const { length } = a;
  if (length !== b.length) return 0;
  // Four sums that do not wait for one another.
  let first = 0;
  let second = 0;
  let third = 0;
  let fourth = 0;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    first += (a[i] as number) * (b[i] as number);
    second += (a[i + 1] as number) * (b[i + 1] as number);
    third += (a[i + 2] as number) * (b[i + 2] as number);
    fourth += (a[i + 3] as number) * (b[i + 3] as number);
  }
  for (; i < length; i++) first += (a[i] as number) * (b[i] as number);
  return first + second + third + fourth;
}

function hash(text: string, from: number, to: number, seed: number): number {
  let value = seed;
  for (let at = from; at < to; at++) value = Math.imul(value ^ text.charCodeAt(at), FNV_PRIME);
  // The low bits of FNV are its weak ones.
  return (value ^ (value >>> 15)) >>> 0;
}

function add(vector: Float32Array, hashed: number, weight: number): void {
  const place = hashed % NGRAM_DIMENSIONS;
  vector[place] = (vector[place] ?? 0) + ((hashed & 0x80000000) === 0 ? weight : -weight);
}
