import { jsonAnswer } from "../endpoints/json_answer.ts";
import type { AskedStore } from "./answering_store.ts";
import { asJson } from "./as_json.ts";
import type { ConsoleEndpoint } from "./guard.ts";
import { allOf, allSignals, allTargets, type ProcessView, type StoreView } from "./process_view.ts";
import { healthScore, providerFigures, type StatisticsOptions } from "./statistics.ts";

export interface SystemOptions extends StatisticsOptions {
  readonly version: string;
  /** Unix milliseconds. */
  readonly startedAt: number;
  /** What each process has to show, those that answer in time. */
  readonly processes: () => Promise<readonly ProcessView[]>;
}

const MOST_OPEN = 100;

/** `GET /system`. */
export function system(options: SystemOptions): ConsoleEndpoint {
  const { version, startedAt, processes, store } = options;
  return async function system(exchange) {
    const [views, score, requests] = await Promise.all([
      processes(),
      // It is told of what is kept; that this cannot be read is told by the store.
      healthScore(options).catch(() => null),
      requestStore(store),
    ]);
    const sum = (key: "hits" | "misses") => views.reduce((all, { cache }) => all + cache[key], 0);
    return jsonAnswer(
      exchange,
      asJson({
        started_at: startedAt,
        version,
        workers: views.map((view) => ({
          worker: view.worker,
          pid: view.pid,
          rss_bytes: view.rss_bytes,
          heap_bytes: view.heap_bytes,
          loop_lag_ms: view.loop_lag_ms,
          in_flight: view.in_flight,
          open_streams: view.open_streams,
        })),
        signals: allSignals(views),
        exporters: allOf(views, (view) => view.exporters, (it) => `${it.signal} ${it.destination}`),
        stores: [...allOf(views, (view) => view.stores, (it) => it.name), requests],
        checks: Object.fromEntries(
          views.flatMap(({ checks }) => Object.entries(checks)).sort(([, a], [, b]) => Number(b) - Number(a)),
        ),
        cache: { hits: sum("hits"), misses: sum("misses") },
        score,
        open_requests: views.flatMap(({ worker, open_requests }) =>
          open_requests.map(({ requestId, path, requestedModel, ageMs, stage }) => ({
            worker,
            request_id: requestId,
            path,
            model: requestedModel,
            age_ms: ageMs,
            stage,
          }))
        ).sort((a, b) => b.age_ms - a.age_ms).slice(0, MOST_OPEN),
      }),
    );
  };
}

async function requestStore(store: AskedStore): Promise<StoreView> {
  const failure = store.failure();
  const { rows, bytes } = await store.state().catch(() => ({ rows: null, bytes: null }));
  return {
    name: "requests",
    backend: store.backend,
    up: failure === null,
    error: failure,
    entries: rows,
    bytes,
  };
}

/** `GET /providers`. */
export function providers(options: SystemOptions): ConsoleEndpoint {
  return async function providers(exchange) {
    const [views, figures] = await Promise.all([options.processes(), providerFigures(options, exchange)]);
    return jsonAnswer(exchange, asJson({ targets: allTargets(views), figures }));
  };
}
