/** Fields of the closing log line, in order. A field without a value is left out. */
export const LOG_FIELDS = {
  time: "When the request ended, ISO 8601 in UTC",
  timestamp: "The same as `time`",
  level: "`DEBUG`, `INFO`, `WARNING`, `ERROR` or `CRITICAL`",
  msg: "What happened, for people",
  message: "The same as `msg`",
  event:
    "`request.end`, `request.slow`, `request.cancelled`, `request.blocked`, `request.rejected` or `request.error`; " +
    "of a run in the background `run.end`, `run.cancelled` or `run.failed`",
  request_id: "Id of the request, as in `x-request-id`",
  trace_id: "Trace that the request belongs to",
  span_id: "The request's own span",
  method: "HTTP method",
  path: "Path without its query",
  status: "HTTP status; 499 where the client left",
  duration_ms: "From arrival to the end of the answer",
  overhead_ms: "The gateway's own part of it",
  ttfb_ms: "From arrival to the first byte of content",
  max_gap_ms: "The longest time between two chunks of a stream",
  provider: "Provider that answered, as configured",
  model: "Model as it was sent to the provider",
  requested_model: "Model as the client asked for it",
  response_id: "The response, where it ran in the background",
  endpoint: "Host and port of the provider",
  stream: "Whether a stream was asked for",
  input_tokens: "Input tokens, cached ones included",
  output_tokens: "Output tokens, reasoning included",
  cached_tokens: "Input tokens read from the provider's cache",
  cost_usd: "What the provider charges",
  attempts: "HTTP requests to providers",
  finish_reason: "Why the model ended",
  error_type: "Code of the error",
  error: "What it says",
  key: "Last four characters of the key",
  user: "The user that the client named",
  metadata: "Metadata that the client gave",
  cache: "What the cache did: `hit`, `semantic_hit`, `shared`, `miss` or `bypass`",
  category: "Category that the request was given",
  security_action: "What a guardrail did",
  upstream_request_id: "The provider's id of the request",
  client_address: "Address of the client",
  user_agent: "Program of the client",
  attempt_errors: "The attempts that failed: provider, model, status and error type",
  usage_estimated: "The token counts are the gateway's own estimate",
  query: "What the user said last, with `logging.log_queries` (`LOG_QUERIES`)",
  request_body: "The request's body, redacted and cut, with `logging.log_requests`",
  response_body: "The answer's body, redacted and cut, with `logging.log_responses`",
} as const;

export type LogField = keyof typeof LOG_FIELDS;

export const LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] as const;

export type Level = (typeof LEVELS)[number];

/** Place of a level in {@linkcode LEVELS}: a line is written when its level's is not below the log's. */
export const SEVERITY: Readonly<Record<Level, number>> = {
  DEBUG: 0,
  INFO: 1,
  WARNING: 2,
  ERROR: 3,
  CRITICAL: 4,
};
