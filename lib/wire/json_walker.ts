import { isUtf8 } from "node:buffer";
import { type ErrorCode, GatewayError } from "../errors.ts";
import {
  BACKSLASH,
  ESCAPES,
  HASH_SEED,
  hashOf,
  hashStep,
  hexDigit,
  QUOTE,
  skipNumber,
  skipPlain,
  skipSpace,
  STOPS,
} from "./json_lexer.ts";
import { characterAt, firstInvalidUtf8, placeOf, shorten } from "./json_place.ts";

/** One member of the top-level object; offsets into the body, ends exclusive. */
export interface JsonMember {
  readonly key: string;
  /** Of the key's opening quote. */
  readonly keyStart: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  /** Start and end of each element in turn, for the array whose elements were asked for; else null. */
  readonly elements: readonly number[] | null;
}

const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

const TRUE = encoder.encode("true");
const FALSE = encoder.encode("false");
const NULL = encoder.encode("null");
const PROTO_HASH = hashOf(encoder.encode("__proto__"));

const NOT_JSON = "The request body is not valid JSON";

/** Members whose string values are names and ids, which no store, header or label could carry with a NUL. */
const IDENTIFIERS = new Set([
  "call_id",
  "file_id",
  "id",
  "item_id",
  "model",
  "name",
  "previous_response_id",
  "prompt_cache_key",
  "safety_identifier",
  "tool_call_id",
  "tool_use_id",
  "user",
]);

/** Objects with more keys than this are checked for duplicates with a set instead of by comparing hashes. */
const FEW_KEYS = 16;

// Stacks of the walk under way; a walk is synchronous, so all share them. Keys of the open objects that have few,
// and by depth the place in each open object (offset of the key) or array (-1 - index).
const keyHashes: number[] = [];
const keyStarts: number[] = [];
const places: number[] = [];
/** The place in an object before its first key and while a key is read. */
const BETWEEN = -(2 ** 30);

/**
 * The walk over one body. Its methods take the offset of the first byte of what they read and return the one
 * after its last.
 */
export class JsonWalker {
  readonly members: JsonMember[] = [];
  readonly #bytes: Uint8Array;
  readonly #maxDepth: number;
  readonly #elementsOf: string;
  /** Where the next array's elements are noted. */
  #elements: number[] | null = null;
  /** Keys on the stack. */
  #keys = 0;
  /** Containers that are open, for an error's path. */
  #depth = 0;
  /** Of the last key. */
  #hash = 0;
  /** Offset of the last escaped NUL since the last key. */
  #nulAt = -1;

  constructor(bytes: Uint8Array, maxDepth: number, elementsOf: string) {
    this.#bytes = bytes;
    this.#maxDepth = maxDepth;
    this.#elementsOf = elementsOf;
  }

  /**
   * Walks the whole body and fills `members`.
   * @returns the offset after the opening brace.
   * @throws {GatewayError} as `scanJson` says.
   */
  walk(): number {
    const bytes = this.#bytes;
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
      throw this.#error("invalid_json", "The request body must not begin with a byte order mark", 0);
    }
    if (!isUtf8(bytes)) {
      throw this.#error("invalid_json", "The request body is not valid UTF-8", firstInvalidUtf8(bytes));
    }
    const start = skipSpace(bytes, 0);
    if (start === bytes.length) throw this.#error("invalid_json", "The request body is empty", start);
    const end = skipSpace(bytes, this.#value(start, 0));
    if (end < bytes.length) throw this.#unexpected(end, "the end of the body");
    if (bytes[start] !== OPEN_BRACE) throw this.#refuse("The request body must be a JSON object", start);
    return start + 1;
  }

  #value(at: number, depth: number): number {
    switch (this.#bytes[at]) {
      case QUOTE:
        return this.#string(at);
      case OPEN_BRACE:
        return this.#object(at, depth + 1);
      case OPEN_BRACKET:
        return this.#array(at, depth + 1);
      case TRUE[0]:
        return this.#literal(at, TRUE);
      case FALSE[0]:
        return this.#literal(at, FALSE);
      case NULL[0]:
        return this.#literal(at, NULL);
    }
    const end = skipNumber(this.#bytes, at);
    if (end < 0) throw this.#unexpected(-1 - end, -1 - end === at ? "a value" : "a digit");
    return end;
  }

