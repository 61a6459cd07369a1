import type { OtlpVerdict, OtlpWire } from "./otlp_wire.ts";
import { partialSuccess, partialSuccessJson } from "./otlp_response.ts";
import type { Transport } from "./transport.ts";

/** Statuses after which the same batch may be sent again. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * OTLP over HTTP.
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export class OtlpHttp implements OtlpWire {
  readonly #headers: Readonly<Record<string, string>>;
  readonly #json: boolean;

  constructor(
    private readonly transport: Transport,
    private readonly url: string,
    headers: Readonly<Record<string, string>>,
    private readonly contentType: string,
    private readonly gzip: boolean,
  ) {
    this.#json = contentType === "application/json";
    this.#headers = {
      ...headers,
      "content-type": contentType,
      ...(gzip ? { "content-encoding": "gzip" } : {}),
    };
  }

  async send(body: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<OtlpVerdict> {
    const response = await this.transport.post(this.url, this.#headers, body, this.gzip, signal);
    const { status, headers } = response;
    if (status >= 200 && status < 300) {
      return { kind: "taken", ...(this.#json ? partialSuccessJson : partialSuccess)(response.body) };
    }
    // A collector's body may hold anything, so it is not repeated.
    const message = `the collector answered HTTP ${status}`;
    if (!RETRYABLE.has(status)) return { kind: "refused", message };
    return { kind: "busy", message, retryAfterMs: retryAfter(headers.get("retry-after"), Date.now()) };
  }
}

/** @returns milliseconds that `retry-after` (seconds or a date) asks for, or null. */
function retryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
