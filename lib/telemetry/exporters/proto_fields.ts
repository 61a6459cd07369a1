/** What a field holds: a number for a varint, bytes for what has a length. */
export type FieldValue = number | Uint8Array;

/**
 * The values of one field of a message, in their order. What cannot be read any further ends it, so that an
 * answer which makes no sense is as if it said nothing.
 */
export function fieldValues(bytes: Uint8Array, wanted: number): FieldValue[] {
  const found: FieldValue[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; at < bytes.length; scale *= 128) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) break;
    }
    return value;
  };
  while (at < bytes.length) {
    const tag = varint();
    const wireType = tag & 7;
    let value: FieldValue;
    if (wireType === 0) value = varint();
    else if (wireType === 2) {
      const length = varint();
      value = bytes.subarray(at, at + length);
      at += length;
    } else if (wireType === 1 || wireType === 5) {
      value = 0;
      at += wireType === 1 ? 8 : 4;
    } else return found;
    if (tag >>> 3 === wanted) found.push(value);
  }
  return found;
}

/** The last value of a field, which is the one that counts; null where there is none. */
export function fieldValue(bytes: Uint8Array, wanted: number): FieldValue | null {
  return fieldValues(bytes, wanted).at(-1) ?? null;
}
