/** Rows of one entry of the tables that tell of many rows at once, as a power of two. */
export const BUCKET_BITS = 12;

/** The entry of a row; rows of entries before it are older than this one. */
export function bucketOf(id: number): number {
  return Math.floor(id / 2 ** BUCKET_BITS);
}

/** The least id of an entry's rows. */
export function firstOf(bucket: number): number {
  return bucket * 2 ** BUCKET_BITS;
}
