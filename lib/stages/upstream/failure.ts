import { type ErrorCode, GatewayError } from "../../errors.ts";
import type { InstrumentedProvider } from "../../providers/instrumented_provider.ts";
import type { PassedKey } from "../../providers/credentials/passed_key.ts";
import type { UpstreamError, UpstreamHeaders } from "../../providers/provider.ts";
import type { ObservedError } from "../../wire/codec.ts";
import { statusOfGoogle } from "../../wire/google_error.ts";
import { MALFORMED_EVENT } from "../../wire/observed.ts";

/**
 * What may be done about a failed attempt as long as no content went out:
 * - `other_key`: this target with another of its keys, without waiting;
 * - `at_once`: the provider never saw the request; any target may be tried without waiting;
 * - `backoff`: it may work later, on this target or another;
 * - `elsewhere`: not on this target;
 * - `never`: the request itself is at fault.
 */
export type RetryAdvice = "other_key" | "at_once" | "backoff" | "elsewhere" | "never";

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
  credentials_missing: "invalid_api_key",
  credentials_failed: "upstream_authentication_failed",
};

const RETRYABLE_STATUS = new Set([408, 429, 500, 502, 503, 504, 529]);

/** The failure of a connection. */
export function connectionFailure(error: UpstreamError, provider: string): AttemptFailure {
  if (error.kind === "credentials_missing") {
    return { error: new GatewayError("invalid_api_key", error.message), advice: "elsewhere" };
  }
  const code = CODE_OF_KIND[error.kind];
  const message = code === "upstream_timeout"
    ? `The provider '${provider}' did not answer in time (${
      error.kind.slice("timeout_".length).replaceAll("_", " ")
    }).`
    : code === "overloaded"
    ? `Too many requests wait for the provider '${provider}'.`
    : code === "upstream_authentication_failed"
    ? `The gateway has no credentials for the provider '${provider}' at the moment.`
    : `The connection to the provider '${provider}' failed.`;
  const cause = new Error(`${error.kind}: ${error.message}`);
  return { error: new GatewayError(code, message, { cause }), advice: error.sent ? "backoff" : "at_once" };
}

/** The failure that a provider's own error answer stands for. `status` is the one that the provider sent. */
export function answeredFailure(error: GatewayError, status: number): AttemptFailure {
  if (RETRYABLE_STATUS.has(status)) return { error, advice: "backoff" };
  const credentials = status === 401 || status === 403 || error.code === "upstream_authentication_failed";
  return { error, advice: credentials ? "elsewhere" : "never" };
}

/** The failure of an answer that is not what its format says. @param cause what a log may tell besides. */
export function invalidAnswer(provider: string, what: string, cause?: unknown): AttemptFailure {
  return {
    error: new GatewayError("upstream_invalid_response", `The provider '${provider}' sent ${what}.`, {
      cause,
    }),
    advice: "backoff",
  };
}

/** The gateway's own refusal of an answer: asking again would bring the same. */
export function blockedAnswer(error: GatewayError): AttemptFailure {
  return { error, advice: "never" };
}

/** Whether a guard says so: it did not let something pass, or could not look at it in time. */
export function isGuards(cause: unknown): cause is GatewayError {
  return isBlocked(cause) || (cause instanceof GatewayError && cause.code === "stage_timeout");
}

/** Whether a guard did not let something pass. */
export function isBlocked(cause: unknown): cause is GatewayError {
  return cause instanceof GatewayError && cause.code === "content_blocked";
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

/**
 * What an error that came late would have been as an answer, by its code or type: providers tell of most errors
 * in one set of words, whether by a status or by an event.
 */
const STATUS_OF_ANNOUNCED: ReadonlyMap<string, number> = new Map([
  ["invalid_request_error", 400],
  ["invalid_prompt", 400],
  ["context_length_exceeded", 400],
  ["authentication_error", 401],
  ["invalid_api_key", 401],
  ["permission_error", 403],
  ["not_found_error", 404],
  ["model_not_found", 404],
  ["request_too_large", 413],
  ["rate_limit_error", 429],
  ["rate_limit_exceeded", 429],
  ["insufficient_quota", 429],
  ["timeout_error", 504],
  ["overloaded_error", 529],
]);

const encoder = new TextEncoder();

/**
 * The failure that a provider announced by an error event, or by an error body under a status of success. It is
 * read like an error answer, so that nothing secret and no page of it goes on.
 */
export function announcedFailure(
  announced: ObservedError,
  provider: Pick<InstrumentedProvider, "decodeError" | "name">,
  headers: UpstreamHeaders,
  passedKey: PassedKey | null = null,
): AttemptFailure {
  const { code, message } = announced;
  if (code === MALFORMED_EVENT.code) {
    // Our own words for what the decoder could not read.
    return { error: new GatewayError(MALFORMED_EVENT.code, message), advice: "backoff" };
  }
  const status = STATUS_OF_ANNOUNCED.get(code) ?? statusOfGoogle(code) ?? named(announced.status) ?? null;
  const body = encoder.encode(JSON.stringify({ error: { message, code } }));
  const error = provider.decodeError(status ?? 500, headers, body, passedKey);
  if (status !== null) return answeredFailure(error, status);
  // There was no such status to speak of.
  const { cause, retryAfter } = error;
  const told = new GatewayError("upstream_error", `The provider '${provider.name}' told of an error.`, {
    cause,
    retryAfter: retryAfter ?? undefined,
  });
  return answeredFailure(told, 500);
}

/** OpenRouter and vLLM name a status where others have a word. */
function named(status: number | undefined): number | undefined {
  return status !== undefined && status >= 400 && status <= 599 ? status : undefined;
}

/** The client left: nothing failed, and nobody is there to be told. */
export function clientGone(): GatewayError {
  return new GatewayError("client_closed_request", "The client closed the request.");
}
