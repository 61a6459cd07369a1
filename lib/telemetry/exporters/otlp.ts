import { type Exporter, ExportError, type ExportResult } from "./exporter.ts";
import { OtlpGrpc } from "./otlp_grpc.ts";
import { OtlpHttp } from "./otlp_http.ts";
import type { OtlpVerdict, OtlpWire } from "./otlp_wire.ts";
import { OTLP_SIGNALS, type OtlpSignal } from "./signals.ts";
import { type TlsOptions, Transport } from "./transport.ts";

/** Wire protocols of OTLP. */
export type OtlpProtocol = "grpc" | "http/protobuf" | "http/json";

export interface OtlpExporterOptions {
  readonly signal: OtlpSignal;
  readonly protocol: OtlpProtocol;
  /** Over HTTP where the signal is posted to; for gRPC the origin. `https` means TLS; may hold credentials. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds for one batch, retries included; default 10,000. */
  readonly timeout?: number | undefined;
  readonly compression?: "none" | "gzip" | undefined;
  readonly tls?: TlsOptions | undefined;
  /** What the gateway calls itself. */
  readonly userAgent: string;
  readonly fetch?: typeof fetch | undefined;
  /** The environment has a proxy for `http:`. */
  readonly proxied?: boolean | undefined;
  /** 0 to 1, for the jitter of the back-off. */
  readonly random?: (() => number) | undefined;
  /** Waits between two attempts; ends early, without an error, when the signal says so. */
  readonly sleep?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined;
}

const TIMEOUT_MS = 10_000;
const FIRST_BACKOFF_MS = 1_000;
const BACKOFF_FACTOR = 1.5;
const MAX_BACKOFF_MS = 5_000;

/**
 * Sends batches of a signal to an OpenTelemetry collector, or to whatever else speaks OTLP.
 * @throws {Error} where URL or certificates cannot be used.
 */
export function createOtlpExporter(options: OtlpExporterOptions): Exporter {
  const { protocol } = options;
  const signal = OTLP_SIGNALS[options.signal];
  const url = new URL(options.url);
  const transport = new Transport({
    http2: protocol === "grpc",
    tls: options.tls ?? null,
    url,
    fetch: options.fetch ?? null,
    proxied: options.proxied ?? false,
  });
  const headers = { ...basicAuthorization(url) };
  for (const [name, value] of Object.entries(options.headers ?? {})) headers[name.toLowerCase()] = value;
  headers["user-agent"] = options.userAgent;
  const gzip = options.compression === "gzip";
  const wire = protocol === "grpc"
    ? new OtlpGrpc({ transport, url: url.origin, headers, gzip, signal })
    : new OtlpHttp({ transport, url: url.href, headers, gzip, signal }, protocol === "http/json");
  return new OtlpExporter(wire, `${protocol} ${url.origin}${url.pathname}`, transport, options);
}

/** Takes the credentials out of a URL, since `fetch` refuses one with them, and makes a header of them. */
function basicAuthorization(url: URL): Record<string, string> {
  const { username, password } = url;
  if (username === "") return {};
  url.username = "";
  url.password = "";
  return {
    authorization: `Basic ${btoa(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)}`,
  };
}

class OtlpExporter implements Exporter {
  readonly #timeout: number;
  readonly #random: () => number;
  readonly #sleep: (ms: number, signal: AbortSignal) => Promise<void>;

  constructor(
    private readonly wire: OtlpWire,
    readonly destination: string,
    private readonly transport: Transport,
    options: OtlpExporterOptions,
  ) {
    this.#timeout = options.timeout ?? TIMEOUT_MS;
    this.#random = options.random ?? Math.random;
    this.#sleep = options.sleep ?? sleep;
  }

  async export(body: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<ExportResult> {
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
    const packed = await this.wire.pack(body);
    let backoff = FIRST_BACKOFF_MS;
    for (let failed = 0;; failed++) {
      const verdict = await this.#attempt(packed, signal);
      if (verdict.kind === "taken") {
        return { rejected: verdict.rejected, message: verdict.message, failedAttempts: failed };
      }
      if (verdict.kind === "refused" || signal.aborted) throw new ExportError(verdict.message, failed + 1);
      await this.#sleep(verdict.retryAfterMs ?? backoff * (0.8 + 0.4 * this.#random()), signal);
      if (signal.aborted) throw new ExportError(verdict.message, failed + 1);
      backoff = Math.min(backoff * BACKOFF_FACTOR, MAX_BACKOFF_MS);
    }
  }

  async #attempt(packed: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<OtlpVerdict> {
    try {
      return await this.wire.send(packed, signal);
    } catch (error) {
      return {
        kind: "busy",
        message: signal.aborted ? "no answer in time" : reason(error),
        retryAfterMs: null,
      };
    }
  }
}

/** Why no answer came, in few words: the deepest cause, without the URL that the platform puts in front. */
function reason(error: unknown): string {
  let deepest = error;
  while (deepest instanceof Error && deepest.cause !== undefined) deepest = deepest.cause;
  const text = deepest instanceof Error ? deepest.message : String(deepest);
  if (/connection refused/i.test(text)) return "connection refused";
  return text.replace(/^error sending request.*?\): /, "").replace(/^client error \(\w+\): /, "");
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
