/** What a character may be part of, as bits. */
export const WORD = 1;
export const DIGIT = 2;
export const AT = 4;
export const UPPER = 8;
export const LOWER = 16;
/** May stand between the groups of a number. */
export const GAP = 32;
export const HEX = 64;

/** Scripts from here on are written without spaces, or have no part in what is looked for. */
const LAST = 0x590;
const KINDS = new Uint8Array(LAST);

function mark(characters: string, bits: number): void {
  for (const character of characters) {
    const code = character.charCodeAt(0);
    KINDS[code] = (KINDS[code] ?? 0) | bits;
  }
}

mark("0123456789", WORD | DIGIT | HEX);
mark("ABCDEFGHIJKLMNOPQRSTUVWXYZ", WORD | UPPER);
mark("abcdefghijklmnopqrstuvwxyz", WORD | LOWER);
mark("abcdefABCDEF", HEX);
mark("@", WORD | AT);
mark("-._+%", WORD);
mark(" \u00a0-./()", GAP);
for (let code = 0xc0; code < LAST; code++) {
  if (/\p{L}/u.test(String.fromCharCode(code))) KINDS[code] = WORD | LOWER;
}

export function kindOf(code: number): number {
  return code < LAST ? KINDS[code] ?? 0 : code === 0x202f ? GAP : 0;
}
