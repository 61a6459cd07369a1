/**
 * Durations in buckets that are the same everywhere, so that histograms of minutes, models and machines can be added
 * up. Each bucket is 2^(1/8) = 1.09 times as wide as the one before: a percentile is at most 4.5 % off.
 */
export const BUCKETS = 256;

/** Milliseconds up to which the first bucket goes. */
const FIRST = 0.1;
const A_DOUBLING = 8;

/** The bucket of a duration, milliseconds. */
export function bucketOf(ms: number): number {
  if (!(ms > FIRST)) return 0;
  const bucket = Math.ceil(Math.log2(ms / FIRST) * A_DOUBLING);
  return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

/** Milliseconds up to which a bucket goes. */
export function upperBound(bucket: number): number {
  return FIRST * 2 ** (bucket / A_DOUBLING);
}

/** Counts as a list: place, count, place, count, …; those without any are left out. */
export function sparse(counts: Uint32Array): number[] {
  const list: number[] = [];
  for (let bucket = 0; bucket < counts.length; bucket++) {
    const count = counts[bucket] ?? 0;
    if (count > 0) list.push(bucket, count);
  }
  return list;
}

export function addSparse(to: Uint32Array, list: readonly number[]): void {
  for (let i = 0; i + 1 < list.length; i += 2) {
    const bucket = list[i] ?? 0;
    to[bucket] = (to[bucket] ?? 0) + (list[i + 1] ?? 0);
  }
}

/** Bytes of a place and its count. */
const ENTRY = 5;

/** The same as bytes. */
export function toBytes(counts: Uint32Array): Uint8Array {
  let used = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) if ((counts[bucket] as number) > 0) used++;
  const bytes = new Uint8Array(used * ENTRY);
  let at = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    const count = counts[bucket] as number;
    if (count === 0) continue;
    bytes[at] = bucket;
    bytes[at + 1] = count;
    bytes[at + 2] = count >>> 8;
    bytes[at + 3] = count >>> 16;
    bytes[at + 4] = count >>> 24;
    at += ENTRY;
  }
  return bytes;
}

export function addBytes(to: Uint32Array, bytes: Uint8Array): void {
  for (let at = 0; at + ENTRY <= bytes.length; at += ENTRY) {
    const low = (bytes[at + 1] as number) | (bytes[at + 2] as number) << 8 | (bytes[at + 3] as number) << 16;
    const bucket = bytes[at] as number;
    to[bucket] = (to[bucket] as number) + low + (bytes[at + 4] as number) * 0x1000000;
  }
}

/** The duration that a share of all do not exceed, milliseconds; null: there are none. */
export function percentile(list: readonly number[], share: number): number | null {
  let total = 0;
  for (let i = 1; i < list.length; i += 2) total += list[i] ?? 0;
  if (total === 0) return null;
  const rank = Math.max(1, Math.ceil(share * total));
  let seen = 0;
  for (let i = 0; i + 1 < list.length; i += 2) {
    seen += list[i + 1] ?? 0;
    // In the middle of its bucket, as ratios go.
    if (seen >= rank) return upperBound((list[i] ?? 0) - 0.5);
  }
  return null;
}
