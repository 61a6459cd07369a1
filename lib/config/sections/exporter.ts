import { boolean, choice, choices, duration, secret, text } from "../kinds.ts";
import { key, map, optional, required } from "../node.ts";

export const PROTOCOLS = ["grpc", "http/protobuf", "http/json"] as const;
export type OtlpProtocol = (typeof PROTOCOLS)[number];

export const COMPRESSIONS = ["none", "gzip"] as const;

/** Where an exporter leads to: a collector, standard output, a file, nowhere. */
const EXPORTER_TYPES = ["otlp", "stdout", "file", "none"] as const;

/** Of metrics: those that are only scraped are not pushed. */
const METRICS_EXPORTER_TYPES = [...EXPORTER_TYPES, "prometheus"] as const;

const ENDPOINT =
  "The collector. Without a scheme, and on port 4317, it is OTLP/gRPC; any other URL is OTLP/HTTP, and `/v1/…` of the signal is added to it.";

function connection() {
  return {
    endpoint: optional(text("host:port or a URL"), ENDPOINT),
    protocol: optional(choice(PROTOCOLS), "Decides where the endpoint does not say enough."),
    insecure: optional(boolean(), "Plain text where the endpoint has no scheme. Unset: TLS."),
    headers: map("Headers (gRPC: metadata) for the collector.", "header", required(secret(), "The value.")),
    certificate: optional(
      text("a path"),
      "PEM file with the certificate authorities to trust. Unset: `SSL_CERT_FILE`, if that is set.",
    ),
    client_certificate: optional(text("a path"), "PEM file with the gateway's own certificate."),
    client_key: optional(text("a path"), "PEM file with its key."),
    path: optional(text("a path"), "Of `file`: where OTLP is appended as lines of JSON."),
  };
}

/** Of traces; the other signals' keys are these where they are not given. */
export const tracesExporter = {
  type: optional(
    choices(EXPORTER_TYPES),
    "`otlp` to a collector, `stdout` as JSON lines, `file`. Unset: `otlp` where an endpoint is given.",
  ),
  traces_endpoint: optional(
    text("a URL"),
    "The collector's whole URL for traces, to which nothing is added.",
  ),
  ...connection(),
  timeout: key(duration(1), "Time for one export, retries included.", "10s"),
  compression: key(choice(COMPRESSIONS), "Of what is exported.", "none"),
};

function others() {
  return {
    ...connection(),
    timeout: optional(duration(1), "Time for one export, retries included."),
    compression: optional(choice(COMPRESSIONS), "Of what is exported."),
  };
}

export const metricsExporter = {
  type: optional(
    choices(METRICS_EXPORTER_TYPES),
    "Where metrics are pushed to, besides being scraped: `otlp`, `stdout`, `file`. Unset, `none` and `prometheus`: nowhere.",
  ),
  metrics_endpoint: optional(
    text("a URL"),
    "The collector's whole URL for metrics, to which nothing is added.",
  ),
  ...others(),
};

export const logsExporter = {
  type: optional(
    choices(EXPORTER_TYPES),
    "Where the log goes besides standard output: `otlp`, `file`. Unset, `none` and `stdout`: nowhere else.",
  ),
  logs_endpoint: optional(text("a URL"), "The collector's whole URL for logs, to which nothing is added."),
  ...others(),
};
