import type { Clock } from "../clock.ts";
import { Content, type ContentOptions } from "./content.ts";
import { CostMarker } from "./cost/cost_marker.ts";
import type { PriceList } from "./cost/price_list.ts";
import type { DeliveryHealth } from "./exporters/delivery.ts";
import type { Exchange } from "./exchange.ts";
import { createLogPipeline, type LogExportOptions } from "./log_pipeline.ts";
import { createMetricPipeline, type MetricsPushOptions } from "./metric_pipeline.ts";
import { EventFeed } from "./event_feed.ts";
import { type LogFormat, Logger } from "./logger.ts";
import { LogSink, type LogWriter } from "./log_sink.ts";
import { EventLoopLag } from "./metrics/event_loop_lag.ts";
import { type Exposition, type ExpositionFormat, Renderer } from "./metrics/exposition.ts";
import { exposeProcess } from "./metrics/process.ts";
import { Registry } from "./metrics/registry.ts";
import { type Snapshot, takeSnapshot } from "./metrics/snapshot.ts";
import { METRIC_GROUPS, type MetricGroup, type MetricProfile } from "./names/metrics.ts";
import type { Level } from "./names/log_fields.ts";
import { LogProjection } from "./log_projection.ts";
import { GenAiNextMetricsProjection } from "./projections/gen_ai_next_metrics.ts";
import { LitellmMetricsProjection } from "./projections/litellm_metrics.ts";
import { MetricsProjection } from "./projections/metrics.ts";
import { type Projection, Recorder } from "./recorder.ts";
import type { Resource } from "./exporters/exporter.ts";
import type { PipelineSurroundings } from "./pipeline.ts";
import type { Profile } from "./names/profiles.ts";
import { type RecordSink, RequestRows } from "./request_rows.ts";
import { type RedactionOptions, Redactor } from "./redaction.ts";
import { createResource } from "./resource.ts";
import { RotatingFile, type RotationOptions } from "./rotating_file.ts";
import { createSampler, type Sampler } from "./sampling/sampler.ts";
import { exposeSignal, type Signal, SignalStats } from "./self.ts";
import { createTracePipeline, type TracingOptions } from "./trace_pipeline.ts";

export interface ContentLogOptions {
  readonly requests: boolean;
  readonly responses: boolean;
  /** What the user said last, alone. */
  readonly queries: boolean;
  /** Characters of a body. */
  readonly maxLength: number;
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
    /** What is never told of bodies and metadata; default: what is known for a secret in bodies. */
    readonly redact?: RedactionOptions | undefined;
    /** What was said; absent: it is not told. */
    readonly content?: ContentLogOptions | undefined;
    /** In place of `writer`, which is then left to spans and metrics for standard output. */
    readonly file?: ({ readonly path: string } & RotationOptions) | undefined;
  };
  readonly metrics: boolean;
  /** Which metrics there are; default the gateway's own, all of them. */
  readonly metricSet?: MetricSet | undefined;
  /** What models cost; absent: nothing is known of it. */
  readonly prices?: PriceList | undefined;
  /** `service.name` and the like. */
  readonly resource: Resource;
  /** Default `gateway`, `gen_ai`. */
  readonly conventions?: readonly Profile[] | undefined;
  /** Where lines go besides the log itself; default nowhere. */
  readonly logExport?: LogExportOptions | undefined;
  /** Where metrics are pushed to; default nowhere. */
  readonly metricsPush?: MetricsPushOptions | undefined;
  /** Null: none, and no ids of traces are made. */
  readonly tracing: TracingOptions | null;
}

export interface MetricSet {
  readonly profiles: readonly MetricProfile[];
  readonly groups: readonly MetricGroup[];
  /** Names of models that may be the value of a label. */
  readonly models: ReadonlySet<string>;
}

const ALL_METRICS: MetricSet = { profiles: ["gateway"], groups: METRIC_GROUPS, models: new Set() };

/** All of telemetry, put together once at start-up. */
export interface Telemetry {
  readonly recorder: Recorder;
  readonly logger: Logger;
  readonly sink: LogSink;
  readonly registry: Registry;
  /** As it was at the start. */
  readonly sampler: Sampler;
  /** Tracing is on: ids are to be made, and `traceparent` goes upstream. */
  readonly traced: boolean;
  /** The account of each signal that is exported. */
  readonly signals: Readonly<Partial<Record<Signal, SignalStats>>>;
  /** Tells of each request's end. */
  readonly events: EventFeed;
  /** How late the event loop is. */
  readonly lag: EventLoopLag;
  /** How each way out is doing. */
  health(): DeliveryHealth[];
  /** Logs the start of a request, where that is wanted. */
  readonly logStart: LogProjection["logStart"];
  /** Projects all that waits, then shows the metrics. */
  renderMetrics(format?: ExpositionFormat): Promise<Exposition>;
  /**
   * Shows from now on what several processes have together.
   * @param gather puts it together, always in one registry.
   */
  shareMetrics(gather: () => Promise<Registry>): void;
  /** What this process has counted, after all that waits is projected. */
  takeSnapshot(): Snapshot;
  /** Hands the record of each finished request to a store from now on. @returns what brings out all that waits. */
  keepRequests(sink: RecordSink): () => Promise<void>;
  /** Counts each request with it from now on, at its end and once its cost is known. */
  keepAccount(account: Projection): void;
  /** Shows how many conversations are kept, at each scrape. */
  watchConversations(store: { readonly backend: string; activeCount(): number }): void;
  /** Shows how many responses wait and run in the background, at each scrape. */
  watchRuns(runs: { readonly queued: number; readonly running: number }): void;
  /**
   * Goes by other options from now on, as far as a running process can: level, prices, and what is sampled.
   * @param sampler what {@linkcode samplerOf} makes of them.
   */
  reconfigure(options: TelemetryOptions, sampler: Sampler): void;
  /** Goes on in whatever file stands at the log's path now. */
  reopenLog(): void;
  /** Projects, exports and writes what waits, for `ms` milliseconds at most (default 5,000), and stops. */
  shutdown(ms?: number): Promise<void>;
}

