import type { OtlpProtocol } from "./sections/exporter.ts";

export type Signal = "traces" | "metrics" | "logs";

/** What decides how a collector is spoken to. */
export interface EndpointOptions {
  /** `host:port` or a URL; null: the collector on this machine, at its usual port. */
  readonly endpoint: string | null;
  /** The URL for the signal, used as it is. */
  readonly ownEndpoint: string | null;
  readonly protocol: OtlpProtocol | null;
  /** Plain text where the endpoint has no scheme. */
  readonly insecure: boolean;
}

/**
 * Protocol and complete URL of a collector. A protocol that is given decides. Else an endpoint without a scheme,
 * and any on port 4317, is OTLP/gRPC; any other is OTLP over HTTP. Null for what is no endpoint.
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
export function resolveEndpoint(
  signal: Signal,
  options: EndpointOptions,
): { protocol: OtlpProtocol; url: string } | null {
  const given = options.ownEndpoint ?? options.endpoint ??
    (options.protocol === "grpc" ? "http://localhost:4317" : "http://localhost:4318");
  const hasScheme = given.includes("://");
  const text = hasScheme ? given : `${options.insecure ? "http" : "https"}://${given}`;
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if ((url.protocol !== "http:" && url.protocol !== "https:") || url.hostname === "") return null;
  const protocol = options.protocol ?? (!hasScheme || url.port === "4317" ? "grpc" : "http/protobuf");
  if (protocol === "grpc") return { protocol, url: url.origin };
  const path = `/v1/${signal}`;
  if (options.ownEndpoint === null && !url.pathname.endsWith(path)) {
    // An endpoint that ends with another signal's path was meant for that one; its like is beside it.
    url.pathname = url.pathname.replace(/\/v1\/(traces|metrics|logs)$|\/+$/, "") + path;
  }
  return { protocol, url: url.href };
}
