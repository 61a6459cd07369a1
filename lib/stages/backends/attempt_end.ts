import { GatewayError } from "../../errors.ts";
import type { ModelCall } from "../../telemetry/exchange.ts";
import type { Target } from "../model_table.ts";
import type { AttemptFailure } from "../upstream/failure.ts";
import type { AttemptEnd } from "./backend.ts";

/**
 * What an attempt's end says of its endpoint. A refusal of this one request, a key's own limit and a client that
 * left say nothing; being asked to wait is no fault, and rests it.
 */
export function attemptEnd(call: ModelCall, failure: AttemptFailure | null): AttemptEnd {
  const attempt = call.attempts[call.attempts.length - 1];
  const latencyMs = attempt === undefined ? NaN : attempt.firstChunkAt - attempt.startedAt;
  if (failure === null) return { good: true, latencyMs, restMs: 0 };
  const { advice, error } = failure;
  // A key's limit: the endpoint has others.
  if (advice === "other_key") return { good: null, latencyMs: NaN, restMs: 0 };
  if (error.status === 429) {
    return { good: null, latencyMs: NaN, restMs: Math.max(0, error.retryAfter ?? 0) * 1000 };
  }
  const telling = advice === "at_once" || advice === "backoff";
  return { good: telling ? false : null, latencyMs: NaN, restMs: 0 };
}

/** Said at once, with the time after which one of them may be asked again: 429 where all are well and only rest. */
export function nobodyAvailable(targets: readonly Target[]): GatewayError {
  const wait = Math.min(...targets.map(({ backend }) => backend?.wait ?? 0));
  const retryAfter = Math.max(1, Math.ceil(wait / 1000));
  return targets.every(({ backend }) => backend === undefined || backend.health === 1)
    ? new GatewayError(
      "rate_limit_exceeded",
      "The providers of this model asked to be left alone for a while.",
      {
        retryAfter,
      },
    )
    : new GatewayError("no_target_available", "No provider of this model is available at the moment.", {
      retryAfter,
    });
}