const SCOPE_NAME = "llm-gateway";
const NOWHERE = { exporters: [] };
const NOTHING: RedactionOptions = { paths: [], keys: [] };
const SHUTDOWN_MS = 5000;
/** Of the above, kept for the last log lines. */
const LAST_LINES_MS = 500;

export function createTelemetry(options: TelemetryOptions): Telemetry {
  const { clock, log } = options;
  const file = log.file === undefined ? null : new RotatingFile(log.file.path, clock, log.file);
  const sink = new LogSink({
    writer: file ?? options.writer,
    onRecovered: (lost) =>
      logger.warn(`the log is written again; ${lost} ${lost === 1 ? "line was" : "lines were"} lost`, {
        event: "log.recovered",
        lost,
      }),
  });
  // What is meant for standard output does not follow the log into its file.
  const printer = file === null ? sink : new LogSink({ writer: options.writer });
  const logger = new Logger({ sink, clock, level: log.level, format: log.format });
  const around: Omit<PipelineSurroundings, "stats"> = {
    clock,
    logger,
    resource: createResource(options.resource, options.version),
    scope: { name: SCOPE_NAME, version: options.version },
    print: (line) => printer.write(line),
  };
  const { conventions, tracing } = options;
  const sampler = samplerOf(tracing);
  const { profiles, groups, models } = options.metricSet ?? ALL_METRICS;
  const registry = new Registry(
    undefined,
    ({ profile, group }) => profiles.includes(profile) && groups.includes(group),
  );
  const stats = { traces: new SignalStats(), metrics: new SignalStats(), logs: sink.stats };
  const lines = createLogPipeline(options.logExport ?? NOWHERE, { ...around, stats: stats.logs });
  logger.attach(lines.consumers);
  const redactor = new Redactor(log.redact ?? NOTHING);
  const content = log.content === undefined ? null : { ...log.content, redactor };
  const logs = new LogProjection({
    sink,
    logger,
    format: log.format,
    slowMs: log.slowMs,
    starts: log.requests,
    consumers: lines.consumers,
    content,
  });
  const traces = tracing === null
    ? null
    : createTracePipeline(tracing, conventions, sampler, { ...around, redactor, stats: stats.traces });
  const events = new EventFeed(log.slowMs);
  const projections: Projection[] = [...metadataRedaction(log.redact), logs, events];
  if (traces?.projection) projections.push(traces.projection);
  const costs = options.prices === undefined ? null : new CostMarker(options.prices);
  const litellm = options.metrics && profiles.includes("litellm")
    ? new LitellmMetricsProjection(registry, models)
    : null;
  const counters: Projection[] = [
    ...(costs === null ? [] : [costs]),
    ...(options.metrics && profiles.includes("gateway") ? [new MetricsProjection(registry)] : []),
    ...(litellm === null ? [] : [litellm]),
    ...(options.metrics && profiles.includes("gen_ai_next")
      ? [new GenAiNextMetricsProjection(registry)]
      : []),
  ];
  const recorder = new Recorder({
    clock,
    counters,
    projections,
    content: contentOf(log.content, tracing),
    slowMs: log.slowMs,
    onSlow: (request) => logger.warn("request is slow and still open", { event: "request.open", ...request }),
    onFailure: (error) => logger.error("Failed to record a request, a fault of the gateway's own", { error }),
  });
  const push = createMetricPipeline(options.metricsPush ?? NOWHERE, conventions, {
    ...around,
    stats: stats.metrics,
    registry,
    before: () => recorder.drainAll(),
  });
  const pipelines = [...(traces === null ? [] : [traces]), push, lines];
  const renderer = new Renderer(registry, () => clock.now());
  let gather: (() => Promise<Registry>) | null = null;
  let sharedRenderer: Renderer | null = null;
  const lag = new EventLoopLag(clock);
  if (options.metrics) expose(registry, recorder, lag, options.version);
  const destination = log.file === undefined ? "standard output" : `file ${log.file.path}`;
  const health = () => [
    sinkHealth(sink, destination),
    ...pipelines.flatMap(({ deliveries }) => deliveries.map((delivery) => delivery.health)),
  ];
  const signals: Partial<Record<Signal, SignalStats>> = {
    logs: stats.logs,
    ...(tracing === null ? {} : { traces: stats.traces }),
    ...(push.deliveries.length === 0 ? {} : { metrics: stats.metrics }),
  };
  for (const [signal, account] of Object.entries(signals)) exposeSignal(registry, signal as Signal, account);
  for (const { signal } of health()) {
    registry.read("gateway_telemetry_exporter_up", [signal], () => isUp(health(), signal) ? 1 : 0);
  }

  return {
    recorder,
    logger,
    sink,
    registry,
    sampler,
    traced: tracing !== null,
    signals,
    events,
    lag,
    health,
    logStart: (exchange) => logs.logStart(exchange),
    async renderMetrics(format) {
      recorder.drainAll();
      if (gather === null) return await renderer.render(format);
      const all = await gather();
      sharedRenderer ??= new Renderer(all, () => clock.now());
      return await sharedRenderer.render(format);
    },
    shareMetrics: (gatherAll) => gather = gatherAll,
    takeSnapshot() {
      recorder.drainAll();
      return takeSnapshot(registry);
    },
    keepRequests(sink) {
      const rows = new RequestRows({ sink, clock, content });
      signals.rows = rows.stats;
      exposeSignal(registry, "rows", rows.stats);
      projections.push(rows);
      return async () => {
        recorder.drainAll();
        await rows.flush();
        rows.close();
      };
    },
    keepAccount: (account) => void counters.push(account),
    watchConversations(store) {
      registry.read("conversation_active_count", [store.backend], () => store.activeCount());
    },
    watchRuns(runs) {
      registry.read("gateway_background_runs", ["queued"], () => runs.queued);
      registry.read("gateway_background_runs", ["running"], () => runs.running);
    },
    reconfigure({ log: { level }, prices, tracing, metricSet }, sampler) {
      logger.setLevel(level);
      if (prices !== undefined) costs?.setPrices(prices);
      if (metricSet !== undefined) litellm?.setModels(metricSet.models);
      if (tracing !== null) traces?.resample(tracing, sampler);
    },
    reopenLog: () => file?.reopen(),
    async shutdown(ms = SHUTDOWN_MS) {
      recorder.close();
      lag.close();
      const left = Math.max(ms - LAST_LINES_MS, 0);
      const ended = clock.now() + left;
      await Promise.all([traces?.shutdown(left), push.shutdown(left)]);
      // Last, since the others may have had something to say.
      await lines.shutdown(Math.max(ended - clock.now(), 0));
      await Promise.all([sink.flush(LAST_LINES_MS), printer.flush(LAST_LINES_MS)]);
      file?.close();
    },
  };
}

