import { compressed } from "./compressed.ts";
import { protobufToJson } from "./otlp_json.ts";
import { partialSuccess, partialSuccessJson } from "./otlp_response.ts";
import type { OtlpVerdict, OtlpWire, OtlpWireOptions } from "./otlp_wire.ts";

/** Statuses after which the same batch may be sent again. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);

const encoder = new TextEncoder();

/**
 * OTLP over HTTP, in protocol buffers or in JSON.
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export class OtlpHttp implements OtlpWire {
  readonly #options: OtlpWireOptions;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #json: boolean;

  constructor(options: OtlpWireOptions, json: boolean) {
    this.#options = options;
    this.#json = json;
    this.#headers = {
      ...options.headers,
      "content-type": json ? "application/json" : "application/x-protobuf",
      ...(options.gzip ? { "content-encoding": "gzip" } : {}),
    };
  }

  async pack(batch: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const { gzip, signal } = this.#options;
    const body = this.#json ? encoder.encode(protobufToJson(batch, signal.request)) : batch;
    return gzip ? await compressed(body) : body;
  }

  async send(packed: Uint8Array<ArrayBuffer>, abort: AbortSignal): Promise<OtlpVerdict> {
    const { transport, url, signal } = this.#options;
    const { status, headers, body: answer } = await transport.post(url, this.#headers, packed, abort);
    if (status >= 200 && status < 300) {
      const partial = this.#json ? partialSuccessJson(answer, signal.rejected) : partialSuccess(answer);
      return { kind: "taken", ...partial };
    }
    // A collector's body may hold anything, so it is not repeated.
    const why = `the collector answered HTTP ${status}`;
    if (!RETRYABLE.has(status)) return { kind: "refused", message: why };
    return { kind: "busy", message: why, retryAfterMs: retryAfter(headers.get("retry-after"), Date.now()) };
  }
}

/** @returns milliseconds that `retry-after` (seconds or a date) asks for, or null. */
function retryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}
