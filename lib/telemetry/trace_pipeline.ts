import { type BatchLimits, BatchProcessor } from "./exporters/batch_processor.ts";
import type { ExporterOptions } from "./exporters/create_exporter.ts";
import { SpanEncoder } from "./exporters/span_encoder.ts";
import { StdoutSpans } from "./exporters/stdout.ts";
import { DEFAULT_PROFILES, type Profile } from "./names/profiles.ts";
import {
  createExporters,
  envelopeOf,
  type PipelineSurroundings,
  type SignalPipeline,
  together,
} from "./pipeline.ts";
import type { SpanConsumer } from "./projections/span.ts";
import { SpanProjection } from "./projections/spans.ts";
import type { CustomAttribute } from "./names/custom_attributes.ts";
import type { Projection } from "./recorder.ts";
import type { Redactor } from "./redaction.ts";
import type { Sampler, SamplerOptions } from "./sampling/sampler.ts";
import { type TailRuleOptions, TailRules } from "./sampling/tail_rules.ts";

export interface TracingOptions {
  /** How to make the sampler, or one that a program brought along. */
  readonly sampler: SamplerOptions | Sampler;
  /** Attributes of a request's span besides those of the conventions. */
  readonly attributes?: readonly CustomAttribute[] | undefined;
  /** What is kept at the end besides what the sampler keeps; absent: nothing. */
  readonly tail?: TailRuleOptions | undefined;
  /** Empty: ids are made, logged and passed on, and spans go nowhere. */
  readonly exporters: readonly ExporterOptions[];
  readonly batch?: BatchLimits | undefined;
  /** What was said is told in traces; absent: it is not. */
  readonly content?: {
    /** Characters of instructions, conversation and answer, each. */
    readonly maxLength: number;
  } | undefined;
  /** Limits of a span; default 128 attributes of any length. */
  readonly limits?: {
    readonly attributeCount?: number | undefined;
    readonly attributeLength?: number | undefined;
  } | undefined;
}

export interface TracePipeline extends SignalPipeline {
  /** Null where spans go nowhere, so that none is made. */
  readonly projection: Projection | null;
  /** Keeps from now on what other rules keep, beside what this sampler keeps. */
  resample(options: Pick<TracingOptions, "tail">, sampler: Sampler): void;
}

export function createTracePipeline(
  options: TracingOptions,
  conventions: readonly Profile[] | undefined,
  sampler: Sampler,
  around: PipelineSurroundings & { readonly redactor: Redactor },
): TracePipeline {
  const batches = options.exporters.filter(({ type }) => type !== "stdout");
  const processors = createExporters(batches, "traces", around).map((exporter) =>
    new BatchProcessor({
      ...around,
      ...options.batch,
      signal: "traces",
      encoder: new SpanEncoder(envelopeOf(around)),
      exporter,
    })
  );
  const rulesOf = ({ tail }: Pick<TracingOptions, "tail">, sampler: Sampler) =>
    tail === undefined ? null : new TailRules(tail, sampler);
  let rules = rulesOf(options, sampler);
  const consumers: SpanConsumer[] = [...processors];
  if (batches.length < options.exporters.length) {
    consumers.push(new StdoutSpans(around.print, around.resource, around.stats));
  }
  return {
    ...together(processors),
    resample: (options, sampler) => rules = rulesOf(options, sampler),
    projection: consumers.length === 0 ? null : new SpanProjection({
      keep: (exchange) => rules === null ? exchange.sampled : rules.decide(exchange),
      custom: options.attributes ?? [],
      ...(options.content === undefined
        ? {}
        : { content: { ...options.content, redaction: around.redactor } }),
      profiles: conventions ?? DEFAULT_PROFILES,
      maxAttributes: options.limits?.attributeCount ?? 128,
      maxLength: options.limits?.attributeLength ?? Infinity,
    }, consumers),
  };
}
