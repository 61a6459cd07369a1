import type { Clock } from "../clock.ts";
import type { Config } from "../config/config.ts";
import { health, type HealthOptions, livez, readyz } from "../endpoints/health.ts";
import { metricsEndpoint } from "../endpoints/metrics.ts";
import type { Route } from "../server/router.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";

/** What probes call. */
export function probeRoutes(config: Config, options: HealthOptions): Route[] {
  const probe = { method: "GET", background: true, public: !config.auth.health };
  const rows = [
    { path: "/health", handler: health(options) },
    { path: "/livez", handler: livez() },
    { path: "/readyz", handler: readyz(options) },
    // LiteLLM's, one of them by its two spellings.
    { path: "/health/liveliness", handler: livez() },
    { path: "/health/liveness", handler: livez() },
    { path: "/health/readiness", handler: readyz(options) },
  ];
  return rows.map((row) => ({ ...probe, ...row }));
}

/** What Prometheus calls; nothing where metrics are off. */
export function metricsRoute(config: Config, telemetry: Telemetry, clock: Clock): Route[] {
  const { enabled, path } = config.observability.metrics;
  if (!enabled) return [];
  const handler = metricsEndpoint(telemetry, clock);
  return [{ method: "GET", path, background: true, public: !config.auth.metrics, handler }];
}
