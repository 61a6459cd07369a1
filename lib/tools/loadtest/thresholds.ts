import type { Growth } from "./growth.ts";
import type { Latencies } from "./latencies.ts";
import type { KindRecord } from "./recorder.ts";

/** What a run has to keep, such as `p95<500`. */
export interface Threshold {
  /** As it was written. */
  readonly text: string;
  readonly metric: string;
  readonly operator: keyof typeof OPERATORS;
  /** Milliseconds, a share, or a number. */
  readonly limit: number;
}

/** A threshold and what became of it. */
export interface Judgement {
  readonly threshold: string;
  /** In the limit's unit; null: nothing was measured. */
  readonly value: number | null;
  /** For people. */
  readonly shown: string;
  readonly kept: boolean;
}

/** What thresholds are about. */
export interface Measured {
  readonly record: KindRecord;
  readonly errorRate: number;
  readonly rps: number;
  readonly growth: { readonly memory: Growth | null; readonly latency: Growth | null };
}

const OPERATORS = {
  "<=": (value: number, limit: number) => value <= limit,
  ">=": (value: number, limit: number) => value >= limit,
  "<": (value: number, limit: number) => value < limit,
  ">": (value: number, limit: number) => value > limit,
};

type Unit = "ms" | "share" | "number";

interface Metric {
  readonly unit: Unit;
  /** It is kept where nobody can tell: a short run shows no growth. */
  readonly untold?: true;
  readonly of: (measured: Measured) => number | null;
}

/** Metrics without a percentile. */
const METRICS: Readonly<Record<string, Metric>> = {
  errors: { unit: "share", of: ({ errorRate }) => errorRate },
  rps: { unit: "number", of: ({ rps }) => rps },
  requests: { unit: "number", of: ({ record }) => record.requests },
  // What grew for certain.
  growth: { unit: "share", untold: true, of: ({ growth }) => most(growth.memory, growth.latency) },
  memory_growth: { unit: "share", untold: true, of: ({ growth }) => most(growth.memory) },
  latency_growth: { unit: "share", untold: true, of: ({ growth }) => most(growth.latency) },
};

const DISTRIBUTIONS: Readonly<Record<string, (record: KindRecord) => Latencies>> = {
  latency: ({ latencies }) => latencies,
  ttft: ({ ttft }) => ttft,
  inter_token: ({ gaps }) => gaps,
};

const STATISTIC = /^(?:(latency|ttft|inter_token)\.)?(?:p\(?(\d{1,2}(?:\.\d+)?)\)?|(avg|mean|max|min))$/;
const PATTERN = /^\s*([a-z0-9_.()]+)\s*(<=|>=|<|>)\s*(\d+(?:\.\d+)?)\s*(ms|s|%)?\s*$/;
const UNITS: Readonly<Record<string, readonly [Unit, number]>> = {
  ms: ["ms", 1],
  s: ["ms", 1000],
  "%": ["share", 0.01],
};

/** What a threshold may look like, for people. */
export const THRESHOLD_FORM =
  "p95<500, p99<2s, ttft.p95<300ms, inter_token.p99<50, max<10s, errors<1%, rps>100, growth<5%";

/** `p95<500,errors<1%`; the empty text has none. @throws {SyntaxError} that names what it cannot read. */
export function parseThresholds(text: string): Threshold[] {
  return text.split(",").filter((part) => part.trim() !== "").map(parseThreshold);
}

function parseThreshold(part: string): Threshold {
  const match = PATTERN.exec(part);
  const [, metric = "", operator = "", number = "", suffix] = match ?? [];
  const unit = unitOf(metric);
  const [given, factor] = UNITS[suffix ?? ""] ?? [unit, 1];
  const limit = Number(number) * factor;
  if (match === null || unit === null || given !== unit || (unit === "share" && limit > 1)) {
    throw new SyntaxError(`"${part.trim()}" is no threshold; expected such as ${THRESHOLD_FORM}`);
  }
  return {
    text: part.trim(),
    metric,
    operator: operator as keyof typeof OPERATORS,
    limit,
  };
}

/** Whether a run kept it. What was not measured was not kept, but for growth. */
export function judge(threshold: Threshold, measured: Measured): Judgement {
  const value = valueOf(threshold.metric, measured);
  if (value === null) {
    const untold = METRICS[threshold.metric]?.untold === true;
    return {
      threshold: threshold.text,
      value,
      shown: untold ? "too little was seen to tell" : "not measured",
      kept: untold,
    };
  }
  return {
    threshold: threshold.text,
    value,
    shown: shown(value, unitOf(threshold.metric) ?? "number"),
    kept: OPERATORS[threshold.operator](value, threshold.limit),
  };
}

function unitOf(metric: string): Unit | null {
  return STATISTIC.test(metric) ? "ms" : METRICS[metric]?.unit ?? null;
}

function valueOf(metric: string, measured: Measured): number | null {
  const match = STATISTIC.exec(metric);
  if (match === null) return METRICS[metric]?.of(measured) ?? null;
  const [, distribution = "latency", percent, statistic] = match;
  const latencies = DISTRIBUTIONS[distribution]?.(measured.record);
  if (latencies === undefined) return null;
  if (percent !== undefined) return latencies.percentile(Number(percent));
  return statistic === "max" ? latencies.max : statistic === "min" ? latencies.min : latencies.mean;
}

function most(...growths: readonly (Growth | null)[]): number | null {
  const shares = growths.filter((growth) => growth !== null).map(({ least_share }) => least_share);
  return shares.length === 0 ? null : Math.max(...shares, 0);
}

function shown(value: number, unit: Unit): string {
  if (unit === "share") return `${(value * 100).toFixed(2)} %`;
  return unit === "ms" ? `${value.toFixed(value < 10 ? 2 : 0)} ms` : value.toFixed(value < 100 ? 1 : 0);
}
