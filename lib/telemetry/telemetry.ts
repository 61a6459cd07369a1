import type { Clock } from "../clock.ts";
import { Content, type ContentOptions } from "./content.ts";
import { CostMarker } from "./cost/cost_marker.ts";
import type { PriceList } from "./cost/price_list.ts";
import type { ContentFieldOptions } from "./content_fields.ts";
import type { DeliveryHealth } from "./exporters/delivery.ts";
import type { Exchange } from "./exchange.ts";
import { type LogExportOptions, LogPipeline } from "./log_pipeline.ts";
import { MetricPipeline, type MetricsPushOptions } from "./metric_pipeline.ts";
import { EventFeed } from "./event_feed.ts";
import { type LogFormat, Logger } from "./logger.ts";
import { type LogFile, LogOutput } from "./log_output.ts";
import type { LogSink, LogWriter } from "./log_sink.ts";
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
import type { OnFailure, PipelineSurroundings, Prepared } from "./pipeline.ts";
import type { Profile } from "./names/profiles.ts";
import { type RecordSink, RequestRows } from "./request_rows.ts";
import { type RedactionOptions, Redactor } from "./redaction.ts";
import { createResource } from "./resource.ts";
import { createSampler, type Sampler } from "./sampling/sampler.ts";
import { exposeSignal, type Signal, SignalStats } from "./self.ts";
import { TracePipeline, type TracingOptions } from "./trace_pipeline.ts";

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
    readonly file?: LogFile | undefined;
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

/** All of telemetry, put together once at start-up; what the configuration says of it may change later. */
export interface Telemetry {
  readonly recorder: Recorder;
  readonly logger: Logger;
  readonly sink: LogSink;
  readonly registry: Registry;
  /** As it was at the start. */
  readonly sampler: Sampler;
  /** Tracing is on, as far as is known now: ids are to be made, and `traceparent` goes upstream. */
  readonly traced: boolean;
  /** The account of each signal that is exported, or was: it goes on whatever becomes of the ways out. */
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
   * Makes other options ready. Once committed, what goes on goes by them: level and form of the log, where it is
   * written, what it tells, when a request is slow, which traces are kept, what spans say, prices, and all ways out. A
   * way out that stays as it is keeps what waits in it; one that goes is flushed in the background. What metrics there
   * are stays as it was at the start.
   *
   * @param sampler what {@linkcode samplerOf} makes of them.
   * @throws {Error} where an exporter cannot be made; nothing has changed then.
   */
  prepare(options: TelemetryOptions, sampler: Sampler): Prepared;
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
  const { clock } = options;
  const stats = { traces: new SignalStats(), metrics: new SignalStats(), logs: new SignalStats() };
  const output = new LogOutput({
    writer: options.writer,
    clock,
    stats: stats.logs,
    onRecovered: (lost) =>
      logger.warn(`the log is written again; ${lost} ${lost === 1 ? "line was" : "lines were"} lost`, {
        event: "log.recovered",
        lost,
      }),
  });
  output.redirect(options.log.file);
  const { level, format } = options.log;
  const logger = new Logger({ sink: output.sink, clock, level, format });
  const around: Omit<PipelineSurroundings, "stats"> = {
    clock,
    logger,
    scope: { name: SCOPE_NAME, version: options.version },
    print: (line) => output.print(line),
  };
  const instanceId = crypto.randomUUID();
  const { profiles, groups, models } = options.metricSet ?? ALL_METRICS;
  const registry = new Registry(
    undefined,
    ({ profile, group }) => profiles.includes(profile) && groups.includes(group),
  );
  const events = new EventFeed();
  const costs = options.prices === undefined ? null : new CostMarker(options.prices);
  const litellm = options.metrics && profiles.includes("litellm")
    ? new LitellmMetricsProjection(registry, models)
    : null;
  const counters: Projection[] = costs === null ? [] : [costs];
  const metrics: Projection[] = [
    ...(options.metrics && profiles.includes("gateway") ? [new MetricsProjection(registry)] : []),
    ...(litellm === null ? [] : [litellm]),
    ...(options.metrics && profiles.includes("gen_ai_next")
      ? [new GenAiNextMetricsProjection(registry)]
      : []),
  ];
  // What is counted late is counted before anybody looks: whoever shows the registry projects all that waits first.
  const projections: Projection[] = [...metrics];
  const recorder = new Recorder({
    clock,
    counters,
    projections,
    onSlow: (request) => logger.warn("request is slow and still open", { event: "request.open", ...request }),
    onFailure: (error) => logger.error("Failed to record a request, a fault of the gateway's own", { error }),
  });
  const traces = new TracePipeline({ ...around, stats: stats.traces });
  const lines = new LogPipeline({ ...around, stats: stats.logs });
  const push = new MetricPipeline({
    ...around,
    stats: stats.metrics,
    registry,
    before: () => recorder.drainAll(),
  });
  const renderer = new Renderer(registry, () => clock.now());
  let gather: (() => Promise<Registry>) | null = null;
  let sharedRenderer: Renderer | null = null;
  const lag = new EventLoopLag(clock);
  if (options.metrics) expose(registry, recorder, lag, options.version);
  const health = () => [
    logHealth(output),
    ...[traces, push, lines].flatMap(({ outlets }) => outlets.deliveries.map((delivery) => delivery.health)),
  ];
  const signals: Partial<Record<Signal, SignalStats>> = {};
  const show = (signal: Exclude<Signal, "rows">) => {
    if (signals[signal] !== undefined) return;
    signals[signal] = stats[signal];
    exposeSignal(registry, signal, stats[signal]);
    registry.read("gateway_telemetry_exporter_up", [signal], () => isUp(health(), signal));
  };
  let traced = false;
  let content: ContentFieldOptions | null = null;
  let logs: LogProjection | null = null;
  let rows: RequestRows | null = null;

