/** The shortest run that is looked into, characters: a dozen letters of text in base64, eight in hexadecimal digits. */
const SHORTEST_RUN = 16;
/** Lines of it belong together. */
const BASE64_RUN = /[A-Za-z0-9+/_-]{16,}(?:\r?\n[A-Za-z0-9+/_-]+)*/g;
const HEX_RUN = /(?:[0-9A-Fa-f]{2}[ :,-]?){8,}/g;
const BINARY_RUN = /(?:[01]{8}[ ,-]?){6,}/g;
/** Percent signs, escapes of JSON and JavaScript, and HTML's references. */
const ESCAPES =
  /(?:%[0-9A-Fa-f]{2})+|\\x([0-9A-Fa-f]{2})|\\u([0-9A-Fa-f]{4})|\\u\{([0-9A-Fa-f]{1,6})\}|&#(\d{1,7});?|&#[xX]([0-9A-Fa-f]{1,6});?|&(nbsp|lt|gt|amp|quot|apos|shy|zwj|zwnj);/g;
const NAMED: Readonly<Record<string, string>> = {
  nbsp: " ",
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
  shy: "",
  zwj: "",
  zwnj: "",
};
/** Characters for nobody's eyes that mirror ASCII. */
const TAGS = /[\u{e0020}-\u{e007e}]+/gu;
const TAG_SURROGATE = "\udb40";
const FIRST_TAG = 0xe0000;
const LAST_CODE_POINT = 0x10ffff;
const MIN_DECODED = 8;
/** Characters that are readable by chance hardly ever. */
const NO_CHANCE = 16;
/** Of each character of base64 and base64url, its six bits. */
const BASE64_VALUES = new Uint8Array(128);
for (let i = 0; i < 64; i++) {
  BASE64_VALUES["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".charCodeAt(i)] = i;
}
BASE64_VALUES["-".charCodeAt(0)] = 62;
BASE64_VALUES["_".charCodeAt(0)] = 63;

/** Stands in the place of what is no UTF-8. */
const REPLACEMENT = "\ufffd";
const decoder = new TextDecoder();

/** The texts that are hidden in a text, each way of hiding for itself; none as a rule, and none longer than the text. */
export function hiddenTexts(text: string): string[] {
  const found: string[] = [];
  const unescaped = withoutEscapes(text);
  if (unescaped !== text) found.push(unescaped);
  if (text.includes(TAG_SURROGATE)) found.push(tagged(text));
  const runs = longestRuns(text);
  let hidden = "";
  if (runs.base64 >= SHORTEST_RUN) hidden += decoded(text, BASE64_RUN, inBase64);
  if (runs.digits >= SHORTEST_RUN) {
    hidden += decoded(text, HEX_RUN, inHex) + decoded(text, BINARY_RUN, inBinary);
  }
  if (hidden !== "") found.push(hidden);
  return found;
}

/** What characters may be part of, as bits. */
const BASE64 = 1;
const DIGITS = 2;
const KINDS = new Uint8Array(128);
for (let code = 0; code < KINDS.length; code++) {
  const character = String.fromCharCode(code);
  KINDS[code] = (/[A-Za-z0-9+/_-]/.test(character) ? BASE64 : 0) |
    (/[0-9A-Fa-f :,-]/.test(character) ? DIGITS : 0);
}

/** How long the longest runs are: most texts have none that could be anything, and this is quick to see. */
function longestRuns(text: string): { readonly base64: number; readonly digits: number } {
  let base64 = 0;
  let digits = 0;
  let base64Run = 0;
  let digitsRun = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const kind = code < 128 ? KINDS[code] as number : 0;
    if ((kind & BASE64) === 0) base64Run = 0;
    else if (++base64Run > base64) base64 = base64Run;
    if ((kind & DIGITS) === 0) digitsRun = 0;
    else if (++digitsRun > digits) digits = digitsRun;
  }
  return { base64, digits };
}

