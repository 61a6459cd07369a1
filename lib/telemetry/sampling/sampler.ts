import type { RemoteParent } from "../propagation/propagator.ts";
import { ConsistentSampler } from "./consistent_sampler.ts";
import { RatioSampler } from "./ratio_sampler.ts";

/** Decides when a request arrives whether its trace is kept. */
export interface Sampler {
  /** Whether it keeps nothing, whatever comes: then no rule at the end keeps anything either. */
  readonly off: boolean;
  /** Whether a caller's decision is taken over. */
  readonly parentBased: boolean;
  /** Share of the traces that begin here which it keeps, 0 to 1; NaN where nobody knows. */
  readonly rate: number;
  /** `parent` is the caller's context, null where the trace begins here. */
  shouldSample(parent: RemoteParent | null, traceId: string): boolean;
  /** `tracestate` for whoever comes next; a sampler without it leaves the caller's as it is. */
  traceState?(parent: RemoteParent | null, sampled: boolean): string;
}

interface SamplerRow {
  /** What decides for traces that begin here. */
  readonly root: "on" | "off" | "ratio" | "consistent";
  /** Whether a caller's decision is taken over. */
  readonly parentBased: boolean;
}

/** The configuration's words (`always`, `never`, `probability`, `probabilistic`) and OpenTelemetry's. */
const ROWS = {
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
  consistent_probability: { root: "consistent", parentBased: true },
} as const satisfies Readonly<Record<string, SamplerRow>>;

export type SamplerType = keyof typeof ROWS;

export interface SamplerOptions {
  readonly type: SamplerType;
  /** Share of traces that are kept, 0 to 1, for the types that have one. Default 1. */
  readonly rate?: number | undefined;
}

/** Makes the sampler once, at start-up. */
export function createSampler(options: SamplerOptions): Sampler {
  const { root, parentBased } = ROWS[options.type];
  const rate = root === "on" ? 1 : root === "off" ? 0 : options.rate ?? 1;
  return root === "consistent" ? new ConsistentSampler(rate) : new RatioSampler(rate, parentBased);
}
