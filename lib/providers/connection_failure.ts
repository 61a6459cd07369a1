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
/** Code of an error that says for certain that nothing was done with the request, though it may have gone out. */
export const UNPROCESSED = "H2_UNPROCESSED";

/** By the error's `code`, as Deno, undici and `dial.ts` give it. */
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
  ADDRESS_REFUSED: row("dns_failed", "no address of the host is permitted"),
  ECONNRESET: RESET,
  ECONNABORTED: RESET,
  EPIPE: RESET,
  UND_ERR_SOCKET: RESET,
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: INTERRUPTED,
  UND_ERR_HEADERS_OVERFLOW: row("protocol_error", "the answer's headers are too long"),
  UND_ERR_INVALID_ARG: row("protocol_error", "the request cannot be sent: a header or the path is not valid"),
  UND_ERR_NOT_SUPPORTED: row("protocol_error", "the request cannot be sent: a header is not supported"),
  TLS_HANDSHAKE: row("tls_failed", "the TLS handshake failed"),
  TLS_CERTIFICATE: row("tls_failed", "the provider's certificate is not trusted"),
  TLS_CERTIFICATE_NAME: row("tls_failed", "the provider's certificate is for another host"),
  TLS_CERTIFICATE_EXPIRED: row("tls_failed", "the provider's certificate has expired"),
  NO_HTTP2: row("protocol_error", "the provider does not speak HTTP/2"),
  H2_PROTOCOL: row("protocol_error", "the answer is not HTTP/2"),
  H2_HEADERS: row("protocol_error", "the answer's headers are too long"),
  H2_RESET: row("connection_reset", "the provider reset the stream"),
  [UNPROCESSED]: row("connection_reset", "the provider did not take the request"),
  PROXY_REFUSED: row("connection_refused", "the proxy refused the tunnel"),
};

const NOT_HTTP = row("protocol_error", "the answer is not HTTP/1.1");
const UNHANDLED = row("protocol_error", "the answer could not be handled");

/**
 * An error of the transport as the gateway speaks of it.
 * @param sent whether bytes of the request may have gone out.
 */
export function connectionFailure(error: Error, sent: boolean): UpstreamError {
  const code = errorCode(error);
  const { kind, message } = BY_CODE[code] ?? otherFailure(code, error, sent);
  return { kind, message, sent: sent && code !== UNPROCESSED };
}

function otherFailure(code: string, error: Error, sent: boolean): FailureRow {
  // undici's parser gives no code; an answer that ends too early differs in the reason alone.
  if (error.name === "HTTPParserError") return error.message.includes("EOF") ? INTERRUPTED : NOT_HTTP;
  if (sent) return code === "" ? UNHANDLED : RESET;
  return row("connection_refused", code === "" ? "the connection failed" : `the connection failed (${code})`);
}

function errorCode(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : "";
}
