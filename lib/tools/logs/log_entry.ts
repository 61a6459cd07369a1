import type { Json } from "../json.ts";

/** What one line of a log tells, whoever wrote it. Texts are empty and numbers `NaN` where it does not tell. */
export interface LogEntry {
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly level: string;
  /** Whether it closes a request; each request has one such line. */
  readonly closes: boolean;
  readonly event: string;
  readonly message: string;
  readonly requestId: string;
  readonly traceId: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly failed: boolean;
  readonly durationMs: number;
  readonly ttfbMs: number;
  readonly overheadMs: number;
  readonly provider: string;
  readonly model: string;
  readonly key: string;
  readonly user: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cachedTokens: number;
  readonly costUsd: number;
  readonly errorType: string;
  readonly error: string;
  /** Every field as it stands there. */
  readonly record: Readonly<Record<string, Json>>;
}

/** The entry of a line that was parsed. */
export function entryOf(record: Readonly<Record<string, Json>>): LogEntry {
  if (typeof record.call_type === "string") return payloadEntry(record);
  const event = text(record.event);
  if (event === "" && typeof record.message === "string") {
    const access = ACCESS.exec(record.message);
    if (access !== null) return accessEntry(record, access);
  }
  return plainEntry(record, event);
}

const CLOSING = /^(?:request\.(?:end|slow|cancelled|blocked|rejected|error)|run\.(?:end|cancelled|failed))$/;

/** The gateway's own lines, and those of others that use such names. */
function plainEntry(record: Readonly<Record<string, Json>>, event: string): LogEntry {
  const status = number(record.status ?? record.status_code);
  const durationMs = number(record.duration_ms ?? record.latency_ms ?? record.response_time_ms);
  const closes = event === "" ? status > 0 || durationMs >= 0 : CLOSING.test(event);
  const errorType = text(record.error_type ?? record.exception_type);
  const level = text(record.level ?? record.severity).toUpperCase();
  return {
    time: timeOf(record.time ?? record.timestamp ?? record.ts),
    level,
    closes,
    event,
    message: text(record.msg ?? record.message),
    requestId: text(record.request_id ?? record.litellm_call_id),
    traceId: text(record.trace_id),
    method: text(record.method),
    path: text(record.path),
    status,
    failed: closes && (status >= 400 || errorType !== "") && event !== "request.cancelled",
    durationMs,
    ttfbMs: number(record.ttfb_ms),
    overheadMs: number(record.overhead_ms),
    provider: text(record.provider ?? record.custom_llm_provider),
    model: text(record.model ?? record.requested_model),
    key: text(record.key ?? record.key_name ?? record.user_api_key_alias),
    user: text(record.user),
    inputTokens: number(record.input_tokens ?? record.prompt_tokens),
    outputTokens: number(record.output_tokens ?? record.completion_tokens),
    cachedTokens: number(record.cached_tokens),
    costUsd: number(record.cost_usd ?? record.response_cost ?? record.spend),
    errorType: errorType !== "" || closes || !SERIOUS.has(level) ? errorType : exceptionIn(record),
    error: text(record.error) || (SERIOUS.has(level) && !closes ? text(record.msg ?? record.message) : ""),
    record,
  };
}

const SERIOUS: ReadonlySet<string> = new Set(["ERROR", "CRITICAL", "FATAL"]);

/** What LiteLLM gives its callbacks. @see https://docs.litellm.ai/docs/proxy/logging_spec */
function payloadEntry(record: Readonly<Record<string, Json>>): LogEntry {
  const { metadata, error_information: information } = record;
  const failed = record.status === "failure";
  const end = number(record.endTime) * 1000;
  const start = number(record.startTime) * 1000;
  const first = number(record.completionStartTime) * 1000;
  const code = number(information?.error_code);
  return {
    time: end,
    level: failed ? "ERROR" : "INFO",
    closes: true,
    event: "",
    message: "",
    requestId: text(record.id),
    traceId: text(record.trace_id),
    method: "",
    path: text(metadata?.user_api_key_request_route) || text(record.call_type),
    status: failed ? (code > 0 ? code : 500) : 200,
    failed,
    durationMs: end - start,
    ttfbMs: first > start && first < end ? first - start : NaN,
    overheadMs: number(record.hidden_params?.litellm_overhead_time_ms),
    provider: text(record.custom_llm_provider),
    model: text(record.model_group) || text(record.model),
    key: text(metadata?.user_api_key_alias) || text(metadata?.user_api_key_hash).slice(-4),
    user: text(record.end_user),
    inputTokens: number(record.prompt_tokens),
    outputTokens: number(record.completion_tokens),
    cachedTokens: NaN,
    costUsd: number(record.response_cost),
    errorType: failed ? text(information?.error_class) || "error" : "",
    error: failed ? text(information?.error_message) || text(record.error_str) : "",
    record,
  };
}

/** An access line of uvicorn's, as LiteLLM has it in its JSON log. */
const ACCESS = /^\S+ - "([A-Z]+) (\S+) HTTP\/[\d.]+" (\d{3})/;

function accessEntry(
  record: Readonly<Record<string, Json>>,
  [, method, path, status]: RegExpExecArray,
): LogEntry {
  return plainEntry(
    { ...record, method, path: (path ?? "").replace(/\?.*$/, ""), status: Number(status) },
    "",
  );
}

/** The class of a Python exception, where a line has its stack. */
function exceptionIn({ stacktrace }: Readonly<Record<string, Json>>): string {
  const last = text(stacktrace).trimEnd().split("\n").at(-1) ?? "";
  return /^(?:\w+\.)*(\w+)(?::|$)/.exec(last)?.[1] ?? "error";
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function number(value: unknown): number {
  return typeof value === "number" ? value : typeof value === "string" && value !== "" ? Number(value) : NaN;
}

/** ISO 8601, with a space or a comma too, or a number of seconds or milliseconds. A time without a zone is UTC. */
function timeOf(value: unknown): number {
  if (typeof value === "number") return value < 1e11 ? value * 1000 : value;
  if (typeof value !== "string") return NaN;
  // By far the most, and the quickest to tell.
  if (value.endsWith("Z")) return Date.parse(value);
  const iso = value.replace(" ", "T").replace(",", ".");
  return Date.parse(/(?:[+-]\d\d:?\d\d)$/.test(iso) || !iso.includes("T") ? iso : `${iso}Z`);
}
