import type { ErrorCode, GatewayError } from "../../errors.ts";
import { type Attempt, type AttemptStatus, type Exchange, ModelCall } from "../../telemetry/exchange.ts";
import { newSpanId } from "../../telemetry/ids.ts";
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
export function judgeAttempt(attempt: Attempt | null, failure: AttemptFailure | null): AttemptStatus {
  const status = failure === null ? "success" : CANCELS.has(failure.error.code) ? "cancelled" : "error";
  if (attempt !== null) {
    attempt.status = status;
    attempt.errorType = status === "error" && failure !== null ? failure.error.code : "";
  }
  return status;
}

/** Gives an attempt a record of its own beside the call that it was of, which goes on without it. */
export function setAside(
  exchange: Exchange,
  call: ModelCall,
  attempt: Attempt,
  system: string,
  now: number,
): ModelCall {
  const aside = new ModelCall(call.operation);
  aside.provider = attempt.provider;
  aside.system = system;
  aside.model = attempt.model;
  if (exchange.traced) aside.spanId = newSpanId();
  aside.parentSpanId = call.spanId;
  // It may have been waiting for a connection.
  aside.startedAt = attempt.startedAt >= 0 ? attempt.startedAt : now;
  endCall(aside, attempt.status === "error" ? "error" : "cancelled", attempt.errorType, now);
  call.attempts.splice(call.attempts.indexOf(attempt), 1);
  aside.attempts.push(attempt);
  exchange.innerCalls.push(aside);
  return aside;
}

/**
 * Fills in what a call that was given up must have cost, though it may have said nothing yet.
 * @param seen what is known of its answer; null: nothing.
 */
export function recordGivenUp(call: ModelCall, seen: Observed | null, requestBytes: number): void {
  if (seen !== null) recordObserved(call, seen);
  estimateUsage(call, requestBytes);
}

/** Writes an error into the Exchange, as log line and span shall show it. */
export function recordError(exchange: Exchange, error: GatewayError): void {
  exchange.errorType = error.code;
  exchange.errorMessage = loggedMessage(error);
}

/** What a log may tell of an error: more than its client is told. */
export function loggedMessage({ message, cause }: GatewayError): string {
  return cause instanceof Error ? `${message} ${cause.message}` : message;
}