/** Moved by thirteen letters, which moves back what was moved. */
export function rotated(text: string): string {
  return text.replace(/[a-zA-Z]/g, (letter) => {
    const code = letter.charCodeAt(0);
    const first = code < 97 ? 65 : 97;
    return String.fromCharCode((code - first + 13) % 26 + first);
  });
}

export function reversed(text: string): string {
  return [...text].reverse().join("");
}

function withoutEscapes(text: string): string {
  if (!text.includes("%") && !text.includes("\\") && !text.includes("&")) return text;
  return text.replace(ESCAPES, (escape, x, u, braced, decimal, hex, name) => {
    if (escape.startsWith("%")) return utf8(hexBytes(escape)) ?? escape;
    if (name !== undefined) return NAMED[name] ?? escape;
    const code = decimal === undefined ? parseInt(x ?? u ?? braced ?? hex, 16) : Number(decimal);
    return code <= LAST_CODE_POINT ? String.fromCodePoint(code) : escape;
  });
}

function tagged(text: string): string {
  const tags = (text.match(TAGS) ?? []).join("");
  return Array.from(tags, (tag) => String.fromCharCode((tag.codePointAt(0) ?? FIRST_TAG) - FIRST_TAG)).join(
    "",
  );
}

/** What the runs of a form say, a line each; those that say nothing readable are left out. */
function decoded(text: string, form: RegExp, saidIn: (run: string) => string): string {
  let all = "";
  for (const [run] of text.matchAll(form)) {
    const said = saidIn(run);
    if (said.length >= MIN_DECODED) all += `${said}\n`;
  }
  return all;
}

/** What bytes say as far as they are text; empty where that is not all and may be chance. */
function readable(bytes: Uint8Array): string {
  const control = bytes.findIndex(isControl);
  const text = decoder.decode(control < 0 ? bytes : bytes.subarray(0, control));
  const bad = text.indexOf(REPLACEMENT);
  if (bad < 0 && control < 0) return text;
  const good = bad < 0 ? text : text.slice(0, bad);
  return good.length >= NO_CHANCE ? good : "";
}

/** What no text has. */
function isControl(byte: number): boolean {
  return (byte < 0x20 && (byte < 9 || byte > 13)) || byte === 0x7f;
}

/** Also of a run that lost its end, or is part of a path. */
function inBase64(run: string): string {
  const characters = run.includes("\n") ? run.replaceAll(/\s/g, "") : run;
  const whole = readable(base64Bytes(characters));
  if (whole !== "" || !characters.includes("/")) return whole;
  return characters.split("/").map((part) => part.length < SHORTEST_RUN ? "" : readable(base64Bytes(part)))
    .join("");
}

/** Up to what is seen to be no text, which with most words is after two letters. */
function base64Bytes(characters: string): Uint8Array {
  const bytes = new Uint8Array((characters.length * 3) >> 2);
  let bits = 0;
  let filled = 0;
  for (let at = 0; at < characters.length; at++) {
    bits = (bits << 6) | (BASE64_VALUES[characters.charCodeAt(at)] as number);
    if ((at & 3) === 0) continue;
    const byte = (bits >> (6 - 2 * (at & 3))) & 0xff;
    bytes[filled++] = byte;
    if (isControl(byte)) break;
    bits &= 0xfff;
  }
  return bytes.subarray(0, filled);
}

function inHex(run: string): string {
  return readable(hexBytes(run));
}

function hexBytes(run: string): Uint8Array {
  const digits = run.replaceAll(/[^0-9A-Fa-f]/g, "");
  const bytes = new Uint8Array(digits.length >> 1);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

function inBinary(run: string): string {
  return readable(Uint8Array.from(run.match(/[01]{8}/g) ?? [], (digits) => parseInt(digits, 2)));
}

/** Not by a decoder that throws: that takes longer than all the rest. */
function utf8(bytes: Uint8Array): string | null {
  const text = decoder.decode(bytes);
  return text.includes(REPLACEMENT) ? null : text;
}
