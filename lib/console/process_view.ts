import type { BreakerState } from "../stages/backends/breaker.ts";
import type { OpenRequest } from "../telemetry/recorder.ts";

/** What one process of the gateway has to show, as JSON can say it. */
export interface ProcessView {
  readonly worker: number;
  readonly pid: number;
  readonly rss_bytes: number;
  readonly heap_bytes: number;
  readonly loop_lag_ms: number;
  readonly in_flight: number;
  readonly open_streams: number;
  readonly signals: readonly SignalView[];
  readonly exporters: readonly ExporterView[];
  readonly targets: readonly TargetView[];
  readonly checks: Readonly<Record<string, boolean>>;
  readonly stores: readonly StoreView[];
  readonly cache: { readonly hits: number; readonly misses: number };
  readonly open_requests: readonly OpenRequest[];
}

export interface SignalView {
  readonly signal: string;
  readonly produced: number;
  readonly exported: number;
  readonly dropped: number;
  readonly queued: number;
  readonly failed: number;
}

export interface ExporterView {
  readonly signal: string;
  readonly name: string;
  readonly destination: string;
  readonly up: boolean;
  readonly error: string | null;
}

export interface StoreView {
  readonly name: string;
  readonly backend: string;
  readonly up: boolean;
  readonly error: string | null;
  readonly entries: number | null;
  readonly bytes: number | null;
}

/** A model at a provider. */
export interface TargetView {
  readonly provider: string;
  readonly model: string;
  readonly type: string;
  readonly endpoint: string;
  readonly health: "up" | "down" | "resting" | "unknown";
  readonly breaker: BreakerState;
  /** When that began, Unix milliseconds. */
  readonly since: number | null;
  readonly in_flight: number;
  /** Why an attempt or a health check failed last. */
  readonly last_error: string | null;
  /** Unix milliseconds. */
  readonly last_error_at: number | null;
  readonly resting_until: number | null;
}

const WORST: Readonly<Record<TargetView["health"], number>> = { unknown: 0, up: 1, resting: 2, down: 3 };

/** Counts of all processes, a line a signal. */
export function allSignals(views: readonly ProcessView[]): SignalView[] {
  const groups = Map.groupBy(views.flatMap(({ signals }) => signals), ({ signal }) => signal);
  return [...groups].map(([signal, list]) => {
    const sum = (key: Exclude<keyof SignalView, "signal">) => list.reduce((all, it) => all + it[key], 0);
    return {
      signal,
      produced: sum("produced"),
      exported: sum("exported"),
      dropped: sum("dropped"),
      queued: sum("queued"),
      failed: sum("failed"),
    };
  });
}

/** Each process judges for itself; what is told is the worst that one thinks. */
export function allTargets(views: readonly ProcessView[]): TargetView[] {
  const all = views.flatMap(({ targets }) => targets);
  const groups = Map.groupBy(all, (it) => `${it.provider}\n${it.model}\n${it.endpoint}`);
  return [...groups.values()].flatMap((list) => {
    const [worst] = list.toSorted((a, b) => WORST[b.health] - WORST[a.health]);
    const [latest] = list.toSorted((a, b) => (b.last_error_at ?? 0) - (a.last_error_at ?? 0));
    if (worst === undefined || latest === undefined) return [];
    const { last_error, last_error_at } = latest;
    return [{
      ...worst,
      last_error,
      last_error_at,
      in_flight: list.reduce((sum, it) => sum + it.in_flight, 0),
    }];
  });
}

/** One line for each, whichever process says that it is not well. */
export function allOf<T extends { readonly up: boolean }>(
  views: readonly ProcessView[],
  list: (view: ProcessView) => readonly T[],
  nameOf: (it: T) => string,
): T[] {
  const groups = Map.groupBy(views.flatMap((view) => list(view)), nameOf);
  return [...groups.values()].flatMap((all) => all.find(({ up }) => !up) ?? all[0] ?? []);
}
