import type { Application } from "./application.ts";
import type { Backends } from "./backends.ts";
import type { Foundation } from "./foundation.ts";
import type { ProcessView, StoreView, TargetView } from "../console/process_view.ts";
import type { Backend } from "../stages/backends/backend.ts";
import type { Registry } from "../telemetry/metrics/registry.ts";

const MOST_OPEN = 100;

/** What this process has to show of itself. */
export function processView(foundation: Foundation, { config, backends }: Application): ProcessView {
  const { telemetry, together, checks, clock } = foundation;
  const { rss, heapUsed } = Deno.memoryUsage();
  telemetry.recorder.drainAll();
  const results = cacheResults(telemetry.registry);
  return {
    worker: together?.worker.number ?? 1,
    pid: Deno.pid,
    rss_bytes: rss,
    heap_bytes: heapUsed,
    loop_lag_ms: Math.round(telemetry.lag.seconds * 1e5) / 100,
    in_flight: telemetry.recorder.clientsInFlight,
    open_streams: telemetry.recorder.openStreams,
    signals: Object.entries(telemetry.signals).map(([signal, account]) => ({
      signal,
      produced: account.produced,
      exported: account.exported,
      dropped: account.dropped,
      queued: account.queued,
      failed: account.failed,
    })),
    exporters: telemetry.health().map(({ signal, destination, healthy, error }) => ({
      signal,
      name: signal,
      destination,
      up: healthy,
      error: error === "" ? null : error,
    })),
    targets: [...backends.entries()].map(([, backend]) =>
      target(backend, backends, config.providers[backend.provider]?.type ?? "", clock.wall())
    ),
    checks: Object.fromEntries(Object.entries(checks).map(([name, check]) => [name, check()])),
    stores: stores(foundation, config.cache.store),
    cache: { hits: results.get("hit") ?? 0, misses: results.get("miss") ?? 0 },
    open_requests: telemetry.recorder.openRequests(MOST_OPEN),
  };
}

function target(backend: Backend, backends: Backends, type: string, now: number): TargetView {
  const { provider, model, endpoint, health, wait, inFlight, lastError } = backend;
  return {
    provider,
    model,
    type,
    endpoint,
    health: health < 1 ? "down" : wait > 0 ? "resting" : "up",
    breaker: health === 1 ? "closed" : health > 0 ? "half_open" : "open",
    since: backends.changedAt(backend),
    in_flight: inFlight,
    last_error: lastError?.text ?? null,
    last_error_at: lastError?.at ?? null,
    resting_until: wait > 0 ? now + wait : null,
  };
}

function stores({ stores, answerCache, checks }: Foundation, cache: string): StoreView[] {
  const of = (name: string, backend: string, error: string | null): StoreView => ({
    name,
    backend,
    up: error === null,
    error,
    entries: null,
    bytes: null,
  });
  const conversations = checks["conversations"]?.() ?? true;
  return [
    of("conversations", stores.turns.backend, conversations ? null : "it cannot be used"),
    ...(answerCache === null ? [] : [of("cache", cache, answerCache.failure())]),
  ];
}

/** How often the cache had an answer, and had none. */
function cacheResults(registry: Registry): Map<string, number> {
  const found = new Map<string, number>();
  for (const [labels, series] of registry.families.get("gateway_cache_total")?.entries() ?? []) {
    const result = labels[1] ?? "";
    if ("value" in series) found.set(result, (found.get(result) ?? 0) + series.value);
  }
  return found;
}
