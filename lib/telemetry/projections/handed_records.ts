import { readRecord, type RecordSource, type RequestRecord } from "./record_fields.ts";
import { FIELD, fieldsOf, GROUP_HEAD, HEAD } from "./record_writer.ts";
import { StoredBatch } from "./stored_batch.ts";

const encoder = new TextEncoder();
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
  /** The names, each once, and where those stand that were told, by their numbers. */
  readonly #names: string[] = [];
  readonly #places = new Map<string, number>();
  readonly #told: number[] = [];
  readonly #stored = new StoredBatch();
  /** The numbers of names in the batch that is to be stored; 0: it does not have that yet. */
  readonly #storedNames: number[] = [];
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
    this.left = this.#fields[0] as number;
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
    const place = number > 0 ? this.#told[number - 1] as number : this.#tell(-number);
    const name = this.#names[place] as T;
    let stored = this.#storedNames[place] as number;
    if (stored === 0) this.#storedNames[place] = stored = this.#stored.learn(name);
    this.#stored.name(stored);
    return name;
  }

  text(): string {
    const text = this.#take(this.#next());
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

  maybe<T>(item: (from: RecordSource) => T): T | null {
    return this.flag() ? item(this) : null;
  }

  #take(length: number): string {
    const from = this.#textAt;
    this.#textAt = from + length;
    return this.#texts.slice(from, this.#textAt);
  }

  /** @returns where a name stands that is told here. */
  #tell(length: number): number {
    const text = this.#take(length);
    const place = this.#places.get(text) ?? this.#learn(text);
    this.#told.push(place);
    return place;
  }

  #learn(text: string): number {
    // A copy: those who keep it would keep the texts of its whole group.
    const name = decoder.decode(encoder.encode(text));
    const place = this.#names.push(name) - 1;
    this.#storedNames.push(0);
    this.#places.set(name, place);
    return place;
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
