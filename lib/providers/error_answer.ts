import { type ErrorCode, type ErrorDetails, GatewayError } from "../errors.ts";
import type { JsonObject, JsonValue } from "../wire/canonical.ts";
import { isObject } from "../wire/shape.ts";
import type { UpstreamHeaders } from "./provider.ts";
import { retryAfterOf } from "./retry_after.ts";
import { saysTooLong, TOO_LONG } from "./too_long.ts";
import { safeText, tellsSecret } from "./safe_text.ts";

interface AnswerRow {
  readonly code: ErrorCode;
  /** Replaces the status of the code. */
  readonly status?: number;
  /** The client is told what the provider said; else the log alone, where that is safe. */
  readonly tells?: true;
  /** Nothing of what the provider said goes anywhere: it may quote the key. */
  readonly silent?: true;
}

/** By the provider's status. What is the client's to mend keeps its status. */
const BY_STATUS: Readonly<Record<number, AnswerRow>> = {
  400: { code: "invalid_request", tells: true },
  401: { code: "upstream_authentication_failed", silent: true },
  403: { code: "upstream_authentication_failed" },
  404: { code: "not_found", tells: true },
  408: { code: "upstream_timeout" },
  409: { code: "invalid_request", status: 409, tells: true },
  413: { code: "request_too_large", tells: true },
  422: { code: "invalid_request", status: 422, tells: true },
  429: { code: "rate_limit_exceeded", tells: true },
  503: { code: "upstream_error", status: 503 },
  504: { code: "upstream_timeout" },
  /** Anthropic's `overloaded_error`. */
  529: { code: "overloaded" },
};

/** The same where the key was the client's own: it can mend that. */
const BY_STATUS_OF_CLIENTS_KEY: Readonly<Record<number, AnswerRow>> = {
  401: { code: "invalid_api_key", silent: true },
  403: { code: "permission_denied", tells: true },
};

const OTHER: AnswerRow = { code: "upstream_error" };

/** Values of `error.type` that mean the same to both families' clients. */
const SHARED_TYPES = new Set([
  "invalid_request_error",
  "not_found_error",
  "permission_error",
  "rate_limit_error",
]);

const IDENTIFIER = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;
const MOST_UNSUPPORTED = 20;
const PARAMETER = /^[\w.[\]-]{1,200}$/;

const WORDS: Readonly<Partial<Record<ErrorCode, string>>> = {
  invalid_request: "refused the request as invalid",
  invalid_api_key: "did not accept your API key",
  permission_denied: "did not permit the request",
  upstream_authentication_failed: "did not accept the gateway's credentials",
  not_found: "does not know the model or the path",
  request_too_large: "refused the request as too large",
  rate_limit_exceeded: "limits the rate of requests",
  upstream_timeout: "did not answer in time",
  overloaded: "is overloaded",
};

/** A provider's error answer, and what must not be told of it. */
export interface ErrorAnswer {
  readonly provider: string;
  readonly status: number;
  readonly headers: UpstreamHeaders;
  readonly body: Uint8Array;
  /** Values that must not be in a message: the key, secret headers. */
  readonly secrets: readonly string[];
  /** The request carried the client's own key. */
  readonly clientsKey?: boolean;
  /** Now, Unix milliseconds, for a `retry-after` that is a date. */
  readonly wall: number;
}

/** A provider's error answer as a gateway error. A body that is not the JSON of an error is never quoted. */
export function decodeErrorAnswer(answer: ErrorAnswer): GatewayError {
  const { provider, status, secrets } = answer;
  const rowOf = (status: number) =>
    (answer.clientsKey ? BY_STATUS_OF_CLIENTS_KEY[status] : undefined) ?? BY_STATUS[status] ?? OTHER;
  const byStatus = rowOf(status);
  const read = byStatus.silent ? SAID_NOTHING : readError(answer.body);
  const row = read.code === GOOGLE_KEY_INVALID ? rowOf(401) : byStatus;
  const said = row.silent ? SAID_NOTHING : read;
  const text = said.message === null ? null : safeText(said.message, secrets);
  const code = row.code === "not_found" && namesModel(said) ? "model_not_found" : row.code;
  const general = `The provider '${provider}' ${WORDS[row.code] ?? `failed (status ${status})`}.`;
  return new GatewayError(code, row.tells && text !== null ? text : general, {
    status: row.status,
    retryAfter: retryAfterOf(answer.headers, answer.wall) ?? said.retryAfter,
    ...(row.tells
      ? {
        param: shown(said.param, secrets),
        upstreamCode: shown(codeOf(said, status), secrets),
        details: tellsSecret(JSON.stringify(said.details ?? null), secrets) ? undefined : said.details,
        upstreamType: said.type !== undefined && SHARED_TYPES.has(said.type) ? said.type : undefined,
      }
      : {}),
    // A cause is for the log.
    cause: row.tells || text === null ? undefined : new Error(text),
  });
}

/** A part of an error, unless it tells a secret. */
function shown(text: string | undefined, secrets: readonly string[]): string | undefined {
  return text === undefined || tellsSecret(text, secrets) ? undefined : text;
}

