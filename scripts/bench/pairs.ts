/** Pairs of variants that are loaded at the same time, and what was measured of them. */
import { type Estimate, estimateOfRuns, mulberry32, shuffled } from "../../lib/tools/statistics.ts";
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

/** One pair in one round. */
interface PairSample<Sample> {
  readonly pair: Pair;
  readonly samples: readonly [Sample, Sample];
}

/** Samples by variant, and by pair for ratios within a round. */
export class PairSamples<Sample> {
  readonly #own: PairSample<Sample>[] = [];
  readonly #runs: readonly (readonly PairSample<Sample>[])[];

  /** @param runs each with processes of its own: what differs between those is part of every interval. */
  constructor(runs: readonly PairSamples<Sample>[] = []) {
    this.#runs = [this.#own, ...runs.flatMap((run) => run.#runs)];
  }

  add(pair: Pair, samples: readonly [Sample, Sample]): void {
    this.#own.push({ pair, samples });
  }

  /** A figure of one variant over all rounds it took part in; null where it took part in none. */
  figure(key: VariantKey, of: (sample: Sample) => number): Estimate | null {
    return this.#estimate(({ pair, samples }) => samples.filter((_, place) => pair[place] === key).map(of));
  }

  /** The variant's figure as a multiple of the reference's, each round for itself. */
  ratio(pair: Pair, of: (sample: Sample) => number): Estimate | null {
    const key = pair.join();
    return this.#estimate(({ pair, samples: [a, b] }) => pair.join() === key ? [of(b) / of(a)] : []);
  }

  #estimate(of: (sample: PairSample<Sample>) => readonly number[]): Estimate | null {
    const runs = this.#runs.map((run) => run.flatMap(of)).filter((values) => values.length > 0);
    return runs.length === 0 ? null : estimateOfRuns(runs);
  }
}
