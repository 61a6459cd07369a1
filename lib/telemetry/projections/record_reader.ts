import { record, type RecordIo, type RequestRecord } from "./record_fields.ts";
import { BATCH_HEAD, LONG_TEXT, NumberKind } from "./record_writer.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Reads a batch that a {@linkcode RecordWriter} made. */
export class RecordReader implements RecordIo {
  /** Records of the batch. */
  readonly count: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #names: string[] = [];
  readonly #skim: boolean;
  #at = BATCH_HEAD;
  /** Where the record ends that is read. */
  #end = BATCH_HEAD;
  #next = 0;

  /** @param skim what the whole story alone needs is passed over: rows and figures are made without it. */
  constructor(batch: Uint8Array, { skim = false } = {}) {
    this.#skim = skim;
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
    const read = record(this, null);
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
    if (!this.#skim) return this.text();
    const length = this.#view.getUint8(this.#at++);
    this.#at += length === LONG_TEXT ? 4 + this.#view.getUint32(this.#at, true) : length;
    return "";
  }

  storyJson<T>(value: T): T {
    if (!this.#skim) return this.json();
    this.name();
    return value;
  }

  list<T>(items: T[], item: (io: RecordIo, item: T | null) => T): void {
    for (let left = this.number(); left > 0; left--) items.push(item(this, null));
  }

  same<T extends object>(_value: T | null, item: (io: RecordIo, item: T | null) => T): T {
    return item(this, null);
  }

  maybe<T>(_value: T | null, item: (io: RecordIo, item: T | null) => T): T | null {
    return this.flag() ? item(this, null) : null;
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