  #object(at: number, depth: number): number {
    const bytes = this.#bytes;
    this.#enter(at, depth);
    const firstKey = this.#keys;
    let seen: Set<string> | null = null;
    places[depth] = BETWEEN;
    at = skipSpace(bytes, at + 1);
    if (bytes[at] === CLOSE_BRACE) return this.#leave(at, firstKey);
    for (let count = 1;; count++) {
      if (bytes[at] !== QUOTE) {
        throw this.#unexpected(at, count === 1 ? "a key in quotes or '}'" : "a key in quotes");
      }
      const keyStart = at;
      places[depth] = BETWEEN;
      at = this.#key(at);
      if (count <= FEW_KEYS) this.#distinct(keyStart, firstKey);
      else seen = this.#distinctOfMany(keyStart, firstKey, seen);
      places[depth] = keyStart;
      at = skipSpace(bytes, at);
      if (bytes[at] !== COLON) throw this.#unexpected(at, "':'");
      const valueStart = skipSpace(bytes, at + 1);
      at = depth === 1 ? this.#member(keyStart, valueStart) : this.#value(valueStart, depth);
      if (this.#nulAt >= 0) this.#checkNul(keyStart, valueStart);
      at = skipSpace(bytes, at);
      if (bytes[at] === CLOSE_BRACE) return this.#leave(at, firstKey);
      if (bytes[at] !== COMMA) throw this.#unexpected(at, "',' or '}'");
      at = skipSpace(bytes, at + 1);
    }
  }

