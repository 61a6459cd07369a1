/**
 * Consistent probability sampling: the trace's 56 random bits are held against a rejection threshold, and the
 * threshold goes along in `tracestate` as `ot=th:…`. Programs in any language that sample so agree on a trace, and
 * whoever counts spans knows how many traces each of them stands for.
 * @see https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/
 */
import type { RemoteParent } from "../propagation/propagator.ts";
import type { Sampler } from "./sampler.ts";

const DIGITS = 14;
const ALL = 2 ** 56;
/** Significant digits of a threshold: the error of the rate is below one in 65,536. */
const PRECISION = 4;
const VALUE = /^[0-9a-f]{1,14}$/;
const MAX_STATE_LENGTH = 512;

export class ConsistentSampler implements Sampler {
  readonly off = false;
  readonly parentBased = true;
  readonly rate: number;
  /** 14 hexadecimal digits; traces whose random digits are not below it are kept. Null: none is. */
  readonly #threshold: string | null;

  constructor(rate: number) {
    this.rate = rate;
    this.#threshold = rate <= 0 ? null : thresholdOf(rate);
  }

  shouldSample(parent: RemoteParent | null, traceId: string): boolean {
    if (parent !== null && parent.sampled !== null) return parent.sampled;
    if (this.#threshold === null) return false;
    // Digits of one length compare as texts do.
    return randomness(parent, traceId) >= this.#threshold;
  }

  traceState(parent: RemoteParent | null, sampled: boolean): string {
    const state = parent?.traceState ?? "";
    // Who decided has written its own threshold.
    if (parent !== null && parent.sampled !== null) return state;
    const fields = otherFields(memberOf(state));
    if (sampled && this.#threshold !== null) {
      fields.unshift(`th:${this.#threshold.replace(/0+$/, "") || "0"}`);
    }
    return withMember(state, fields.join(";"));
  }
}

/** How many traces a kept one stands for by the threshold in its `tracestate`; NaN where none is there. */
export function consistentWeight(traceState: string): number {
  const threshold = fieldOf(memberOf(traceState), "th");
  return threshold === null ? NaN : ALL / (ALL - parseInt(threshold.padEnd(DIGITS, "0"), 16));
}

/** The random value that is given, else the last 56 bits of the trace id. */
function randomness(parent: RemoteParent | null, traceId: string): string {
  const given = parent === null ? null : fieldOf(memberOf(parent.traceState), "rv");
  return given !== null && given.length === DIGITS ? given : traceId.slice(-DIGITS);
}

function thresholdOf(rate: number): string {
  const exact = Math.min(ALL - 1, Math.round((1 - rate) * ALL)).toString(16).padStart(DIGITS, "0");
  // Leading f's of a small rate say nothing of it; the digits that count are those after them.
  const leading = /^f*/.exec(exact)?.[0].length ?? 0;
  const kept = Math.min(DIGITS, leading + PRECISION);
  return exact.slice(0, kept).padEnd(DIGITS, "0");
}

/** The value of `ot` in a `tracestate`. */
function memberOf(traceState: string): string {
  for (const member of traceState.split(",")) {
    if (member.startsWith("ot=")) return member.slice(3).trim();
  }
  return "";
}

function fieldOf(member: string, key: string): string | null {
  for (const field of member.split(";")) {
    if (field.startsWith(`${key}:`)) {
      const value = field.slice(key.length + 1);
      return VALUE.test(value) ? value : null;
    }
  }
  return null;
}

function otherFields(member: string): string[] {
  return member.split(";").filter((field) => field !== "" && !field.startsWith("th:"));
}

/** The list with `ot` as its most recent member, or without it where there is nothing to say. */
function withMember(traceState: string, value: string): string {
  const others = traceState.split(",").filter((member) => member !== "" && !member.startsWith("ot="));
  const members = value === "" ? others : [`ot=${value}`, ...others];
  while (members.length > 32 || members.join(",").length > MAX_STATE_LENGTH) members.pop();
  return members.join(",");
}