/** The code that clients know, also where the provider has words alone, or a code that says no more than its type. */
function codeOf({ code, message }: Said, status: number): string | undefined {
  const tellsMore = code !== undefined && code !== "invalid_request_error";
  if (tellsMore || status !== 400 || message === null) return code;
  return saysTooLong(message) ? TOO_LONG : code;
}

/** What an error body says, whichever of the families' shapes it has. */
interface Said {
  readonly message: string | null;
  readonly type?: string | undefined;
  readonly code?: string | undefined;
  readonly param?: string | undefined;
  readonly details?: ErrorDetails | undefined;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
}

const SAID_NOTHING: Said = { message: null };

const decoder = new TextDecoder();

/**
 * - OpenAI, Anthropic, LiteLLM, llama.cpp: `{"error": {"message", "type", "code", "param"}}`
 * - Google: `{"error": {"code": 400, "message", "status", "details"}}`, in an array where it would have been one
 * - AWS: `{"message": "…"}` or `{"Message": "…"}`, the kind of error in a header or in `__type`
 * - Ollama: `{"error": "message"}`
 * - vLLM before 0.10: `{"object": "error", "message", "type", "code", "param"}`
 * - FastAPI: `{"detail": "message"}`, `{"detail": [{"msg", "loc"}]}`
 * - Mistral: `{"object": "error", "message": {"detail": [{"msg", "loc"}]}}`
 */
function readError(body: Uint8Array): Said {
  const json = parsed(body);
  if (json === null) return SAID_NOTHING;
  const { error } = json;
  // AWS writes it either way.
  const message = json["message"] ?? json["Message"];
  if (isObject(error)) return fieldsOf(error);
  if (typeof error === "string") return { message: error };
  if (typeof message === "string") return fieldsOf({ ...json, message });
  return detailOf(isObject(message) ? message : json);
}

function detailOf({ detail }: JsonObject): Said {
  if (typeof detail === "string") return { message: detail };
  const first = Array.isArray(detail) ? detail[0] : undefined;
  if (isObject(first) && typeof first["msg"] === "string") {
    const { loc } = first;
    const param = Array.isArray(loc) ? loc.filter((step) => step !== "body").join(".") : undefined;
    return { message: first["msg"], param: matching(param, PARAMETER) };
  }
  return SAID_NOTHING;
}

function parsed(body: Uint8Array): JsonObject | null {
  try {
    const json: JsonValue = JSON.parse(decoder.decode(body));
    const one = Array.isArray(json) ? json[0] : json;
    return isObject(one) ? one : null;
  } catch {
    return null;
  }
}

function fieldsOf(error: JsonObject): Said {
  const { message, type, code, param, details } = error;
  if (Array.isArray(details) && typeof error["status"] === "string") {
    return { message: typeof message === "string" ? message : null, ...googleDetails(details) };
  }
  return {
    message: typeof message === "string" ? message : null,
    type: matching(type, IDENTIFIER),
    code: matching(code, IDENTIFIER),
    param: matching(param, PARAMETER),
    details: anthropicDetails(details),
  };
}

/** What Anthropic's SDKs act on; of what else `details` may say, nothing. */
function anthropicDetails(details: JsonValue | undefined): ErrorDetails | undefined {
  const code = isObject(details) ? matching(details["error_code"], IDENTIFIER) : undefined;
  if (code === undefined || !isObject(details)) return undefined;
  const { unsupported } = details;
  if (!Array.isArray(unsupported)) return { error_code: code };
  return {
    error_code: code,
    unsupported: unsupported.flatMap((each) => matching(each, PARAMETER) ?? []).slice(0, MOST_UNSUPPORTED),
  };
}

/** Google answers 400 to a key that is none, which no client of the gateway can mend. */
const GOOGLE_KEY_INVALID = "API_KEY_INVALID";
const SECONDS = /^(\d+(?:\.\d+)?)s$/;

/** @see https://google.aip.dev/193#error_model */
function googleDetails(details: readonly JsonValue[]): Partial<Said> {
  const said: { code?: string; param?: string | undefined; retryAfter?: number } = {};
  for (const detail of details) {
    if (!isObject(detail)) continue;
    const { reason, retryDelay, fieldViolations } = detail;
    if (reason === GOOGLE_KEY_INVALID) said.code = reason;
    const delay = typeof retryDelay === "string" ? SECONDS.exec(retryDelay) : null;
    if (delay !== null) said.retryAfter = Number(delay[1]);
    const violation = Array.isArray(fieldViolations) ? fieldViolations[0] : undefined;
    if (isObject(violation)) said.param = matching(violation["field"], PARAMETER);
  }
  return said;
}

function matching(value: JsonValue | undefined, pattern: RegExp): string | undefined {
  return typeof value === "string" && pattern.test(value) ? value : undefined;
}

function namesModel(said: Said): boolean {
  return said.code === "model_not_found" || /\bmodels?\b/i.test(said.message ?? "");
}
