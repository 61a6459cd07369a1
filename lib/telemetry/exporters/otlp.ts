import type { SpanRecord } from "../projections/span.ts";
import { ExportError, type ExportResult, type Resource, type Scope, type TraceExporter } from "./exporter.ts";
import { type OtlpProtocol, otlpTarget } from "./otlp_endpoint.ts";
import { OtlpGrpc } from "./otlp_grpc.ts";
import { OtlpHttp } from "./otlp_http.ts";
import { OtlpJsonEncoder } from "./otlp_json.ts";
import { OtlpProtobufEncoder } from "./otlp_protobuf.ts";
import { type TlsOptions, Transport } from "./transport.ts";

/** What a collector made of one attempt. */
export type OtlpVerdict =
  | { readonly kind: "taken"; readonly rejected: number; readonly message: string }
  /** May be tried again, after the given time where it asked for one. */
  | { readonly kind: "busy"; readonly message: string; readonly retryAfterMs: number | null }
  | { readonly kind: "refused"; readonly message: string };

/** One attempt to send a batch, over gRPC or HTTP. */
export interface OtlpWire {
  /** @throws where no answer came, which may be tried again. */
  send(body: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<OtlpVerdict>;
}

export interface OtlpExporterOptions {
  /** `host:port` or a URL. */
  readonly endpoint: string;
  /** The endpoint is the whole URL for traces, to which nothing is added. */
  readonly exact?: boolean | undefined;
  readonly protocol?: OtlpProtocol | undefined;
  readonly insecure?: boolean | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds for one batch, retries included; default 10,000. */
  readonly timeout?: number | undefined;
  readonly compression?: "none" | "gzip" | undefined;
  readonly tls?: TlsOptions | undefined;
  readonly resource: Resource;
  readonly scope: Scope;
  readonly fetch?: typeof fetch | undefined;
  /** 0 to 1, for the jitter of the back-off. */
  readonly random?: (() => number) | undefined;
  /** Waits between two attempts; ends early, without an error, when the signal says so. */
  readonly sleep?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined;
}

const TIMEOUT_MS = 10_000;
const FIRST_BACKOFF_MS = 1_000;
const BACKOFF_FACTOR = 1.5;
const MAX_BACKOFF_MS = 5_000;

/** Sends spans to an OpenTelemetry collector, or to whatever else speaks OTLP. */
export function createOtlpExporter(options: OtlpExporterOptions): TraceExporter {
  const { protocol, url, authorization } = otlpTarget(options);
  const transport = new Transport({
    http2: protocol === "grpc",
    tls: options.tls ?? null,
    fetch: options.fetch ?? fetch,
  });
  const headers: Record<string, string> = {};
  if (authorization !== null) headers["authorization"] = authorization;
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = value;
  headers["user-agent"] = `${options.scope.name}/${options.scope.version}`;
  const gzip = options.compression === "gzip";
  const encoder = protocol === "http/json"
    ? new OtlpJsonEncoder(options.resource, options.scope)
    : new OtlpProtobufEncoder(options.resource, options.scope);
  const wire = protocol === "grpc"
    ? new OtlpGrpc(transport, url, headers, gzip)
    : new OtlpHttp(transport, url, headers, encoder.contentType, gzip);
  return new OtlpExporter(wire, encoder, transport, options);
}

class OtlpExporter implements TraceExporter {
  readonly #timeout: number;
  readonly #random: () => number;
  readonly #sleep: (ms: number, signal: AbortSignal) => Promise<void>;

  constructor(
    private readonly wire: OtlpWire,
    private readonly encoder: { encode(spans: readonly SpanRecord[]): Uint8Array<ArrayBuffer> },
    private readonly transport: Transport,
    options: OtlpExporterOptions,
  ) {
    this.#timeout = options.timeout ?? TIMEOUT_MS;
    this.#random = options.random ?? Math.random;
    this.#sleep = options.sleep ?? sleep;
  }

  async export(spans: readonly SpanRecord[], signal: AbortSignal): Promise<ExportResult> {
    const body = this.encoder.encode(spans);
    const deadline = new AbortController();
    const expire = () => deadline.abort();
    const timer = setTimeout(expire, this.#timeout);
    signal.addEventListener("abort", expire);
    if (signal.aborted) expire();
    try {
      return await this.#attempts(body, deadline.signal);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", expire);
    }
  }

  close(): void {
    this.transport.close();
  }

  async #attempts(body: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<ExportResult> {
    let backoff = FIRST_BACKOFF_MS;
    for (let failed = 0;; failed++) {
      const verdict = await this.#attempt(body, signal);
      if (verdict.kind === "taken") return { ...verdict, failedAttempts: failed };
      if (verdict.kind === "refused" || signal.aborted) throw new ExportError(verdict.message, failed + 1);
      await this.#sleep(verdict.retryAfterMs ?? backoff * (0.8 + 0.4 * this.#random()), signal);
      if (signal.aborted) throw new ExportError(verdict.message, failed + 1);
      backoff = Math.min(backoff * BACKOFF_FACTOR, MAX_BACKOFF_MS);
    }
  }

  async #attempt(body: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<OtlpVerdict> {
    try {
      return await this.wire.send(body, signal);
    } catch (error) {
      return {
        kind: "busy",
        message: signal.aborted ? "no answer in time" : reason(error),
        retryAfterMs: null,
      };
    }
  }
}

/** Why no answer came, in few words; the platform's own text repeats the URL first. */
function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (/connection refused/i.test(text)) return "connection refused";
  return text.replace(/^error sending request (for url|from \S+ for) ?\([^)]*\)[^:]*: /, "");
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    if (signal.aborted) done();
  });
}
