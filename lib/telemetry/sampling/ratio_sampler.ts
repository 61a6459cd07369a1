/**
 * The decisions of the OpenTelemetry SDK's samplers, bit for bit (a test compares both); they are written out here
 * because the SDK costs 45 ms to import and allocates a result for each decision.
 * @see https://opentelemetry.io/docs/specs/otel/trace/sdk/#built-in-samplers
 */
import type { RemoteParent } from "../propagation/propagator.ts";
import type { Sampler } from "./sampler.ts";

/** Keeps a share of the traces by their ids, so that gateways with one rate agree on each trace. */
export class RatioSampler implements Sampler {
  readonly off: boolean;
  readonly rate: number;
  readonly parentBased: boolean;
  /** Ids whose folded value lies below are kept. */
  readonly #bound: number;

  constructor(rate: number, parentBased: boolean) {
    this.rate = rate;
    this.parentBased = parentBased;
    this.off = rate <= 0 && !parentBased;
    this.#bound = rate >= 1 ? 0x100000000 : rate > 0 ? Math.floor(rate * 0xffffffff) : 0;
  }

  shouldSample(parent: RemoteParent | null, traceId: string): boolean {
    if (this.parentBased && parent !== null && parent.sampled !== null) return parent.sampled;
    if (this.#bound === 0x100000000) return true;
    return this.#bound !== 0 && isBelow(traceId, this.#bound);
  }
}

/**
 * Whether the four 32-bit words of a trace id, combined with exclusive or, are below a bound: digit by digit from the
 * highest, of which mostly the first says so.
 */
function isBelow(traceId: string, bound: number): boolean {
  for (let i = 0; i < 8; i++) {
    const digit = digitAt(traceId, i) ^ digitAt(traceId, i + 8) ^ digitAt(traceId, i + 16) ^
      digitAt(traceId, i + 24);
    const limit = bound >>> 28 - 4 * i & 15;
    if (digit !== limit) return digit < limit;
  }
  return false;
}

/** A hexadecimal digit in lower case: its low four bits, and nine more where it is a letter. No branch could be foretold. */
function digitAt(text: string, place: number): number {
  const code = text.charCodeAt(place);
  return (code & 15) + 9 * (code >> 6);
}
