const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/**
 * The id itself where it is of that length and of letters and digits; else one made of it, always the same, so
 * that a call and its result still name one another, in this request and in the next.
 */
export function shortId(id: string, length: number): string {
  if (id.length === length && /^[A-Za-z0-9]*$/.test(id)) return id;
  // FNV-1a, 64 bits: ids of one conversation are a few hundred.
  let hash = 0xcbf29ce484222325n;
  for (let at = 0; at < id.length; at++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(id.charCodeAt(at))) * 0x100000001b3n);
  }
  let short = "";
  for (let digit = 0; digit < length; digit++) {
    short += DIGITS[Number(hash % 62n)];
    hash /= 62n;
  }
  return short;
}
