import type { Clock } from "../clock.ts";
import { CostMarker } from "./cost/cost_marker.ts";
import type { PriceList } from "./cost/price_list.ts";
import { BatchProcessor } from "./exporters/batch_processor.ts";
import { createOtlpExporter, type OtlpExporterOptions } from "./exporters/otlp.ts";
import type { SpanProcessor } from "./exporters/span_processor.ts";
import { StdoutProcessor } from "./exporters/stdout.ts";
import { type LogFormat, Logger } from "./logger.ts";
import { LogSink, type LogWriter } from "./log_sink.ts";
import { EventLoopLag } from "./metrics/event_loop_lag.ts";
import { type Exposition, Renderer } from "./metrics/exposition.ts";
import { exposeProcess } from "./metrics/process.ts";
import { Registry } from "./metrics/registry.ts";
import type { Level } from "./names/log_fields.ts";
import { DEFAULT_PROFILES, type Profile } from "./names/profiles.ts";
import { LogProjection } from "./log_projection.ts";
import { MetricsProjection } from "./projections/metrics.ts";
import { SpanProjection } from "./projections/spans.ts";
import { type Projection, Recorder } from "./recorder.ts";
import type { Resource } from "./exporters/exporter.ts";
import { createResource } from "./resource.ts";
import { createSampler, type Sampler, type SamplerOptions } from "./sampling/sampler.ts";
import { type TailRuleOptions, TailRules } from "./sampling/tail_rules.ts";
import { exposeSignal, SignalStats } from "./self.ts";

export type ExporterOptions =
  | { readonly type: "stdout" }
  | ({ readonly type: "otlp" } & Omit<OtlpExporterOptions, "resource" | "scope">);

export interface TracingOptions {
  /** How to make the sampler, or one that a program brought along. */
  readonly sampler: SamplerOptions | Sampler;
  /** What is kept at the end besides what the sampler keeps; absent: nothing. */
  readonly tail?: TailRuleOptions | undefined;
  /** Default `gateway`, `gen_ai`. */
  readonly conventions?: readonly Profile[] | undefined;
  /** Empty: ids are made, logged and passed on, and spans go nowhere. */
  readonly exporters: readonly ExporterOptions[];
  /** `service.name` and the like. */
  readonly resource: Resource;
  readonly batch?: {
    readonly maxQueue?: number | undefined;
    readonly maxSize?: number | undefined;
    /** Milliseconds. */
    readonly delay?: number | undefined;
  } | undefined;
  /** Limits of a span; default 128 attributes of any length. */
  readonly limits?: {
    readonly attributeCount?: number | undefined;
    readonly attributeLength?: number | undefined;
  } | undefined;
}

export interface TelemetryOptions {
  readonly clock: Clock;
  readonly version: string;
  /** Where log lines go, and spans of the `stdout` exporter. */
  readonly writer: LogWriter;
  readonly log: {
    readonly level: Level;
    readonly format: LogFormat;
    /** Milliseconds after which a request is slow; 0: never. */
    readonly slowMs: number;
    /** Log each request's start at INFO, not at DEBUG. */
    readonly requests: boolean;
  };
  readonly metrics: boolean;
  /** What models cost; absent: nothing is known of it. */
  readonly prices?: PriceList | undefined;
  /** Null: none, and no ids of traces are made. */
  readonly tracing: TracingOptions | null;
}

/** All of telemetry, put together once at start-up. */
export interface Telemetry {
  readonly recorder: Recorder;
  readonly logger: Logger;
  readonly sink: LogSink;
  readonly registry: Registry;
  readonly sampler: Sampler;
  /** Tracing is on: ids are to be made, and `traceparent` goes upstream. */
  readonly traced: boolean;
  /** Logs the start of a request, where that is wanted. */
  readonly logStart: LogProjection["logStart"];
  /** Projects all that waits, then shows the metrics. */
  renderMetrics(): Promise<Exposition>;
  /** Shows how many conversations are kept, at each scrape. */
  watchConversations(store: { readonly backend: string; activeCount(): number }): void;
  /** Projects, exports and writes what waits, for `ms` milliseconds at most (default 5,000), and stops. */
  shutdown(ms?: number): Promise<void>;
}

const SCOPE_NAME = "llm-gateway";
const SHUTDOWN_MS = 5000;
/** Of the above, kept for the last log lines. */
const LAST_LINES_MS = 500;