  /** The value of a member of the top-level object. */
  #member(keyStart: number, valueStart: number): number {
    const key = this.#keyAt(keyStart);
    const elements = key === this.#elementsOf && this.#bytes[valueStart] === OPEN_BRACKET ? [] : null;
    this.#elements = elements;
    const valueEnd = this.#value(valueStart, 1);
    this.members.push({ key, keyStart, valueStart, valueEnd, elements });
    return valueEnd;
  }

  #array(at: number, depth: number): number {
    const bytes = this.#bytes;
    this.#enter(at, depth);
    const elements = this.#elements;
    this.#elements = null;
    places[depth] = -1;
    at = skipSpace(bytes, at + 1);
    if (bytes[at] === CLOSE_BRACKET) return this.#leave(at, this.#keys);
    for (let index = 0;; index++) {
      places[depth] = -1 - index;
      const end = this.#value(at, depth);
      if (elements !== null) elements.push(at, end);
      at = skipSpace(bytes, end);
      if (bytes[at] === CLOSE_BRACKET) return this.#leave(at, this.#keys);
      if (bytes[at] !== COMMA) throw this.#unexpected(at, "',' or ']'");
      at = skipSpace(bytes, at + 1);
    }
  }

  #enter(at: number, depth: number): void {
    if (depth > this.#maxDepth) {
      throw this.#refuse(`The request body is nested deeper than ${this.#maxDepth} levels`, at);
    }
    this.#depth = depth;
  }

  #leave(at: number, keys: number): number {
    this.#keys = keys;
    this.#depth--;
    return at + 1;
  }

  #string(at: number): number {
    const bytes = this.#bytes;
    at++;
    for (;;) {
      at = skipPlain(bytes, at);
      const byte = bytes[at];
      if (byte === QUOTE) return at + 1;
      if (byte !== BACKSLASH) throw this.#badStringByte(at);
      at = this.#escape(at);
    }
  }

  /** As a string, and leaves its hash. */
  #key(start: number): number {
    const bytes = this.#bytes;
    let hash = HASH_SEED;
    let escaped = false;
    this.#nulAt = -1;
    for (let at = start + 1;;) {
      const byte = bytes[at];
      if (byte !== undefined && STOPS[byte] === 0) {
        hash = hashStep(hash, byte);
        at++;
      } else if (byte === BACKSLASH) {
        at = this.#escape(at);
        escaped = true;
      } else if (byte === QUOTE) {
        if (this.#nulAt >= 0) throw this.#refuse("A key must not contain NUL", start);
        // A key with escapes counts as what it means.
        this.#hash = escaped ? hashOf(encoder.encode(this.#keyAt(start))) : hash;
        if (this.#hash === PROTO_HASH) this.#refuseProto(start);
        return at + 1;
      } else {
        throw this.#badStringByte(at);
      }
    }
  }

  #refuseProto(start: number): void {
    if (this.#keyAt(start) === "__proto__") throw this.#refuse("The key '__proto__' is not allowed", start);
  }

  /** Refuses the key just read where its object, which has few, has it already. */
  #distinct(keyStart: number, firstKey: number): void {
    const hash = this.#hash;
    const top = this.#keys;
    for (let i = firstKey; i < top; i++) {
      if (keyHashes[i] === hash && this.#keyAt(keyStarts[i] ?? 0) === this.#keyAt(keyStart)) {
        throw this.#duplicate(keyStart);
      }
    }
    keyHashes[top] = hash;
    keyStarts[top] = keyStart;
    this.#keys = top + 1;
  }

  #distinctOfMany(keyStart: number, firstKey: number, seen: Set<string> | null): Set<string> {
    if (seen === null) {
      seen = new Set();
      for (let i = firstKey; i < this.#keys; i++) seen.add(this.#keyAt(keyStarts[i] ?? 0));
    }
    const key = this.#keyAt(keyStart);
    if (seen.has(key)) throw this.#duplicate(keyStart);
    return seen.add(key);
  }

  #duplicate(keyStart: number): GatewayError {
    const key = JSON.stringify(shorten(this.#keyAt(keyStart)));
    return this.#refuse(`The key ${key} stands twice in one object`, keyStart);
  }

  /** The key whose opening quote stands at `start`, which was read before. */
  #keyAt(start: number): string {
    const bytes = this.#bytes;
    let text = "";
    let end = start + 1;
    for (; end - start < 40; end++) {
      const byte = bytes[end] ?? QUOTE;
      if (byte === QUOTE) return text;
      if (byte === BACKSLASH || byte >= 0x80) break;
      text += String.fromCharCode(byte);
    }
    while (bytes[end] !== QUOTE) end += bytes[end] === BACKSLASH ? 2 : 1;
    return JSON.parse(decoder.decode(bytes.subarray(start, end + 1)));
  }

  /** From its backslash on. */
  #escape(at: number): number {
    const bytes = this.#bytes;
    const byte = bytes[at + 1];
    if (byte === undefined) throw this.#unexpected(at + 1, "an escape");
    if (ESCAPES[byte] === 1) return at + 2;
    if (byte !== 0x75) throw this.#error("invalid_json", `${NOT_JSON}: unknown escape`, at);
    const unit = this.#hex(at);
    if (unit === 0) this.#nulAt = at;
    if (unit < 0xd800 || unit > 0xdfff) return at + 6;
    const paired = unit < 0xdc00 && bytes[at + 6] === BACKSLASH && bytes[at + 7] === 0x75;
    const low = paired ? this.#hex(at + 6) : 0;
    if (low >= 0xdc00 && low <= 0xdfff) return at + 12;
    throw this.#refuse("The request body has a lone surrogate in a string", at);
  }

  /** The value of a `\u` escape. */
  #hex(at: number): number {
    let unit = 0;
    for (let i = at + 2; i < at + 6; i++) {
      const digit = hexDigit(this.#bytes[i]);
      if (digit < 0) throw this.#unexpected(i, "four hexadecimal digits");
      unit = unit << 4 | digit;
    }
    return unit;
  }

  /** A NUL was read somewhere in the member: it matters where the value is an identifier. */
  #checkNul(keyStart: number, valueStart: number): void {
    const at = this.#nulAt;
    this.#nulAt = -1;
    if (this.#bytes[valueStart] !== QUOTE) return;
    const key = this.#keyAt(keyStart);
    if (IDENTIFIERS.has(key)) throw this.#refuse(`'${key}' must not contain NUL`, at);
  }

  #literal(at: number, literal: Uint8Array): number {
    for (let i = 1; i < literal.length; i++) {
      if (this.#bytes[at + i] !== literal[i]) throw this.#unexpected(at, "a value");
    }
    return at + literal.length;
  }

  #badStringByte(at: number): GatewayError {
    if (at >= this.#bytes.length) return this.#unexpected(at, "the end of a string");
    return this.#error("invalid_json", `${NOT_JSON}: control character in a string`, at);
  }

  #unexpected(at: number, expected: string): GatewayError {
    const char = characterAt(this.#bytes, at);
    const found = char === "" ? "the body ends" : `found ${char}`;
    return this.#error("invalid_json", `${NOT_JSON}: expected ${expected}, ${found}`, at);
  }

  #refuse(what: string, at: number): GatewayError {
    return this.#error("invalid_request", what, at);
  }

  #error(code: ErrorCode, what: string, at: number): GatewayError {
    const path = this.#path();
    const within = path === "" ? "" : ` (${path})`;
    const options = path === "" ? {} : { param: path };
    return new GatewayError(code, `${what}, at ${placeOf(this.#bytes, at)}${within}.`, options);
  }

  /** The place that is being read, in the client's terms: `messages[2].content`. */
  #path(): string {
    let path = "";
    for (let depth = 1; depth <= this.#depth; depth++) {
      const place = places[depth] ?? BETWEEN;
      if (place >= 0) path += (path === "" ? "" : ".") + shorten(this.#keyAt(place));
      else if (place !== BETWEEN) path += `[${-1 - place}]`;
    }
    return shorten(path, 200);
  }
}
