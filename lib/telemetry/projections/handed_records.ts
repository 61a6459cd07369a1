import { PieceKind, readRecord, type RecordSource, type RequestRecord } from "./record_fields.ts";
import { FIELD, fieldsOf, GROUP_HEAD, HEAD } from "./record_writer.ts";
import { StoredBatch } from "./stored_batch.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** A name of the batch. */
interface Name {
  readonly text: string;
  /** Its number in the batch that is to be stored; 0: it is empty, or not in there yet. */
  stored: number;
}

/** What came as a whole, and the names that it has, in their order. */
interface Known {
  it: object;
  readonly names: Name[];
}

const EMPTY: Name = { text: "", stored: 0 };

/** A mask in which whatever is asked for is set: outside of pieces every name is told. */
const ALL = -1;

/** An attempt's names that are taken to be its call's, as {@linkcode RecordWriter} compares them: by their places. */
const NAMES_OF_CALL = [[0, 1], [1, 3], [3, 5], [4, 6]] as const;

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
  /** The names, each once. */
  readonly #names = new Map<string, Name>();
  readonly #known: Known[] = [];
  readonly #stored = new StoredBatch();
  /** Those of the last piece of each kind. */
  readonly #last: Name[][] = [[], [], [], [], []];
  /** The piece's mask as far as it is not read, its names, and how many of them are read. */
  #mask = ALL;
  #piece: Name[] = [];
  #place = 0;
  /** The last call's. */
  #call: Name[] = [];
  #at = HEAD;
  /** What a group tells: its texts, how far those of names and the others are read, and how long names are. */
  #texts = "";
  #nameAt = 0;
  #textAt = 0;
  #lengthAt = 0;
  /** Where that stands, and the next group. */
  #toldAt = HEAD;
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
    if (this.#at === this.#toldAt) this.#group(this.#nextGroup);
    this.#stored.begin();
    const record = readRecord(this);
    this.#stored.end();
    return record;
  }

  /** The records that were read since the last time, as one batch that can be stored. */
  takeStored(): Uint8Array<ArrayBuffer> {
    for (const name of this.#names.values()) name.stored = 0;
    return this.#stored.take();
  }

  piece(kind: PieceKind): void {
    this.#piece = this.#last[kind] as Name[];
    this.#place = 0;
    this.#mask = this.#next();
    if (kind === PieceKind.AnsweringCall || kind === PieceKind.InnerCall) this.#call = this.#piece;
    if (kind !== PieceKind.Attempt) return;
    for (const [place, ofCall] of NAMES_OF_CALL) this.#piece[place] = this.#call[ofCall] as Name;
  }

  number(): number {
    const value = this.#next();
    this.#stored.number(value);
    return value;
  }

  flag(): boolean {
    const value = this.#bit();
    this.#stored.flag(value);
    return value;
  }

  name<T extends string>(): T {
    const place = this.#place++;
    const name = this.#bit() ? this.#tell() : this.#piece[place] ?? EMPTY;
    this.#piece[place] = name;
    this.#store(name);
    return name.text as T;
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
    this.#outside([]);
    for (let left = this.number(); left > 0; left--) items.push(item(this));
  }

  maybe<T>(item: (from: RecordSource) => T): T | null {
    const value = this.#next() === 1;
    this.#stored.flag(value);
    return value ? item(this) : null;
  }

  known<T extends object>(item: (from: RecordSource) => T): T | null {
    const number = this.#next();
    this.#stored.flag(number > 0);
    if (number === 0) return null;
    const known = this.#known[number - 1];
    if (known === undefined) {
      const names: Name[] = [];
      this.#outside(names);
      const it = item(this);
      this.#known.push({ it, names });
      return it;
    }
    for (const name of known.names) this.#store(name);
    return known.it as T;
  }

  /** What is read next is of no piece. @param names get its names. */
  #outside(names: Name[]): void {
    this.#piece = names;
    this.#place = 0;
    this.#mask = ALL;
  }

  #bit(): boolean {
    const value = (this.#mask & 1) === 1;
    this.#mask >>= 1;
    return value;
  }

  #tell(): Name {
    const from = this.#nameAt;
    const length = this.#fields[this.#lengthAt++] as number;
    if (length === 0) return EMPTY;
    this.#nameAt = from + length;
    const text = this.#texts.slice(from, this.#nameAt);
    return this.#names.get(text) ?? this.#learn(text);
  }

  #learn(told: string): Name {
    // A copy: those who keep it would keep the texts of its whole group.
    const text = decoder.decode(encoder.encode(told));
    const name = { text, stored: 0 };
    this.#names.set(text, name);
    return name;
  }

  #store(name: Name): void {
    if (name !== EMPTY && name.stored === 0) name.stored = this.#stored.learn(name.text);
    this.#stored.name(name.stored);
  }

  #next(): number {
    return this.#fields[this.#at++] as number;
  }

  #group(at: number): void {
    const [toldAt = 0, told = 0, characters = 0, bytes = 0] = this.#fields.subarray(at, at + GROUP_HEAD);
    const from = toldAt * FIELD;
    this.#texts = decoder.decode(this.#bytes.subarray(from, from + bytes));
    this.#nameAt = 0;
    this.#textAt = characters;
    this.#toldAt = toldAt;
    this.#lengthAt = toldAt + fieldsOf(bytes);
    this.#nextGroup = this.#lengthAt + told;
    this.#at = at + GROUP_HEAD;
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
