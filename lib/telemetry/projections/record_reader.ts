import { readRecord, type RecordSource, type RequestRecord } from "./record_fields.ts";
import { BATCH_HEAD, LONG_TEXT, NumberKind } from "./stored_batch.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Reads a batch as stores keep it: what a {@linkcode StoredBatch} made. */
export class RecordReader implements RecordSource {
  /** Records of the batch. */
  readonly count: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #names: string[] = [];
  #at = BATCH_HEAD;
  /** Where the record ends that is read. */
  #end = BATCH_HEAD;
  #next = 0;

  constructor(batch: Uint8Array) {
    this.#bytes = batch;
    this.#view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
    this.count = this.#view.getUint32(4, true);
    this.#at = this.#view.getUint32(0, true);
    while (this.#at < this.#bytes.length) this.#names.push(this.#long());
    this.#at = BATCH_HEAD;
  }

  /** The next record; null after the last. */
  next(): RequestRecord | null {
    if (this.#next++ >= this.count) return null;
    this.#end = this.#at + 4 + this.#view.getUint32(this.#at, true);
    this.#at += 4;
    const read = readRecord(this);
    // A later version may have written more.
    this.#at = this.#end;
    return read;
  }

  get more(): boolean {
    return this.#at < this.#end;
  }

  /** The record at a place; null where there is none. */
  at(place: number): RequestRecord | null {
    if (place >= this.count) return null;
    this.#at = BATCH_HEAD;
    for (this.#next = 0; this.#next < place; this.#next++) {
      this.#at += 4 + this.#view.getUint32(this.#at, true);
    }
    return this.next();
  }

  piece(): void {}

  number(): number {
    const at = this.#at + 1;
    switch (this.#bytes[this.#at] as NumberKind) {
      case NumberKind.NaN:
        this.#at = at;
        return NaN;
      case NumberKind.Byte:
        this.#at = at + 1;
        return this.#view.getUint8(at);
      case NumberKind.Short:
        this.#at = at + 2;
        return this.#view.getUint16(at, true);
      case NumberKind.Word:
        this.#at = at + 4;
        return this.#view.getUint32(at, true);
      default:
        this.#at = at + 8;
        return this.#view.getFloat64(at, true);
    }
  }

  flag(): boolean {
    return this.#bytes[this.#at++] === 1;
  }

  name<T extends string>(): T {
    let number = this.#view.getUint16(this.#at, true);
    this.#at += 2;
    if (number >= 0x8000) {
      number = (number & 0x7fff) * 0x10000 + this.#view.getUint16(this.#at, true);
      this.#at += 2;
    }
    return (number === 0 ? "" : this.#names[number - 1] ?? "") as T;
  }

  text(): string {
    const length = this.#view.getUint8(this.#at++);
    if (length === LONG_TEXT) return this.#long();
    let text = "";
    const end = this.#at + length;
    for (let at = this.#at; at < end; at++) text += CHARACTERS[this.#bytes[at] as number];
    this.#at = end;
    return text;
  }

  json<T>(): T {
    const text = this.name();
    return (text === "" ? null : JSON.parse(text)) as T;
  }

  storyText(): string {
    return this.text();
  }

  storyJson<T>(): T {
    return this.json();
  }

  list<T>(items: T[], item: (from: RecordSource) => T): void {
    for (let left = this.number(); left > 0; left--) items.push(item(this));
  }

  maybe<T>(item: (from: RecordSource) => T): T | null {
    return this.flag() ? item(this) : null;
  }

  known<T extends object>(item: (from: RecordSource) => T): T | null {
    return this.maybe(item);
  }

  #long(): string {
    const length = this.#view.getUint32(this.#at, true);
    const from = this.#at + 4;
    this.#at = from + length;
    return decoder.decode(this.#bytes.subarray(from, this.#at));
  }
}

/** The characters of ASCII, made once. */
const CHARACTERS = Array.from({ length: 0x80 }, (_, code) => String.fromCharCode(code));
