import type { Operation } from "../telemetry/exchange.ts";
import type { WireFormat } from "../wire/canonical.ts";
import type { GatewayError } from "../errors.ts";
import type { Capability, Quirks } from "./catalog.ts";
import type { PassedKey } from "./credentials/passed_key.ts";

/** Response headers of an upstream; names are asked for in lower case. */
export interface UpstreamHeaders {
  get(name: string): string | null;
  /** All pairs, names in lower case, in order. */
  entries(): Iterable<readonly [string, string]>;
}

/** Time-outs of one call, milliseconds; 0 switches one off. */
export interface UpstreamTimeouts {
  readonly connect: number;
  /** From the request's being sent to the first byte of the answer's body. */
  readonly firstChunk: number;
  /** Between two chunks of the body. Not counted while the reader is paused. */
  readonly betweenChunks: number;
  readonly total: number;
}

/** What a provider may offer besides generation in its formats; an operation is a path, or a family of paths. */
export type OperationName =
  | "embeddings"
  | "completions"
  | "rerank"
  | "moderations"
  | "audio"
  | "images"
  | "files"
  | "batches"
  | "vector_stores"
  | "count_tokens"
  | "input_tokens";

/** How a provider offers an operation. */
export interface OperationRow {
  /** Behind the version, as in `paths`. */
  readonly path: string;
  /** What its bodies look like, where that is not as OpenAI (for `rerank` Cohere, for `count_tokens` Anthropic) has it. */
  readonly wire?: string;
  /** Fields of the request that it answers 4xx to. */
  readonly refuses?: readonly string[];
}

export type Operations = Readonly<Partial<Record<OperationName, OperationRow>>>;

/** Bytes on their way to a provider: whole, or as they come from the client. What streams can be sent once. */
export type UpstreamBody = Uint8Array | AsyncIterable<Uint8Array>;

/** One HTTP request to a provider, ready to be sent. */
export interface UpstreamRequest {
  readonly operation: Operation;
  /** What is asked for: generation in a format, or another operation. Selects the path. */
  readonly format: WireFormat | OperationName | "health";
  /** From the root of its host, in place of where that is. */
  readonly path?: string;
  /** Default `POST`. */
  readonly method?: string;
  /** Appended to the operation's path: `/speech`, `/file-1/content`. */
  readonly subpath?: string;
  /** Default `application/json`; null where there is no body. */
  readonly contentType?: string | null;
  /** Bytes of a body that streams; null or absent: not known. */
  readonly contentLength?: number | null;
  /** As the provider knows it; empty where no model is asked. */
  readonly model: string;
  readonly stream: boolean;
  /** Null: none. A stream is asked for its bytes as fast as the provider takes them. */
  readonly body: UpstreamBody | null;
  /** The client's headers that are forwarded: `[name, value, name, value, …]`, lower case. */
  readonly headers: readonly string[];
  /** The client's query string, with its `?`, where the provider's family knows it (`?beta=true`); else empty. */
  readonly query: string;
  /** The client's own key, for a provider that {@linkcode Provider.passesKeys}. */
  readonly passedKey?: PassedKey | null;
  /** Replaces the provider's own time-outs, each where given. */
  readonly timeouts?: Partial<UpstreamTimeouts>;
}

/**
 * What the caller hears of an upstream request, in this order: `onResponse` once, `onData` any number of times,
 * then exactly one of `onEnd` and `onError`. `onError` alone may come at any time. Nothing comes after `abort()`.
 */
export interface UpstreamHandler {
  /** It has to wait in line for a connection. Comes first, if at all; `onDequeue` when its turn has come. */
  onQueue?(): void;
  onDequeue?(): void;
  /** The connection stands and the request is on its way; may be called before anything is known. */
  onConnect?(): void;
  /** It is the key that is refused, and the provider has another: the same request may be sent again at once. */
  onOtherKey?(): void;
  onResponse(status: number, headers: UpstreamHeaders): void;
  /** The bytes are the caller's to keep. */
  onData(chunk: Uint8Array): void;
  onEnd(): void;
  onError(error: UpstreamError): void;
}

/** A running upstream request. */
export interface UpstreamHandle {
  /** Ends it, closes its connection, and calls nothing any more. Idempotent. */
  abort(): void;
  /** Backpressure: no `onData` until `resume()` (a chunk under way may still come). */
  pause(): void;
  resume(): void;
}

/** Why an upstream request failed without (or in the middle of) an answer. */
export interface UpstreamError {
  /** `connection_refused`, `connection_reset`, `dns`, `tls`, `timeout_connect`, `timeout_first_chunk`, … */
  readonly kind:
    | "connection_refused"
    | "connection_reset"
    | "dns_failed"
    | "tls_failed"
    | "timeout_connect"
    | "timeout_first_chunk"
    | "timeout_between_chunks"
    | "timeout_total"
    | "queue_full"
    | "protocol_error"
    | "credentials_missing"
    | "credentials_failed";
  /** Whether any byte of the request may have reached the provider. */
  readonly sent: boolean;
  /** Fit for a log: names no secret. */
  readonly message: string;
}

/** One configured provider. */
export interface Provider {
  /** As configured: label, span attribute and log field. */
  readonly name: string;
  /** The provider's type in the catalogue (`openai`, `anthropic`, …), for `gen_ai.provider.name`. */
  readonly system: string;
  /** Formats that it speaks, the preferred one first. */
  readonly formats: readonly WireFormat[];
  /** What it can do with a request besides answering it with text. */
  readonly can?: readonly Capability[];
  /** What it offers besides. */
  readonly operations?: Operations;
  /** Host and port that it calls, for spans. */
  readonly serverAddress: string;
  readonly serverPort: number;
  /** Names of headers (lower case) of a client that it forwards to this provider. */
  readonly forwardHeaders: readonly string[];
  /** In what its requests differ from OpenAI's; absent: in nothing. */
  readonly quirks?: Quirks;
  /** Sends the client's own key in place of one that was configured. */
  readonly passesKeys?: boolean;
  /**
   * @param traceHeaders tell of the trace that the request belongs to, as `headers` of the request have it.
   * @throws {TypeError} where it has no such format.
   */
  send(
    request: UpstreamRequest,
    handler: UpstreamHandler,
    traceHeaders?: readonly string[],
  ): UpstreamHandle;
  /** Where a request goes, without a query, which may hold a secret. Absent: to no URL. */
  url?(request: UpstreamRequest): string;
  /** Whether a text that it sent tells one of the secrets that it was sent. Absent: it was sent none. */
  tells?(text: string): boolean;
  /**
   * The provider's own error answer as a gateway error: the status kept for what is the client's to mend,
   * a message taken from the body where it is JSON of the family, never a raw page.
   * @param passedKey the client's own, if it was sent: then a refusal of it is the client's to mend.
   */
  decodeError(
    status: number,
    headers: UpstreamHeaders,
    body: Uint8Array,
    passedKey?: PassedKey | null,
  ): GatewayError;
  close(): Promise<void>;
}
