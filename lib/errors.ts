/**
 * Every error the gateway itself answers with: one row a code. A row is changed here and nowhere else; the
 * client families' shapes are made from it in `wire/error_body.ts`.
 */

interface ErrorRow {
  /** HTTP status. */
  readonly status: number;
  /** `error.type` in OpenAI's shape. */
  readonly openai: string;
  /** `error.type` in Anthropic's shape. */
  readonly anthropic: string;
  /** Whether the same request may succeed later, so that a client or another target may try it again. */
  readonly retryable: boolean;
}

function row(status: number, openai: string, anthropic: string, retryable = false): ErrorRow {
  return { status, openai, anthropic, retryable };
}

const INVALID = "invalid_request_error";

/** Error codes. The key is `error.code` in OpenAI's shape and `error_type` in log, metrics and spans. */
export const ERRORS = {
  invalid_request: row(400, INVALID, INVALID),
  invalid_json: row(400, INVALID, INVALID),
  invalid_host: row(400, INVALID, INVALID),
  unsupported_parameter: row(400, INVALID, INVALID),
  unsupported_operation: row(400, INVALID, INVALID),
  missing_required_parameter: row(400, INVALID, INVALID),
  invalid_api_key: row(401, INVALID, "authentication_error"),
  permission_denied: row(403, "permission_error", "permission_error"),
  model_not_allowed: row(403, "permission_error", "permission_error"),
  content_blocked: row(400, INVALID, INVALID),
  not_found: row(404, INVALID, "not_found_error"),
  model_not_found: row(404, INVALID, "not_found_error"),
  response_not_found: row(404, INVALID, "not_found_error"),
  conversation_not_found: row(404, INVALID, "not_found_error"),
  item_not_found: row(404, INVALID, "not_found_error"),
  previous_response_not_found: row(400, INVALID, INVALID),
  interaction_not_found: row(404, INVALID, "not_found_error"),
  method_not_allowed: row(405, INVALID, INVALID),
  conflict: row(409, INVALID, INVALID),
  too_many_keys: row(409, INVALID, INVALID),
  request_timeout: row(408, INVALID, INVALID, true),
  request_too_large: row(413, INVALID, "request_too_large"),
  unsupported_media_type: row(415, INVALID, INVALID),
  rate_limit_exceeded: row(429, "rate_limit_error", "rate_limit_error", true),
  insufficient_quota: row(429, "insufficient_quota", "rate_limit_error"),
  client_closed_request: row(499, "client_closed_request", "client_closed_request"),
  internal_error: row(500, "server_error", "api_error"),
  upstream_error: row(502, "server_error", "api_error", true),
  upstream_invalid_response: row(502, "server_error", "api_error", true),
  upstream_connection_failed: row(502, "server_error", "api_error", true),
  upstream_stream_incomplete: row(502, "server_error", "api_error", true),
  upstream_authentication_failed: row(502, "server_error", "api_error"),
  provider_not_configured: row(503, "server_error", "api_error"),
  no_target_available: row(503, "server_error", "overloaded_error", true),
  overloaded: row(503, "server_error", "overloaded_error", true),
  shutting_down: row(503, "server_error", "overloaded_error", true),
  stage_failed: row(503, "server_error", "api_error", true),
  stage_timeout: row(504, "server_error", "timeout_error", true),
  conversation_store_unavailable: row(503, "server_error", "api_error", true),
  limits_unavailable: row(503, "server_error", "api_error", true),
  key_store_unavailable: row(503, "server_error", "api_error", true),
  owned_id_store_unavailable: row(503, "server_error", "api_error", true),
  cache_unavailable: row(503, "server_error", "api_error", true),
  request_store_unavailable: row(503, "server_error", "api_error", true),
  upstream_timeout: row(504, "server_error", "timeout_error", true),
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

/** What an error says for programs, in Anthropic's dialect: its SDKs go on without a thread when told so. */
export interface ErrorDetails {
  readonly error_code: string;
  readonly unsupported?: string[];
}

export interface GatewayErrorOptions {
  /** The request parameter at fault, as a path in the client's own dialect (`messages[0].content`). */
  readonly param?: string | undefined;
  /** Seconds for `retry-after`. */
  readonly retryAfter?: number | undefined;
  /** Replaces the row's status: an upstream's own 4xx, which is passed on as it was. */
  readonly status?: number | undefined;
  /** The upstream's own error code or type, where it gave one. */
  readonly upstreamCode?: string | undefined;
  /** The upstream's own `error.type`, passed on in the client's dialect where the families agree. */
  readonly upstreamType?: string | undefined;
  readonly details?: ErrorDetails | undefined;
  /** Methods for the `allow` header of a 405. */
  readonly allow?: readonly string[] | undefined;
  readonly cause?: unknown;
}

/** A parameter that is not what it has to be. @param expected goes on after "expected", and never holds a secret. */
export function invalidParam(param: string, expected: string): GatewayError {
  return new GatewayError("invalid_request", `Invalid '${param}': expected ${expected}.`, { param });
}

/** An error with a row in {@linkcode ERRORS}; its message is for the client and never holds a secret. */
export class GatewayError extends Error {
  override readonly name = "GatewayError";
  readonly code: ErrorCode;
  readonly status: number;
  readonly retryable: boolean;
  readonly param: string | null;
  readonly retryAfter: number | null;
  readonly upstreamCode: string | null;
  readonly upstreamType: string | null;
  readonly details: ErrorDetails | null;
  readonly allow: readonly string[] | null;

  constructor(code: ErrorCode, message: string, options: GatewayErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const entry = ERRORS[code];
    this.code = code;
    this.status = options.status ?? entry.status;
    this.retryable = entry.retryable;
    this.param = options.param ?? null;
    this.retryAfter = options.retryAfter ?? null;
    this.upstreamCode = options.upstreamCode ?? null;
    this.upstreamType = options.upstreamType ?? null;
    this.details = options.details ?? null;
    this.allow = options.allow ?? null;
  }
}
