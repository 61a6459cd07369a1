import { type BatchLimits, BatchProcessor } from "./exporters/batch_processor.ts";
import type { ExporterOptions } from "./exporters/create_exporter.ts";
import type { Resource } from "./exporters/exporter.ts";
import { SpanEncoder } from "./exporters/span_encoder.ts";
import { StdoutSpans } from "./exporters/stdout.ts";
import { DEFAULT_PROFILES, type Profile } from "./names/profiles.ts";
import { Outlets } from "./outlets.ts";
import { envelopeOf, type OnFailure, type PipelineSurroundings, type Prepared } from "./pipeline.ts";
import type { SpanConsumer, SpanRecord } from "./projections/span.ts";
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

/** What spans are made by besides what tracing itself says. */
export interface SpanSettings {
  readonly conventions: readonly Profile[] | undefined;
  readonly sampler: Sampler;
  readonly redactor: Redactor;
  readonly resource: Resource;
}

/** Spans on their way to collectors and to standard output. */
export class TracePipeline {
  readonly outlets: Outlets<BatchProcessor<SpanRecord>>;
  readonly #around: PipelineSurroundings;

  constructor(around: PipelineSurroundings) {
    this.#around = around;
    this.outlets = new Outlets("traces", around);
  }

  /**
   * @param options null: nothing is traced.
   * @returns what makes the spans, once committed; null where they go nowhere, so that none is made.
   */
  prepare(
    options: TracingOptions | null,
    settings: SpanSettings,
    failed: OnFailure,
  ): Prepared<Projection | null> {
    const around = this.#around;
    const { exporters = [], batch } = options ?? {};
    const { resource } = settings;
    const batches = exporters.filter(({ type }) => type !== "stdout");
    const { commit, abort } = this.outlets.prepare({
      exporters: batches,
      settings: [batch, resource],
      make: (exporter) =>
        new BatchProcessor({
          ...around,
          ...batch,
          signal: "traces",
          encoder: new SpanEncoder(envelopeOf(resource, around)),
          exporter,
        }),
    }, failed);
    return {
      commit() {
        const consumers: SpanConsumer[] = [...commit()];
        if (batches.length < exporters.length) {
          consumers.push(new StdoutSpans(around.print, resource, around.stats));
        }
        return options === null || consumers.length === 0 ? null : spansOf(options, settings, consumers);
      },
      abort,
    };
  }
}

function spansOf(
  { tail, attributes, content, limits }: TracingOptions,
  { conventions, sampler, redactor }: SpanSettings,
  consumers: readonly SpanConsumer[],
): Projection {
  const rules = tail === undefined ? null : new TailRules(tail, sampler);
  return new SpanProjection({
    keep: (exchange) => rules === null ? exchange.sampled : rules.decide(exchange),
    custom: attributes ?? [],
    ...(content === undefined ? {} : { content: { ...content, redaction: redactor } }),
    profiles: conventions ?? DEFAULT_PROFILES,
    maxAttributes: limits?.attributeCount ?? 128,
    maxLength: limits?.attributeLength ?? Infinity,
  }, consumers);
}
