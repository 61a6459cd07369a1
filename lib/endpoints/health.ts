import type { Endpoint, Exchange } from "../telemetry/exchange.ts";
import { responseHeaders } from "./response_headers.ts";

/** What readiness depends on, by name: whether it is well now. Cheap: asked at every probe. */
export type ReadinessChecks = Readonly<Record<string, () => boolean>>;

export interface HealthOptions {
  readonly version: string;
  /** Whether the gateway is about to end: alive, but not to be sent new requests. */
  readonly draining: () => boolean;
  readonly checks: ReadinessChecks;
  /** The ways out of telemetry. They decide nothing: a gateway without its collector serves. */
  readonly exporters?: () => readonly ExporterHealth[];
}

export interface ExporterHealth {
  readonly signal: string;
  readonly healthy: boolean;
  /** Why it is not. */
  readonly error: string;
}

/** `GET /livez`: the process answers. Says nothing of what it depends on, or a restart would be the cure for all. */
export function livez(): Endpoint {
  return function livez(exchange) {
    return Promise.resolve(json(exchange, 200, { status: "ok" }));
  };
}

/** `GET /readyz`: 200 while requests are welcome, else 503. With `?verbose` it says what is amiss. */
export function readyz(options: HealthOptions): Endpoint {
  return function readyz(exchange) {
    const { status, checks } = examine(options);
    const verbose = new URLSearchParams(exchange.query).has("verbose");
    return Promise.resolve(
      json(exchange, codeOf(status), verbose ? { status, checks, ...exportersOf(options) } : { status }),
    );
  };
}

/** `GET /health`: for people, and for monitors that know one path: readiness with its checks, and which version. */
export function health(options: HealthOptions): Endpoint {
  return function health(exchange) {
    const { status, checks } = examine(options);
    return Promise.resolve(json(exchange, codeOf(status), { status, version: options.version, checks }));
  };
}

interface Examination {
  readonly status: "ok" | "draining" | "unavailable";
  readonly checks: Readonly<Record<string, "ok" | "failed">>;
}

function examine(options: HealthOptions): Examination {
  const results = Object.entries(options.checks).map(([name, isWell]) =>
    [name, isWell() ? "ok" : "failed"] as const
  );
  const well = results.every(([, result]) => result === "ok");
  return {
    status: options.draining() ? "draining" : well ? "ok" : "unavailable",
    checks: Object.fromEntries(results),
  };
}

function exportersOf({ exporters }: HealthOptions): Record<string, unknown> {
  if (exporters === undefined) return {};
  const shown = exporters().map(({ signal, healthy, error }) => ({
    signal,
    status: healthy ? "ok" : "failing",
    ...(healthy ? {} : { error }),
  }));
  return { exporters: shown };
}

function codeOf(status: Examination["status"]): number {
  return status === "ok" ? 200 : 503;
}

function json(exchange: Exchange, status: number, value: Record<string, unknown>): Response {
  const body = JSON.stringify(value);
  exchange.responseBytes = body.length;
  return new Response(body, { status, headers: responseHeaders(exchange, "application/json", null) });
}
