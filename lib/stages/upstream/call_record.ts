import type { ErrorCode, GatewayError } from "../../errors.ts";
import type { AttemptStatus, Exchange, ModelCall } from "../../telemetry/exchange.ts";
import type { Observed } from "../../wire/codec.ts";
import type { AttemptFailure } from "./failure.ts";

/** Bytes of JSON a token, where a provider did not say how many there were. */
const BYTES_PER_TOKEN = 4;

/** Reasons for giving up an attempt that are not the provider's. */
const CANCELS: ReadonlySet<ErrorCode> = new Set(["client_closed_request", "shutting_down"]);

/** What a provider said of its answer. */
export function recordObserved(call: ModelCall, observed: Observed): void {
  call.responseId = observed.responseId;
  call.responseModel = observed.model;
  call.finishReason = observed.finishReason;
  const { usage } = observed;
  if (usage === null) return;
  call.inputTokens = usage.input;
  call.outputTokens = usage.output;
  if (usage.cached !== undefined) call.cachedTokens = usage.cached;
  if (usage.cacheCreation !== undefined) call.cacheCreationTokens = usage.cacheCreation;
  if (usage.reasoning !== undefined) call.reasoningTokens = usage.reasoning;
}

/**
 * Records what is known of an answer that did not come to its end, and estimates what that leaves open: it was
 * cancelled or broke off. What was said together with the reason for the end is final all the same.
 */
export function recordUnended(call: ModelCall, observed: Observed, requestBytes: number): void {
  recordObserved(call, observed);
  if (observed.usage !== null && observed.finishReason !== "") return;
  // Nothing came: whether that cost anything only the provider knows.
  if (observed.usage === null && call.chunks === 0) return;
  estimateUsage(call, requestBytes);
}

/**
 * Fills in what an answer without a final count of its tokens must have cost. A content event of a stream is
 * close to a token; input is judged by the size of the request.
 */
export function estimateUsage(call: ModelCall, requestBytes: number): void {
  call.usageEstimated = true;
  if (Number.isNaN(call.inputTokens)) call.inputTokens = Math.ceil(requestBytes / BYTES_PER_TOKEN);
  if (!(call.outputTokens >= call.chunks)) call.outputTokens = call.chunks;
}

/** Ends the record of the logical call. */
export function endCall(call: ModelCall, status: AttemptStatus, errorType: string, now: number): void {
  call.status = status;
  call.errorType = errorType;
  call.endedAt = now;
}

/**
 * Puts right what the transport could not know: an answer that arrived whole may still be a failure.
 * @returns the status that the attempt ended with.
 */
export function judgeAttempt(call: ModelCall, failure: AttemptFailure | null): AttemptStatus {
  const attempt = call.attempts.at(-1);
  const status = failure === null ? "success" : CANCELS.has(failure.error.code) ? "cancelled" : "error";
  if (attempt !== undefined) {
    attempt.status = status;
    attempt.errorType = status === "error" && failure !== null ? failure.error.code : "";
  }
  return status;
}

/** Writes an error into the Exchange, as log line and span shall show it. */
export function recordError(exchange: Exchange, error: GatewayError): void {
  exchange.errorType = error.code;
  exchange.errorMessage = error.cause instanceof Error
    ? `${error.message} ${error.cause.message}`
    : error.message;
}
