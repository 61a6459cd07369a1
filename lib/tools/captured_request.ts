import { parseJson } from "./json.ts";
import type { LogEntry } from "./logs/log_entry.ts";

/** A request that a log has whole. */
export interface CapturedRequest {
  readonly requestId: string;
  readonly path: string;
  /** JSON. */
  readonly body: string;
  readonly model: string;
  readonly status: number;
  readonly durationMs: number;
  /** When it ended, milliseconds since the epoch. */
  readonly time: number;
}

/** One that cannot be sent again, and why. */
export interface RefusedRequest {
  readonly requestId: string;
  readonly reason: string;
}

/** What `logging.max_body_length` leaves of a longer body, and what stands for one that was not read. */
const CUT = /… \[\d+ characters\]$/;
const UNREAD = /^\[\d+ bytes\]$/;
/** What stands where something was taken out, in the gateway's logs and in LiteLLM's. */
const MASKS = ["***", "redacted-by-litellm", "REDACTED"];

/** The request that a closing line tells of, if it has it whole and as it was. */
export function capturedRequest(entry: LogEntry): CapturedRequest | RefusedRequest {
  const { requestId, record } = entry;
  const refuse = (reason: string): RefusedRequest => ({ requestId, reason });
  const body = bodyOf(entry);
  if (body === null) return refuse("its body was not captured (logging.log_requests)");
  if (UNREAD.test(body)) return refuse("its body was too large to be captured");
  if (CUT.test(body)) return refuse("its body was cut (logging.max_body_length)");
  if (MASKS.some((mask) => body.includes(mask))) return refuse("something was taken out of its body (***)");
  const parsed = parseJson(body);
  if (parsed === null) return refuse("its body is not JSON");
  if (record.method !== undefined && entry.method !== "POST") return refuse(`it is a ${entry.method}`);
  const path = record.call_type === undefined ? entry.path : "/v1/chat/completions";
  if (!path.startsWith("/")) return refuse("its path is not known");
  return {
    requestId,
    path,
    body,
    model: typeof parsed.model === "string" ? parsed.model : entry.model,
    status: entry.status,
    durationMs: entry.durationMs,
    time: entry.time,
  };
}

function bodyOf({ record }: LogEntry): string | null {
  if (typeof record.request_body === "string") return record.request_body;
  if (typeof record.call_type !== "string" || !/completion$/.test(record.call_type)) return null;
  if (!Array.isArray(record.messages)) return null;
  const model = record.model_group || record.model;
  return JSON.stringify({ ...record.model_parameters, model, messages: record.messages });
}
