/** Where in a JSON text something stands, for messages to people. */

/** `line 3, column 14`; both from 1, columns in characters. */
export function placeOf(bytes: Uint8Array, offset: number): string {
  let line = 1;
  let column = 1;
  for (let i = 0; i < offset; i++) {
    const byte = bytes[i] ?? 0;
    if (byte === 0x0a) {
      line++;
      column = 1;
    } else if ((byte & 0xc0) !== 0x80) column++;
  }
  return `line ${line}, column ${column}`;
}

/** The character at an offset of a text that is UTF-8, quoted; the empty string at its end. */
export function characterAt(bytes: Uint8Array, offset: number): string {
  const [char] = new TextDecoder().decode(bytes.subarray(offset, offset + 4));
  return char === undefined ? "" : JSON.stringify(char);
}

/** Offset of the first byte that cannot stand where it does in UTF-8. */
export function firstInvalidUtf8(bytes: Uint8Array): number {
  // A prefix that ends inside a character is still good for a streaming decoder, so this can be bisected.
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    try {
      new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, middle), { stream: true });
      good = middle;
    } catch {
      bad = middle;
    }
  }
  return good;
}

/** Cuts a client's text short for a message. */
export function shorten(text: string, length = 60): string {
  return text.length <= length ? text : text.slice(0, length) + "…";
}
