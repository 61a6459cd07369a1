import type { UpstreamError } from "./provider.ts";

type Kind = UpstreamError["kind"];

interface FailureRow {
  readonly kind: Kind;
  /** Fit for a log; the error's own text may quote what the provider sent. */
  readonly message: string;
}

function row(kind: Kind, message: string): FailureRow {
  return { kind, message };
}

const RESET = row("connection_reset", "the provider closed the connection");
const INTERRUPTED = row("connection_reset", "the connection was closed in the middle of the answer");
const TLS = row("tls_failed", "the TLS handshake failed");
const CERTIFICATE = row("tls_failed", "the provider's certificate is not trusted");

/** By the error's `code`, as Node's network modules and undici give it. */
const BY_CODE: Readonly<Record<string, FailureRow>> = {
  ECONNREFUSED: row("connection_refused", "connection refused"),
  EHOSTUNREACH: row("connection_refused", "host unreachable"),
  ENETUNREACH: row("connection_refused", "network unreachable"),
  EADDRNOTAVAIL: row("connection_refused", "no local port is free"),
  EMFILE: row("connection_refused", "no file descriptor is free"),
  EACCES: row("connection_refused", "the system forbids the connection"),
  ETIMEDOUT: row("timeout_connect", "the system gave up connecting"),
  ENOTFOUND: row("dns_failed", "the host name does not resolve"),
  EAI_AGAIN: row("dns_failed", "the name server does not answer"),
  EAI_FAIL: row("dns_failed", "the name server failed"),
  ECONNRESET: RESET,
  ECONNABORTED: RESET,
  EPIPE: RESET,
  UND_ERR_SOCKET: RESET,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: INTERRUPTED,
  UND_ERR_HEADERS_OVERFLOW: row("protocol_error", "the answer's headers are too long"),
  UND_ERR_INVALID_ARG: row("protocol_error", "the request cannot be sent: a header or the path is not valid"),
  UND_ERR_NOT_SUPPORTED: row("protocol_error", "the request cannot be sent: a header is not supported"),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: CERTIFICATE,
  UNABLE_TO_GET_ISSUER_CERT: CERTIFICATE,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: CERTIFICATE,
  SELF_SIGNED_CERT_IN_CHAIN: CERTIFICATE,
  DEPTH_ZERO_SELF_SIGNED_CERT: CERTIFICATE,
  CERT_HAS_EXPIRED: row("tls_failed", "the provider's certificate has expired"),
  CERT_NOT_YET_VALID: row("tls_failed", "the provider's certificate is not yet valid"),
  ERR_TLS_CERT_ALTNAME_INVALID: row("tls_failed", "the provider's certificate is for another host"),
  PROXY_REFUSED: row("connection_refused", "the proxy refused the tunnel"),
};

const NOT_HTTP = row("protocol_error", "the answer is not HTTP/1.1");
const UNHANDLED = row("protocol_error", "the answer could not be handled");

/** What is known of a connection when it fails. */
export interface FailureContext {
  readonly tls: boolean;
  /** Bytes of the request may have gone out. */
  readonly sent: boolean;
  /** The connection had carried a request before. */
  readonly reused: boolean;
  /** The answer had begun. */
  readonly answered: boolean;
}

/** An error of the transport as the gateway speaks of it. */
export function connectionFailure(error: Error, context: FailureContext): UpstreamError {
  const code = errorCode(error);
  // Before 2.9, Deno reports a failed handshake only with the first write, as `UNKNOWN`: nothing was sent then.
  if (code === "UNKNOWN" && context.tls && !context.reused && !context.answered) {
    return { ...TLS, sent: false };
  }
  const { kind, message } = BY_CODE[code] ?? otherFailure(code, error, context);
  if (kind !== "connection_reset" || context.sent || !context.tls) {
    return { kind, message, sent: context.sent };
  }
  return { ...TLS, sent: false };
}

function otherFailure(code: string, error: Error, context: FailureContext): FailureRow {
  // undici's parser gives no code; an answer that ends too early differs in the reason alone.
  if (error.name === "HTTPParserError") return error.message.includes("EOF") ? INTERRUPTED : NOT_HTTP;
  if (context.sent) return code === "" ? UNHANDLED : RESET;
  if (context.tls && (code.startsWith("ERR_SSL") || code.startsWith("ERR_TLS") || code.includes("CERT"))) {
    return TLS;
  }
  return row("connection_refused", code === "" ? "the connection failed" : `the connection failed (${code})`);
}

function errorCode(error: Error): string {
  if ("code" in error && typeof error.code === "string") return error.code;
  // Several addresses were tried: the first one's reason stands for all.
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return errorCode(error.errors[0]);
  return "";
}
