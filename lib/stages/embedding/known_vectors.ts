import { dotProduct } from "./ngram_vectors.ts";

/** The share of places with a number up to which vectors are kept by their places. */
const SPARSE = 0.25;

/**
 * Vectors of unit length that others are compared with. Those of short texts' words are nearly empty: of them, each place
 * knows which have a number there, and nothing else is multiplied.
 */
export class KnownVectors {
  readonly #vectors: readonly Float32Array[];
  readonly #places: Places | null;

  constructor(vectors: readonly Float32Array[]) {
    this.#vectors = vectors;
    this.#places = placesOf(vectors);
  }

  /** How near each of them is, in their order: cosines. One of another size is not near at all: 0. */
  cosines(vector: Float32Array): Float32Array {
    const places = this.#places;
    if (places === null || places.dimensions !== vector.length) {
      return Float32Array.from(this.#vectors, (known) => dotProduct(known, vector));
    }
    const { begins, owners, values } = places;
    const sums = new Float32Array(this.#vectors.length);
    for (let place = 0; place < vector.length; place++) {
      const value = vector[place] as number;
      if (value === 0) continue;
      const end = begins[place + 1] as number;
      for (let at = begins[place] as number; at < end; at++) {
        const owner = owners[at] as number;
        sums[owner] = (sums[owner] as number) + value * (values[at] as number);
      }
    }
    return sums;
  }
}

/** For each place, from `begins` on, whose numbers stand there, and which. */
interface Places {
  readonly dimensions: number;
  readonly begins: Uint32Array;
  readonly owners: Uint32Array;
  readonly values: Float32Array;
}

/** Null where it does not pay, or they are not of one size. */
function placesOf(vectors: readonly Float32Array[]): Places | null {
  const dimensions = vectors[0]?.length ?? 0;
  if (vectors.some(({ length }) => length !== dimensions)) return null;
  const begins = new Uint32Array(dimensions + 1);
  const owners: number[] = [];
  const values: number[] = [];
  for (let place = 0; place < dimensions; place++) {
    for (const [owner, vector] of vectors.entries()) {
      const value = vector[place] ?? 0;
      if (value === 0) continue;
      owners.push(owner);
      values.push(value);
    }
    begins[place + 1] = owners.length;
  }
  if (owners.length > vectors.length * dimensions * SPARSE) return null;
  return { dimensions, begins, owners: Uint32Array.from(owners), values: Float32Array.from(values) };
}