/** Before all that tells of a request: what metadata must not say, nobody hears. */
function metadataRedaction(options: RedactionOptions | undefined): Projection[] {
  if (options === undefined || options.paths.length + options.keys.length === 0) return [];
  const redactor = new Redactor(options);
  return [{
    project(exchange) {
      if (exchange.metadata !== null) exchange.metadata = redactor.metadata(exchange.metadata);
    },
  }];
}

/** Of a stream so many times what is logged is kept, since what frames it takes up room. */
const LOGGED_STREAM = 8;
/** And of one whose text alone is told, which is a small part of its events. */
const TRACED_STREAM = 32;

function contentOf(
  log: ContentLogOptions | undefined,
  tracing: TracingOptions | null,
): ((exchange: Exchange) => Content) | undefined {
  const traced = tracing?.content;
  if (log === undefined && traced === undefined) return undefined;
  const kept: ContentOptions = {
    requests: log !== undefined && (log.requests || log.queries),
    responses: log?.responses ?? false,
    traces: traced !== undefined,
    maxStream: Math.max((log?.maxLength ?? 0) * LOGGED_STREAM, (traced?.maxLength ?? 0) * TRACED_STREAM),
  };
  return (exchange) => new Content(kept, exchange);
}

function sinkHealth({ trouble, stats }: LogSink, destination: string): DeliveryHealth {
  return {
    signal: "logs",
    destination,
    healthy: trouble === "",
    error: trouble,
    queued: stats.queued,
    last_success_seconds: null,
  };
}

function isUp(health: readonly DeliveryHealth[], signal: Signal): boolean {
  return health.every((one) => one.signal !== signal || one.healthy);
}

/** The sampler of these options. */
export function samplerOf(tracing: TracingOptions | null): Sampler {
  if (tracing === null) return createSampler({ type: "never" });
  return "shouldSample" in tracing.sampler ? tracing.sampler : createSampler(tracing.sampler);
}

function expose(registry: Registry, recorder: Recorder, lag: EventLoopLag, version: string): void {
  registry.read("gateway_in_flight_requests", [], () => recorder.inFlight);
  registry.read("gateway_open_streams", [], () => recorder.openStreams);
  registry.read("gateway_event_loop_lag_seconds", [], () => lag.seconds);
  registry.read("gateway_build_info", [version, `deno ${Deno.version.deno}`], () => 1);
  exposeProcess(registry);
}
