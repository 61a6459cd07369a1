import { compressed } from "./compressed.ts";
import { partialSuccess } from "./otlp_response.ts";
import type { OtlpVerdict, OtlpWire, OtlpWireOptions } from "./otlp_wire.ts";
import { retryDelay } from "./retry_info.ts";
import type { TransportResponse } from "./transport.ts";

/** Compressed flag and length in front of each message. */
const FRAME_HEADER = 5;

/** Status codes after which the same batch may be sent again. */
const RETRYABLE: ReadonlySet<number> = new Set([
  1, // CANCELLED
  4, // DEADLINE_EXCEEDED
  10, // ABORTED
  11, // OUT_OF_RANGE
  14, // UNAVAILABLE
  15, // DATA_LOSS
]);
const RESOURCE_EXHAUSTED = 8;

/** HTTP statuses of a proxy on the way, which gRPC reads as UNAVAILABLE. */
const RETRYABLE_HTTP: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * OTLP over gRPC, by `fetch` over HTTP/2. A status in trailers cannot be seen through `fetch`, but an answer to
 * one request either has a message or says its status in its headers.
 * @see https://opentelemetry.io/docs/specs/otlp/#otlpgrpc
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
export class OtlpGrpc implements OtlpWire {
  readonly #options: OtlpWireOptions;
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(options: OtlpWireOptions) {
    this.#options = options;
    this.#url = `${options.url}${options.signal.method}`;
    this.#headers = {
      ...options.headers,
      "content-type": "application/grpc+proto",
      "te": "trailers",
      "grpc-accept-encoding": "identity",
      ...(options.gzip ? { "grpc-encoding": "gzip" } : {}),
    };
  }

  async pack(batch: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const { gzip } = this.#options;
    return framed(gzip ? await compressed(batch) : batch, gzip);
  }

  async send(packed: Uint8Array<ArrayBuffer>, abort: AbortSignal): Promise<OtlpVerdict> {
    const response = await this.#options.transport.post(this.#url, this.#headers, packed, abort);
    const { status, headers } = response;
    if (status !== 200) {
      const why = `the collector answered HTTP ${status}`;
      if (RETRYABLE_HTTP.has(status)) return { kind: "busy", message: why, retryAfterMs: null };
      return { kind: "refused", message: why };
    }
    const grpcStatus = headers.get("grpc-status");
    if (grpcStatus !== null && grpcStatus !== "0") return failure(Number(grpcStatus), headers);
    if (response.body.length < FRAME_HEADER) {
      return { kind: "busy", message: "the collector's answer broke off", retryAfterMs: null };
    }
    return { kind: "taken", ...partialSuccess(response.body.subarray(FRAME_HEADER)) };
  }
}

function failure(code: number, headers: TransportResponse["headers"]): OtlpVerdict {
  const message = `the collector answered gRPC status ${code}`;
  const retryAfterMs = retryDelay(headers.get("grpc-status-details-bin"));
  // Without RetryInfo, being out of some quota is final.
  const exhausted = code === RESOURCE_EXHAUSTED && retryAfterMs !== null;
  if (exhausted || RETRYABLE.has(code)) return { kind: "busy", message, retryAfterMs };
  return { kind: "refused", message };
}

function framed(message: Uint8Array, gzip: boolean): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(FRAME_HEADER + message.length);
  frame[0] = gzip ? 1 : 0;
  new DataView(frame.buffer).setUint32(1, message.length);
  frame.set(message, FRAME_HEADER);
  return frame;
}
