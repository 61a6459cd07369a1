import { Buffer } from "node:buffer";
import { ErrorCode, Http2Error } from "./frames.ts";
import { decodeHuffman } from "./huffman.ts";
import { STATIC_TABLE } from "./static_table.ts";

/** What an entry costs besides its bytes. @see https://www.rfc-editor.org/rfc/rfc7541#section-4.1 */
const OVERHEAD = 32;
const TABLE_SIZE = 4096;
/** The most that one list may come to, bytes. */
const MAX_LIST = 64 * 1024;

interface Entry {
  readonly name: Buffer;
  readonly value: Buffer;
}

const STATIC: readonly Entry[] = STATIC_TABLE.map(([name, value]) => ({
  name: Buffer.from(name),
  value: Buffer.from(value),
}));

/** Headers that are too long together: they are decoded for the sake of the table, and of no further use. */
export const TOO_LONG = Symbol("too long");

/**
 * Decodes the header blocks of one connection, in their order, for each may refer to those before.
 * @see https://www.rfc-editor.org/rfc/rfc7541
 */
export class HpackDecoder {
  /** The youngest first. */
  readonly #table: Entry[] = [];
  #size = 0;
  #maxSize = TABLE_SIZE;
  #block: Uint8Array = new Uint8Array();
  #at = 0;

  /** @returns name, value, name, value, …; @throws {Http2Error} where the block is no such list. */
  decode(block: Uint8Array): Buffer[] | typeof TOO_LONG {
    this.#block = block;
    this.#at = 0;
    const list: Buffer[] = [];
    let size = 0;
    while (this.#at < block.length) {
      const first = block[this.#at] ?? 0;
      if ((first & 0xe0) === 0x20) {
        this.#resize(this.#integer(5));
        continue;
      }
      const entry = (first & 0x80) !== 0 ? this.#entry(this.#integer(7)) : this.#literal(first);
      size += entry.name.length + entry.value.length + OVERHEAD;
      if (size <= MAX_LIST) list.push(entry.name, entry.value);
    }
    return size > MAX_LIST ? TOO_LONG : list;
  }

  #literal(first: number): Entry {
    const kept = (first & 0x40) !== 0;
    const index = this.#integer(kept ? 6 : 4);
    const name = index === 0 ? this.#string() : this.#entry(index).name;
    const entry = { name, value: this.#string() };
    if (kept) this.#keep(entry);
    return entry;
  }

  #entry(index: number): Entry {
    const entry = index <= STATIC.length ? STATIC[index - 1] : this.#table[index - STATIC.length - 1];
    if (entry === undefined) throw new Http2Error(ErrorCode.CompressionError, "a header that is not there");
    return entry;
  }

  #keep(entry: Entry): void {
    this.#size += entry.name.length + entry.value.length + OVERHEAD;
    this.#table.unshift(entry);
    this.#evict();
  }

  #resize(size: number): void {
    if (size > TABLE_SIZE) {
      throw new Http2Error(ErrorCode.CompressionError, "the table of headers is too long");
    }
    this.#maxSize = size;
    this.#evict();
  }

  #evict(): void {
    while (this.#size > this.#maxSize) {
      const last = this.#table.pop();
      if (last === undefined) break;
      this.#size -= last.name.length + last.value.length + OVERHEAD;
    }
  }

  /** @param bits of the present byte that it may begin in. */
  #integer(bits: number): number {
    const mask = (1 << bits) - 1;
    let value = this.#byte() & mask;
    if (value < mask) return value;
    for (let shift = 0; shift <= 21; shift += 7) {
      const byte = this.#byte();
      value += (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) return value;
    }
    throw new Http2Error(ErrorCode.CompressionError, "a number is too large");
  }

  #string(): Buffer {
    const coded = ((this.#block[this.#at] ?? 0) & 0x80) !== 0;
    const length = this.#integer(7);
    const end = this.#at + length;
    if (end > this.#block.length) throw new Http2Error(ErrorCode.CompressionError, "a string is cut off");
    const bytes = this.#block.subarray(this.#at, end);
    this.#at = end;
    // The block is gone with the next read.
    return Buffer.from(coded ? decodeHuffman(bytes) : bytes);
  }

  #byte(): number {
    const byte = this.#block[this.#at++];
    if (byte === undefined) throw new Http2Error(ErrorCode.CompressionError, "a number is cut off");
    return byte;
  }
}
