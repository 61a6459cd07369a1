import { decodeBase64, encodeBase64 } from "./base64.ts";

/** Decimal digits that tell any two 32-bit floats apart. */
const FLOAT_DIGITS = 9;

/** A vector as OpenAI has it in base64: 32-bit floats, little-endian. */
export function vectorToBase64(vector: readonly number[]): string {
  const bytes = new Uint8Array(vector.length * 4);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < vector.length; i++) view.setFloat32(i * 4, vector[i] ?? NaN, true);
  return encodeBase64(bytes);
}

/**
 * The same back, each number with no more digits than a 32-bit float has.
 * @throws {TypeError} where the text is no base64 of whole floats.
 */
export function vectorFromBase64(text: string): number[] {
  const bytes = decodeBase64(text);
  if (bytes.length % 4 !== 0) throw new TypeError("Cannot read the vector: its bytes are no 32-bit floats");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from(
    { length: bytes.length / 4 },
    (_, i) => Number(view.getFloat32(i * 4, true).toPrecision(FLOAT_DIGITS)),
  );
}
