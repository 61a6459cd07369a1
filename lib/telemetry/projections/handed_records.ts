import { readRecord, type RecordSource, type RequestRecord } from "./record_fields.ts";
import { FIELD, fieldsOf, GROUP_HEAD, HEAD } from "./record_writer.ts";
import { StoredBatch } from "./stored_batch.ts";

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Reads a batch that a {@linkcode RecordWriter} made, and writes what it reads as stores keep it, in half the room:
 * on the way of requests there is no time for that.
 */
export class HandedRecords implements RecordSource {
  /** Records that are still to be read. */
  left: number;
  /** Both sides are of one version. */
  readonly more = true;
  readonly #skim: boolean;
  readonly #bytes: Uint8Array;
  readonly #fields: Float64Array;
  readonly #names: string[] = [];
  readonly #stored = new StoredBatch();
  /** The numbers of names in the batch that is to be stored; 0: it does not have that yet. */
  readonly #storedNames: Uint32Array;
  #at = HEAD;
  /** Texts of a group, how far they are read, where they stand, and where the next group does. */
  #texts = "";
  #textAt = 0;
  #textsAt = HEAD;
  #nextGroup = HEAD;

  /**
   * @param batch begins where eight bytes do.
   * @param skim what the whole story alone needs is passed over: rows and figures are made without it.
   */
  constructor(batch: Uint8Array, { skim = false } = {}) {
    this.#skim = skim;
    this.#bytes = batch;
    this.#fields = new Float64Array(batch.buffer, batch.byteOffset, batch.byteLength / FIELD);
    const [count = 0, namesAt = 0, names = 0] = this.#fields;
    this.left = count;
    for (let at = namesAt, i = 0; i < names; i++) {
      const bytes = this.#fields[at] as number;
      this.#names.push(this.#decode(at + 1, bytes));
      at += 1 + fieldsOf(bytes);
    }
    this.#storedNames = new Uint32Array(names + 1);
  }

  /** Bytes of the batch that is to be stored, names aside. */
  get storedLength(): number {
    return this.#stored.length;
  }

  /** The next record: there is one. */
  next(): RequestRecord {
    this.left--;
    if (this.#at === this.#textsAt) this.#group(this.#nextGroup);
    this.#stored.begin();
    const record = readRecord(this);
    this.#stored.end();
    return record;
  }

  /** The records that were read since the last time, as one batch that can be stored. */
  takeStored(): Uint8Array<ArrayBuffer> {
    this.#storedNames.fill(0);
    return this.#stored.take();
  }

  number(): number {
    const value = this.#next();
    this.#stored.number(value);
    return value;
  }

  flag(): boolean {
    const value = this.#next() === 1;
    this.#stored.flag(value);
    return value;
  }

  name<T extends string>(): T {
    const number = this.#next();
    if (number === 0) {
      this.#stored.name(0);
      return "" as T;
    }
    const name = this.#names[number - 1] as T;
    let stored = this.#storedNames[number] as number;
    if (stored === 0) this.#storedNames[number] = stored = this.#stored.learn(name);
    this.#stored.name(stored);
    return name;
  }

  text(): string {
    const from = this.#textAt;
    this.#textAt = from + this.#next();
    const text = this.#texts.slice(from, this.#textAt);
    this.#stored.text(text);
    return text;
  }

  json<T>(): T {
    const text = this.name();
    return (text === "" ? null : JSON.parse(text)) as T;
  }

  storyText(): string {
    return this.text();
  }

  storyJson<T>(without: T): T {
    if (!this.#skim) return this.json();
    this.name();
    return without;
  }

  list<T>(items: T[], item: (from: RecordSource) => T): void {
    for (let left = this.number(); left > 0; left--) items.push(item(this));
  }

  /** Its fields stand where it came first, and that is told before. */
  same<T>(item: (from: RecordSource) => T): T {
    const place = this.#next();
    const after = this.#at;
    this.#at = place;
    const value = item(this);
    if (place !== after) this.#at = after;
    return value;
  }

  maybe<T>(item: (from: RecordSource) => T): T | null {
    return this.flag() ? item(this) : null;
  }

  #next(): number {
    return this.#fields[this.#at++] as number;
  }

  #group(at: number): void {
    const [textsAt = 0, bytes = 0] = this.#fields.subarray(at, at + GROUP_HEAD);
    this.#texts = this.#decode(textsAt, bytes);
    this.#textAt = 0;
    this.#textsAt = textsAt;
    this.#nextGroup = textsAt + fieldsOf(bytes);
    this.#at = at + GROUP_HEAD;
  }

  #decode(at: number, bytes: number): string {
    return decoder.decode(this.#bytes.subarray(at * FIELD, at * FIELD + bytes));
  }
}

/** What is in a batch. */
export function handedRecords(batch: Uint8Array): RequestRecord[] {
  const records = new HandedRecords(batch);
  return Array.from({ length: records.left }, () => records.next());
}

/** The same batch as stores keep it. */
export function storedOf(batch: Uint8Array): Uint8Array<ArrayBuffer> {
  const records = new HandedRecords(batch);
  while (records.left > 0) records.next();
  return records.takeStored();
}
