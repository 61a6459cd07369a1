import { errorPattern } from "./error_pattern.ts";
import { Groups } from "./groups.ts";
import type { LogEntry } from "./log_entry.ts";
import { LogHistogram } from "./log_histogram.ts";
import { TimeLine } from "./time_line.ts";
import { TopList } from "./top_list.ts";

/** Names of models, keys and providers that are told apart. */
const MOST_GROUPS = 200;
const MOST_PATTERNS = 500;
const SLOWEST = 10;

/** Requests of one model, key or provider. */
export class Usage {
  requests = 0;
  errors = 0;
  inputTokens = 0;
  outputTokens = 0;
  cachedTokens = 0;
  costUsd = 0;
  readonly duration = new LogHistogram();
  readonly ttfb = new LogHistogram();

  add(entry: LogEntry): void {
    this.requests++;
    if (entry.failed) this.errors++;
    this.inputTokens += entry.inputTokens || 0;
    this.outputTokens += entry.outputTokens || 0;
    this.cachedTokens += entry.cachedTokens || 0;
    this.costUsd += entry.costUsd || 0;
    this.duration.add(entry.durationMs);
    this.ttfb.add(entry.ttfbMs);
  }
}

/** Errors that look alike. */
export interface ErrorGroup {
  count: number;
  type: string;
  pattern: string;
  /** Milliseconds since the epoch; `NaN` where no line had a time. */
  first: number;
  last: number;
  readonly models: Set<string>;
  readonly statuses: Set<number>;
  /** A request to look at. */
  example: string;
}

/** What a log tells, gathered line by line at constant memory. */
export class LogAnalysis {
  lines = 0;
  /** Lines that are no JSON object. */
  broken = 0;
  cancelled = 0;
  slow = 0;
  first = Infinity;
  last = -Infinity;
  readonly all = new Usage();
  readonly overhead = new LogHistogram();
  readonly models = new Groups(() => new Usage(), MOST_GROUPS);
  readonly keys = new Groups(() => new Usage(), MOST_GROUPS);
  readonly providers = new Groups(() => new Usage(), MOST_GROUPS);
  readonly statuses = new Groups(() => ({ count: 0 }), MOST_GROUPS);
  readonly patterns = new Groups<ErrorGroup>(newErrorGroup, MOST_PATTERNS);
  readonly slowest = new TopList<LogEntry>(SLOWEST);
  readonly timeLine = new TimeLine();

  /** @param slowMs a request that takes longer counts as slow. */
  constructor(private readonly slowMs: number) {}

  add(entry: LogEntry): void {
    if (entry.time < this.first) this.first = entry.time;
    if (entry.time > this.last) this.last = entry.time;
    if (entry.closes) this.#request(entry);
    if (entry.failed || !entry.closes && entry.error !== "") this.#error(entry);
  }

  #request(entry: LogEntry): void {
    this.all.add(entry);
    this.overhead.add(entry.overheadMs);
    if (entry.model !== "") this.models.get(entry.model).add(entry);
    if (entry.key !== "") this.keys.get(entry.key).add(entry);
    if (entry.provider !== "") this.providers.get(entry.provider).add(entry);
    if (entry.status > 0) this.statuses.get(String(entry.status)).count++;
    if (entry.event === "request.cancelled") this.cancelled++;
    if (entry.durationMs > this.slowMs) this.slow++;
    this.timeLine.add(entry.time, entry.failed);
    if (entry.durationMs >= 0) this.slowest.add(entry.durationMs, entry);
  }

  #error(entry: LogEntry): void {
    const type = entry.errorType || (entry.status > 0 ? `http_${entry.status}` : "error");
    const pattern = errorPattern(entry.error || entry.message);
    const group = this.patterns.get(`${type}\0${pattern}`);
    if (group.count === 0) {
      group.type = type;
      group.pattern = pattern;
      group.example = entry.requestId || entry.traceId;
    }
    group.count++;
    if (!(entry.time >= group.first)) group.first = entry.time;
    if (!(entry.time <= group.last)) group.last = entry.time;
    if (entry.model !== "" && group.models.size < 20) group.models.add(entry.model);
    if (entry.status > 0 && group.statuses.size < 20) group.statuses.add(entry.status);
  }
}

function newErrorGroup(): ErrorGroup {
  return {
    count: 0,
    type: "",
    pattern: "",
    first: NaN,
    last: NaN,
    models: new Set(),
    statuses: new Set(),
    example: "",
  };
}
