import { BYTES, JSONS, TEXTS } from "./naughty.ts";

export type Random = () => number;

const encoder = new TextEncoder();

export function below(random: Random, end: number): number {
  return Math.floor(random() * end);
}

export function pick<Item>(random: Random, items: readonly Item[]): Item {
  const item = items[below(random, items.length)];
  if (item === undefined) throw new Error("Cannot pick from nothing");
  return item;
}

/** Bytes with one to four things done to them; now and then none. */
export function mutated(bytes: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  let now = Uint8Array.from(bytes);
  const times = below(random, 5);
  for (let time = 0; time < times; time++) now = pick(random, MUTATIONS)(now, random);
  return now;
}

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array<ArrayBuffer>;

const MUTATIONS: readonly Mutation[] = [
  // One bit is another.
  (bytes, random) => {
    const copy = Uint8Array.from(bytes);
    const at = below(random, copy.length);
    if (copy.length > 0) copy[at] = (copy[at] ?? 0) ^ (1 << below(random, 8));
    return copy;
  },
  // Some are missing, or the rest is.
  (bytes, random) => {
    const at = below(random, bytes.length + 1);
    const length = random() < 0.3 ? bytes.length : 1 + below(random, 16);
    return joined(bytes.subarray(0, at), bytes.subarray(at + length));
  },
  // Some come twice.
  (bytes, random) => {
    const at = below(random, bytes.length + 1);
    const end = Math.min(bytes.length, at + 1 + below(random, 200));
    return joined(bytes.subarray(0, end), bytes.subarray(at));
  },
  // Two pieces change places.
  (bytes, random) => {
    const [a = 0, b = 0] = [below(random, bytes.length + 1), below(random, bytes.length + 1)].sort((x, y) =>
      x - y
    );
    return joined(bytes.subarray(b), bytes.subarray(a, b), bytes.subarray(0, a));
  },
  (bytes, random) => inserted(bytes, pick(random, BYTES), random),
  (bytes, random) => inserted(bytes, encoder.encode(pick(random, TEXTS)), random),
  (bytes, random) => inserted(bytes, encoder.encode(pick(random, JSONS)), random),
  // A value of JSON is another: what stands between a colon and the next comma or brace.
  (bytes, random) => {
    const text = new TextDecoder("latin1").decode(bytes);
    const values = [...text.matchAll(/:\s*("(?:[^"\\]|\\.)*"|[^,{}[\]\s]+)/g)];
    if (values.length === 0) return Uint8Array.from(bytes);
    const value = pick(random, values);
    const from = value.index + value[0].length - (value[1]?.length ?? 0);
    const other = random() < 0.5 ? pick(random, JSONS) : JSON.stringify(pick(random, TEXTS));
    return joined(
      bytes.subarray(0, from),
      encoder.encode(other),
      bytes.subarray(value.index + value[0].length),
    );
  },
];

function inserted(bytes: Uint8Array, more: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  const at = below(random, bytes.length + 1);
  return joined(bytes.subarray(0, at), more, bytes.subarray(at));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The same bytes in one to five pieces. */
export function split(bytes: Uint8Array, random: Random): Uint8Array[] {
  const cuts = Array.from({ length: below(random, 5) }, () => below(random, bytes.length + 1));
  const all = [0, ...cuts.sort((a, b) => a - b), bytes.length];
  return all.slice(1).map((end, index) => bytes.subarray(all[index], end)).filter(({ length }) => length > 0);
}
