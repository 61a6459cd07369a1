import { createHash } from "node:crypto";

/**
 * `sk-gw-`, 40 letters and digits by chance (238 bits), and six that follow from them: what was mistyped, or guessed by
 * somebody who does not know that, is told from a key without asking anybody.
 */
const PREFIX = "sk-gw-";
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SECRET = 40;
const CHECK = 6;
const LENGTH = PREFIX.length + SECRET + CHECK;
/** The largest number of whole alphabets in a byte: others are drawn again, or some letters would be more frequent. */
const FAIR = 256 - 256 % ALPHABET.length;

/** A key that nobody has. */
export function newVirtualKey(): string {
  const bytes = new Uint8Array(new ArrayBuffer(2 * SECRET));
  let secret = "";
  while (secret.length < SECRET) {
    crypto.getRandomValues(bytes);
    for (const byte of bytes) if (byte < FAIR && secret.length < SECRET) secret += letter(byte);
  }
  return PREFIX + secret + check(secret);
}

/** Whether a text has the form of a key; whether there is such a key is another question. */
export function isVirtualKey(text: string): boolean {
  return text.length === LENGTH && text.startsWith(PREFIX) &&
    text.endsWith(check(text.slice(PREFIX.length, PREFIX.length + SECRET)));
}

function check(secret: string): string {
  const digest = createHash("sha256").update(PREFIX).update(secret).digest();
  return [...digest.subarray(0, CHECK)].map(letter).join("");
}

function letter(byte: number): string {
  return ALPHABET[byte % ALPHABET.length] ?? "";
}

/** SHA-256 of a key, hexadecimal. Half a microsecond, so nothing keeps keys to save it. */
export function keyDigest(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
