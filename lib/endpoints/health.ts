import type { Endpoint, Exchange } from "../telemetry/exchange.ts";
import { responseHeaders } from "./response_headers.ts";

/** What readiness depends on, by name: whether it is well now. Cheap: asked at every probe. */
export type ReadinessChecks = Readonly<Record<string, () => boolean>>;

export interface HealthOptions {
  readonly version: string;
  /** Whether the gateway is about to end: alive, but not to be sent new requests. */
  readonly draining: () => boolean;
  readonly checks: ReadinessChecks;
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
    const draining = options.draining();
    const checks = runChecks(options.checks);
    const ready = !draining && Object.values(checks).every((check) => check === "ok");
    const status = draining ? "draining" : ready ? "ok" : "unavailable";
    const verbose = new URLSearchParams(exchange.query).has("verbose");
    return Promise.resolve(json(exchange, ready ? 200 : 503, verbose ? { status, checks } : { status }));
  };
}

/** `GET /health`: for people and for monitors that know one path: ready or not, and which version. */
export function health(options: HealthOptions): Endpoint {
  return function health(exchange) {
    const draining = options.draining();
    const checks = runChecks(options.checks);
    const ready = !draining && Object.values(checks).every((check) => check === "ok");
    const status = draining ? "draining" : ready ? "ok" : "unavailable";
    return Promise.resolve(json(exchange, ready ? 200 : 503, { status, version: options.version, checks }));
  };
}

function runChecks(checks: ReadinessChecks): Record<string, "ok" | "failed"> {
  return Object.fromEntries(
    Object.entries(checks).map(([name, isWell]) => [name, isWell() ? "ok" : "failed"]),
  );
}

function json(exchange: Exchange, status: number, value: Record<string, unknown>): Response {
  const body = JSON.stringify(value);
  exchange.responseBytes = body.length;
  return new Response(body, { status, headers: responseHeaders(exchange, "application/json", null) });
}
