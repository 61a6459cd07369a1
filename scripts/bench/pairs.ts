/** Pairs of variants that are loaded at the same time, and what was measured of them. */
import { type Estimate, estimate, mulberry32, shuffled } from "../../lib/tools/statistics.ts";
import type { VariantKey } from "./variants.ts";

/** The variant that the other is compared with comes first. */
export type Pair = readonly [reference: VariantKey, variant: VariantKey];

/** All pairs once a round, each round in another order, so that a trend of the machine meets all alike. */
export function* schedule(pairs: readonly Pair[], rounds: number): Generator<{ pair: Pair; round: number }> {
  const random = mulberry32(rounds);
  for (let round = 0; round < rounds; round++) {
    for (const pair of shuffled(pairs, random)) yield { pair, round };
  }
}

/** Samples by variant, and by pair for ratios within a round. */
export class PairSamples<Sample> {
  readonly #byVariant = new Map<VariantKey, Sample[]>();
  readonly #byPair = new Map<string, (readonly [Sample, Sample])[]>();

  add(pair: Pair, samples: readonly [Sample, Sample]): void {
    append(this.#byPair, pair.join(), samples);
    append(this.#byVariant, pair[0], samples[0]);
    append(this.#byVariant, pair[1], samples[1]);
  }

  /** A figure of one variant over all rounds it took part in; null where it took part in none. */
  figure(key: VariantKey, of: (sample: Sample) => number): Estimate | null {
    const samples = this.#byVariant.get(key);
    return samples === undefined ? null : estimate(samples.map(of));
  }

  /** The variant's figure as a multiple of the reference's, each round for itself. */
  ratio(pair: Pair, of: (sample: Sample) => number): Estimate | null {
    const samples = this.#byPair.get(pair.join());
    return samples === undefined ? null : estimate(samples.map(([a, b]) => of(b) / of(a)));
  }
}

function append<Key, Value>(map: Map<Key, Value[]>, key: Key, value: Value): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
