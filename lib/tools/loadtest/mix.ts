import { type RequestKind, requestKinds, type RequestShape } from "./request_kind.ts";

/** Of the users of a back end, as guides have them: most ask the first model, some the second, few the third. */
const SHARES: Readonly<Record<number, readonly number[]>> = { 1: [100], 2: [70, 30], 3: [60, 25, 15] };

/** Which model is asked how often. */
export type Mix = readonly (readonly [model: string, weight: number])[];

/** The usual mix of up to three models, the first of them the most used. */
export function usualMix(models: readonly string[]): Mix {
  const some = models.slice(0, 3);
  return some.map((model, index) => [model, SHARES[some.length]?.[index] ?? 0]);
}

/** `model=60,other=25`; null where it says nothing else. */
export function parseMix(text: string): Mix | null {
  const mix = text.split(",").map((part) => {
    const at = part.lastIndexOf("=");
    const weight = Number(part.slice(at + 1).replace(/%$/, ""));
    return at > 0 && weight > 0 && Number.isFinite(weight)
      ? [part.slice(0, at).trim(), weight] as const
      : null;
  });
  return mix.includes(null) ? null : mix.filter((part) => part !== null);
}

/** Draws requests in the proportions of their kinds; the same numbers draw the same requests. */
export class MixedRequests {
  readonly kinds: readonly RequestKind[];
  readonly #limits: readonly number[];

  constructor(mix: Mix, streamShare: number, shape: RequestShape) {
    this.kinds = mix.flatMap(([model, weight]) => requestKinds(model, weight, streamShare, shape));
    const sum = this.kinds.reduce((total, { weight }) => total + weight, 0);
    let limit = 0;
    this.#limits = this.kinds.map(({ weight }) => limit += weight / sum);
  }

  /** @param random in [0, 1). @returns the index of a kind. */
  kind(random: number): number {
    const index = this.#limits.findIndex((limit) => random < limit);
    // Of a sum of fractions that falls short of 1.
    return index < 0 ? this.#limits.length - 1 : index;
  }
}