export function createTelemetry(options: TelemetryOptions): Telemetry {
  const { clock, log } = options;
  const sampler = samplerOf(options.tracing);
  const sink = new LogSink({ writer: options.writer });
  const logger = new Logger({ sink, clock, level: log.level, format: log.format });
  const logs = new LogProjection({
    sink,
    logger,
    format: log.format,
    slowMs: log.slowMs,
    starts: log.requests,
  });
  const spanStats = new SignalStats();
  const processors = options.tracing === null
    ? []
    : spanProcessors(options.tracing, options, sink, logger, spanStats);
  const registry = new Registry();
  const projections: Projection[] = [logs];
  if (options.tracing !== null && processors.length > 0) {
    projections.push(spanProjection(options.tracing, sampler, processors));
  }
  const recorder = new Recorder({
    clock,
    counters: [
      ...(options.prices === undefined ? [] : [new CostMarker(options.prices)]),
      ...(options.metrics ? [new MetricsProjection(registry)] : []),
    ],
    projections,
    slowMs: log.slowMs,
    onSlow: (request) => logger.warn("request is slow and still open", { event: "request.open", ...request }),
    onFailure: (error) => logger.error("Failed to record a request, a fault of the gateway's own", { error }),
  });
  const renderer = new Renderer(registry, () => clock.now());
  const lag = options.metrics ? new EventLoopLag(clock) : null;
  if (lag !== null) expose(registry, recorder, lag, options.version);
  exposeSignal(registry, "logs", sink.stats);
  if (options.tracing !== null) exposeSignal(registry, "traces", spanStats);

  return {
    recorder,
    logger,
    sink,
    registry,
    sampler,
    traced: options.tracing !== null,
    logStart: (exchange) => logs.logStart(exchange),
    renderMetrics() {
      recorder.drainAll();
      return renderer.render();
    },
    watchConversations(store) {
      registry.read("conversation_active_count", [store.backend], () => store.activeCount());
    },
    async shutdown(ms = SHUTDOWN_MS) {
      recorder.close();
      lag?.close();
      const left = Math.max(ms - LAST_LINES_MS, 0);
      await Promise.all(processors.map((processor) => processor.shutdown(left)));
      await sink.flush(LAST_LINES_MS);
    },
  };
}

function samplerOf(tracing: TracingOptions | null): Sampler {
  if (tracing === null) return createSampler({ type: "never" });
  return "shouldSample" in tracing.sampler ? tracing.sampler : createSampler(tracing.sampler);
}

function spanProjection(
  tracing: TracingOptions,
  sampler: Sampler,
  processors: readonly SpanProcessor[],
): Projection {
  const rules = tracing.tail === undefined ? null : new TailRules(tracing.tail, sampler);
  const projection = new SpanProjection({
    ...(rules === null ? {} : { keep: (exchange) => rules.decide(exchange) }),
    profiles: tracing.conventions ?? DEFAULT_PROFILES,
    maxAttributes: tracing.limits?.attributeCount ?? 128,
    maxLength: tracing.limits?.attributeLength ?? Infinity,
  });
  return {
    project(exchange) {
      for (const span of projection.spans(exchange)) {
        for (const processor of processors) processor.add(span);
      }
    },
  };
}

function spanProcessors(
  tracing: TracingOptions,
  options: TelemetryOptions,
  sink: LogSink,
  logger: Logger,
  stats: SignalStats,
): SpanProcessor[] {
  const resource = createResource(tracing.resource, options.version);
  const scope = { name: SCOPE_NAME, version: options.version };
  const processors: SpanProcessor[] = [];
  for (const exporter of tracing.exporters) {
    if (exporter.type === "stdout") {
      processors.push(new StdoutProcessor((line) => sink.write(line), resource, stats));
      continue;
    }
    try {
      const otlp = createOtlpExporter({ ...exporter, resource, scope });
      processors.push(
        new BatchProcessor({ clock: options.clock, exporter: otlp, logger, stats, ...tracing.batch }),
      );
    } catch (error) {
      // An unusable certificate, say: the gateway serves without traces.
      logger.error(`Failed to initialise tracing: ${error instanceof Error ? error.message : error}`);
    }
  }
  return processors;
}

function expose(registry: Registry, recorder: Recorder, lag: EventLoopLag, version: string): void {
  registry.read("gateway_in_flight_requests", [], () => recorder.inFlight);
  registry.read("gateway_open_streams", [], () => recorder.openStreams);
  registry.read("gateway_event_loop_lag_seconds", [], () => lag.seconds);
  registry.read("gateway_build_info", [version, `deno ${Deno.version.deno}`], () => 1);
  exposeProcess(registry);
}
