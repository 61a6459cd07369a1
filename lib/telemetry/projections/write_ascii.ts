/** As many bytes are copied one by one: V8's own functions take as long to be called as that takes. */
export const FEW_BYTES = 24;

/**
 * Writes a text as ASCII.
 * @returns whether it is, which is looked at once, at the end: at every character it takes longer.
 */
export function writeAscii(bytes: Uint8Array, at: number, text: string): boolean {
  const { length } = text;
  let all = 0;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    all |= code;
    bytes[at + i] = code;
  }
  return all < 128;
}
