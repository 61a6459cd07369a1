import {
  MAX_SUMS,
  type SpendDimension,
  type SpendPlace,
  type SpendQuery,
  type SpendRow,
  type SpendSum,
} from "../spend_store.ts";

/** Whether a row is one of those that are asked for. */
export function isAsked({ since, until, where }: SpendQuery, place: SpendPlace): boolean {
  if (place.day < since || place.day > until) return false;
  return Object.entries(where).every(([name, value]) => place[name as SpendDimension] === value);
}

/** Adds rows up that have values in common. */
export class SpendSums {
  readonly #by: readonly SpendDimension[];
  readonly #sums = new Map<string, { values: readonly string[] } & Record<Figure, number>>();

  constructor(by: readonly SpendDimension[]) {
    this.#by = by;
    if (by.length === 0) this.#sums.set("[]", { values: [], ...NOTHING });
  }

  add({ place, requests, inputTokens, outputTokens, nanoUsd }: SpendRow): void {
    const values = this.#by.map((name) => place[name]);
    const key = JSON.stringify(values);
    let sum = this.#sums.get(key);
    if (sum === undefined) this.#sums.set(key, sum = { values, ...NOTHING });
    sum.requests += requests;
    sum.inputTokens += inputTokens;
    sum.outputTokens += outputTokens;
    sum.nanoUsd += nanoUsd;
  }

  /** The most money first; what is equal in the order of its values. */
  result(): SpendSum[] {
    return [...this.#sums.values()].sort(inOrder).slice(0, MAX_SUMS);
  }
}

type Figure = "requests" | "inputTokens" | "outputTokens" | "nanoUsd";

const NOTHING: Readonly<Record<Figure, number>> = {
  requests: 0,
  inputTokens: 0,
  outputTokens: 0,
  nanoUsd: 0,
};

function inOrder(a: SpendSum, b: SpendSum): number {
  if (a.nanoUsd !== b.nanoUsd) return b.nanoUsd - a.nanoUsd;
  for (let i = 0; i < a.values.length; i++) {
    const [one = "", other = ""] = [a.values[i], b.values[i]];
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
}
