import type { ModelCall } from "../model_call.ts";
import { holm, mannWhitney, mulberry32, shuffled } from "../statistics.ts";
import { oneCall, profileOf, type ProfileOptions, valuesOf } from "./latency_profile.ts";
import { providerOf } from "./latency_json.ts";
import type { Summary } from "./summary.ts";

export interface ComparisonOptions extends Omit<ProfileOptions, "question"> {
  /** A question a model. */
  readonly questions: readonly ProfileOptions["question"][];
  /** Whose models they are, for answers that do not say who gave them. */
  readonly owners: ReadonlyMap<string, string>;
}

/** One of several models that were asked the same. */
export interface Compared {
  readonly model: string;
  readonly provider: string | null;
  readonly calls: readonly ModelCall[];
  readonly latency: Summary | null;
  readonly ttfb: Summary | null;
  readonly tokensPerSecond: Summary | null;
  readonly successRate: number;
  /** How many times as fast as the slowest; null: nothing was measured. */
  readonly speedup: number | null;
  /** How many times the fastest's median; null: nothing was measured. */
  readonly timesFastest: number | null;
  /**
   * The probability that it is as fast as the fastest and looks otherwise by chance (Mann–Whitney, corrected by
   * Holm for the number of models); null for the fastest.
   */
  readonly p: number | null;
}

/** Differences that are less probable by chance count as real. */
export const SIGNIFICANT = 0.05;

/** Asks all models by turns, each round in another order, so that whatever changes meanwhile meets all alike. */
export async function compareModels(options: ComparisonOptions): Promise<Compared[]> {
  const { questions, owners, warmup, iterations, onProgress, signal } = options;
  const calls = new Map(questions.map(({ model }) => [model, [] as ModelCall[]]));
  const random = mulberry32(questions.length);
  let done = 0;
  for (let round = 0; round < warmup + iterations; round++) {
    for (const question of shuffled(questions, random)) {
      if (signal.aborted) break;
      onProgress(done++, (warmup + iterations) * questions.length);
      const call = await oneCall({ ...options, question });
      if (round >= warmup && !signal.aborted) calls.get(question.model)?.push(call);
    }
  }
  return compared(calls, owners);
}

/** The fastest first; those that never answered last. */
function compared(
  callsByModel: ReadonlyMap<string, readonly ModelCall[]>,
  owners: ReadonlyMap<string, string>,
): Compared[] {
  const profiles = [...callsByModel].map(([model, calls]) => ({ model, calls, profile: profileOf(calls) }))
    .sort((a, b) => medianOf(a.profile.summaries.latency) - medianOf(b.profile.summaries.latency));
  const medians = profiles.map(({ profile }) => medianOf(profile.summaries.latency)).filter(Number.isFinite);
  const [fastest] = profiles;
  const reference = fastest === undefined ? [] : latencies(fastest.calls);
  const tested = profiles.slice(1).map(({ calls }) => mannWhitney(reference, latencies(calls)));
  const known = tested.filter(Number.isFinite);
  const corrected = holm(known).values();
  const slowest = Math.max(...medians);
  return profiles.map(({ model, calls, profile }, index) => {
    const median = medianOf(profile.summaries.latency);
    const p = index === 0 || !Number.isFinite(tested[index - 1]) ? null : corrected.next().value ?? null;
    return {
      model,
      provider: calls.map(providerOf).find((name) => name !== null) ?? (owners.get(model) || null),
      calls,
      latency: profile.summaries.latency,
      ttfb: profile.summaries.ttfb,
      tokensPerSecond: profile.summaries.tokens_per_second,
      successRate: calls.length === 0 ? 0 : 1 - profile.errors / calls.length,
      speedup: Number.isFinite(median) ? slowest / median : null,
      timesFastest: Number.isFinite(median) ? median / Math.min(...medians) : null,
      p,
    };
  });
}

function latencies(calls: readonly ModelCall[]): number[] {
  return valuesOf(calls.filter(({ ok }) => ok), "latency");
}

function medianOf(summary: Summary | null): number {
  return summary?.p50.value ?? Infinity;
}
