/**
 * Head sampling. The decision is that of the OpenTelemetry SDK's samplers, bit for bit (a test compares both);
 * it is written out here because the SDK costs 45 ms to import and allocates a result for each decision.
 * @see https://opentelemetry.io/docs/specs/otel/trace/sdk/#built-in-samplers
 */
import type { TraceParent } from "./propagation.ts";

/** The configuration's words (`always`, `never`, `probability`, `probabilistic`) and OpenTelemetry's. */
export const SAMPLER_TYPES = [
  "always",
  "never",
  "probability",
  "probabilistic",
  "always_on",
  "always_off",
  "traceidratio",
  "parentbased_always_on",
  "parentbased_always_off",
  "parentbased_traceidratio",
] as const;

export type SamplerType = typeof SAMPLER_TYPES[number];

export interface SamplerOptions {
  readonly type: SamplerType;
  /** Share of traces that are kept, 0 to 1, for the types that have one. Default 1. */
  readonly rate?: number | undefined;
}

export interface Sampler {
  /** Whether the trace is kept. `parent` is the caller's context, null where the trace begins here. */
  shouldSample(parent: TraceParent | null, traceId: string): boolean;
}

interface SamplerRow {
  /** What decides for traces that begin here. */
  readonly root: "on" | "off" | "ratio";
  /** Whether a caller's decision is taken over. */
  readonly parentBased: boolean;
}

const ROWS: Readonly<Record<SamplerType, SamplerRow>> = {
  always: { root: "on", parentBased: false },
  never: { root: "off", parentBased: false },
  probability: { root: "ratio", parentBased: true },
  probabilistic: { root: "ratio", parentBased: true },
  always_on: { root: "on", parentBased: false },
  always_off: { root: "off", parentBased: false },
  traceidratio: { root: "ratio", parentBased: false },
  parentbased_always_on: { root: "on", parentBased: true },
  parentbased_always_off: { root: "off", parentBased: true },
  parentbased_traceidratio: { root: "ratio", parentBased: true },
};

/** Makes the sampler once, at start-up. */
export function createSampler(options: SamplerOptions): Sampler {
  const row = ROWS[options.type];
  const rate = row.root === "on" ? 1 : row.root === "off" ? 0 : options.rate ?? 1;
  return new RatioSampler(rate, row.parentBased);
}

class RatioSampler implements Sampler {
  /** Ids whose folded value lies below are kept. */
  readonly #bound: number;
  readonly #parentBased: boolean;

  constructor(rate: number, parentBased: boolean) {
    this.#bound = rate >= 1 ? 0x100000000 : rate > 0 ? Math.floor(rate * 0xffffffff) : 0;
    this.#parentBased = parentBased;
  }

  shouldSample(parent: TraceParent | null, traceId: string): boolean {
    if (this.#parentBased && parent !== null) return parent.sampled;
    if (this.#bound === 0x100000000) return true;
    return this.#bound !== 0 && fold(traceId) < this.#bound;
  }
}

/** The four 32-bit words of a trace id, combined with exclusive or. */
function fold(traceId: string): number {
  let folded = 0;
  for (let from = 0; from < 32; from += 8) {
    let word = 0;
    for (let i = from; i < from + 8; i++) {
      const c = traceId.charCodeAt(i);
      word = (word << 4) | (c < 58 ? c - 48 : c - 87);
    }
    folded ^= word;
  }
  return folded >>> 0;
}