  const prepare = (next: TelemetryOptions, sampler: Sampler, failed: OnFailure): Prepared => {
    const { log, tracing, conventions } = next;
    const resource = createResource(next.resource, next.version, instanceId);
    const redactor = new Redactor(log.redact ?? NOTHING);
    const ready = allOrNone([
      () => traces.prepare(tracing, { conventions, sampler, redactor, resource }, failed),
      () => lines.prepare(next.logExport ?? NOWHERE, resource, failed),
      () => push.prepare(next.metricsPush ?? NOWHERE, conventions, resource, failed),
    ]);
    const [spans, consumers, pushed] = ready;
    const commit = () => {
      // What has ended is told as it would have been then.
      recorder.drainAll();
      traced = tracing !== null;
      content = log.content === undefined ? null : { ...log.content, redactor };
      output.redirect(log.file);
      const { sink } = output;
      logger.configure({ sink, level: log.level, format: log.format });
      const readers = consumers.commit();
      logger.attach(readers);
      logs = new LogProjection({
        sink,
        logger,
        format: log.format,
        slowMs: log.slowMs,
        starts: log.requests,
        consumers: readers,
        content,
      });
      events.slowMs = log.slowMs;
      if (rows !== null) {
        // Those are rows of before.
        void rows.flush();
        rows.content = content;
      }
      const spanProjection = spans.commit();
      projections.splice(
        0,
        Infinity,
        ...[...metrics, ...metadataRedaction(log.redact), logs, events, spanProjection, rows].filter(
          (it) => it !== null,
        ),
      );
      recorder.configure({ slowMs: log.slowMs, content: contentOf(log.content, tracing) });
      if (next.prices !== undefined) costs?.setPrices(next.prices);
      if (next.metricSet !== undefined) litellm?.setModels(next.metricSet.models);
      pushed.commit();
      show("logs");
      if (traced) show("traces");
      if (push.outlets.all.length > 0) show("metrics");
    };
    return { commit, abort: () => ready.forEach((it) => it.abort()) };
  };

  const sampler = samplerOf(options.tracing);
  // At the start, the gateway serves without what cannot be made.
  const failures: string[] = [];
  prepare(options, sampler, (reason) => failures.push(reason)).commit();
  for (const reason of failures) logger.error(reason);

  return {
    recorder,
    logger,
    get sink() {
      return output.sink;
    },
    registry,
    sampler,
    get traced() {
      return traced;
    },
    signals,
    events,
    lag,
    health,
    logStart: (exchange) => logs?.logStart(exchange),
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
      const kept = rows = new RequestRows({ sink, clock, content });
      signals.rows = kept.stats;
      exposeSignal(registry, "rows", kept.stats);
      projections.push(kept);
      return async () => {
        recorder.drainAll();
        await kept.flush();
        kept.close();
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
    prepare: (next, sampler) =>
      prepare(next, sampler, (reason) => {
        throw new Error(reason);
      }),
    reopenLog: () => output.reopen(),
    async shutdown(ms = SHUTDOWN_MS) {
      recorder.close();
      lag.close();
      const left = Math.max(ms - LAST_LINES_MS, 0);
      const ended = clock.now() + left;
      await Promise.all([traces.outlets.shutdown(left), push.outlets.shutdown(left)]);
      // Last, since the others may have had something to say.
      await lines.outlets.shutdown(Math.max(ended - clock.now(), 0));
      await output.close(LAST_LINES_MS);
    },
  };
}

/** All that can be prepared; where one cannot, those before it are given up. @throws what that one throws. */
function allOrNone<All extends readonly Prepared<unknown>[]>(
  makers: { readonly [Place in keyof All]: () => All[Place] },
): All {
  const made: Prepared<unknown>[] = [];
  try {
    for (const make of makers) made.push(make());
  } catch (error) {
    for (const it of made) it.abort();
    throw error;
  }
  return made as readonly Prepared<unknown>[] as All;
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

function logHealth({ sink: { trouble, stats }, destination }: LogOutput): DeliveryHealth {
  return {
    signal: "logs",
    destination,
    healthy: trouble === "",
    error: trouble,
    queued: stats.queued,
    last_success_seconds: null,
  };
}

/** 1 where all ways out of a signal are well, 0 where one is not, NaN where it goes nowhere. */
function isUp(health: readonly DeliveryHealth[], signal: Signal): number {
  const ways = health.filter((one) => one.signal === signal);
  return ways.length === 0 ? NaN : ways.every(({ healthy }) => healthy) ? 1 : 0;
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
