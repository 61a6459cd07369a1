import type { Clock } from "../clock.ts";
import type { Config } from "../config/config.ts";
import { health, type HealthOptions, livez, readyz } from "../endpoints/health.ts";
import { metricsEndpoint } from "../endpoints/metrics.ts";
import type { Route } from "../server/router.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";

/** What probes call. */
export function probeRoutes(config: Config, options: HealthOptions): Route[] {
  const probe = { method: "GET", background: true, public: !config.auth.health };
  return [
    { ...probe, path: "/health", handler: health(options) },
    { ...probe, path: "/livez", handler: livez() },
    { ...probe, path: "/readyz", handler: readyz(options) },
  ];
}

/** What Prometheus calls; nothing where metrics are off. */
export function metricsRoute(config: Config, telemetry: Telemetry, clock: Clock): Route[] {
  const { enabled, path } = config.observability.metrics;
  if (!enabled) return [];
  const handler = metricsEndpoint(telemetry, clock);
  return [{ method: "GET", path, background: true, public: !config.auth.metrics, handler }];
}
