import { type ErrorCode, GatewayError } from "../../errors.ts";
import type { UpstreamError } from "../../providers/provider.ts";

/**
 * What may be done about a failed attempt as long as no content went out:
 * - `at_once`: the provider never saw the request; any target may be tried without waiting;
 * - `backoff`: it may work later, on this target or another;
 * - `elsewhere`: not on this target;
 * - `never`: the request itself is at fault.
 */
export type RetryAdvice = "at_once" | "backoff" | "elsewhere" | "never";

/** Why an attempt failed: what the client would be told, and whether to try again. */
export interface AttemptFailure {
  readonly error: GatewayError;
  readonly advice: RetryAdvice;
}

const CODE_OF_KIND: Readonly<Record<UpstreamError["kind"], ErrorCode>> = {
  connection_refused: "upstream_connection_failed",
  connection_reset: "upstream_connection_failed",
  dns_failed: "upstream_connection_failed",
  tls_failed: "upstream_connection_failed",
  timeout_connect: "upstream_timeout",
  timeout_first_chunk: "upstream_timeout",
  timeout_between_chunks: "upstream_timeout",
  timeout_total: "upstream_timeout",
  queue_full: "overloaded",
  protocol_error: "upstream_invalid_response",
};

const RETRYABLE_STATUS = new Set([408, 429, 500, 502, 503, 504, 529]);

/** The failure of a connection. */
export function connectionFailure(error: UpstreamError, provider: string): AttemptFailure {
  const code = CODE_OF_KIND[error.kind];
  const message = code === "upstream_timeout"
    ? `The provider '${provider}' did not answer in time (${
      error.kind.slice("timeout_".length).replaceAll("_", " ")
    }).`
    : code === "overloaded"
    ? `Too many requests wait for the provider '${provider}'.`
    : `The connection to the provider '${provider}' failed.`;
  const cause = new Error(`${error.kind}: ${error.message}`);
  return { error: new GatewayError(code, message, { cause }), advice: error.sent ? "backoff" : "at_once" };
}

/** The failure that a provider's own error answer stands for. `status` is the one that the provider sent. */
export function answeredFailure(error: GatewayError, status: number): AttemptFailure {
  if (RETRYABLE_STATUS.has(status)) return { error, advice: "backoff" };
  return { error, advice: status === 401 || status === 403 ? "elsewhere" : "never" };
}

/** The failure of an answer that is not what its format says. */
export function invalidAnswer(provider: string, what: string): AttemptFailure {
  return {
    error: new GatewayError("upstream_invalid_response", `The provider '${provider}' sent ${what}.`),
    advice: "backoff",
  };
}

/** The failure of a stream that ended before its terminal event. */
export function incompleteStream(provider: string): AttemptFailure {
  return {
    error: new GatewayError(
      "upstream_stream_incomplete",
      `The stream of the provider '${provider}' ended early.`,
    ),
    advice: "backoff",
  };
}

/** The failure that a provider announced by an error event or an error body under a status of success. */
export function announcedFailure(announced: { code: string; message: string }): AttemptFailure {
  const options = announced.code === "" ? {} : { upstreamCode: announced.code };
  return { error: new GatewayError("upstream_error", announced.message, options), advice: "backoff" };
}

/** The client left: nothing failed, and nobody is there to be told. */
export function clientGone(): GatewayError {
  return new GatewayError("client_closed_request", "The client closed the request.");
}
