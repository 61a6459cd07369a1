import { GatewayError } from "../../errors.ts";
import type { Attempt } from "../../telemetry/exchange.ts";
import type { Target } from "../model_table.ts";
import { loggedMessage } from "../upstream/call_record.ts";
import type { AttemptFailure } from "../upstream/failure.ts";
import type { AttemptEnd } from "./backend.ts";

/**
 * What an attempt's end says of its endpoint. A refusal of this one request, a key's own limit and a client that
 * left say nothing. Whoever asks to wait is left alone, be it for a limit, which is no fault, or for being in trouble.
 */
export function attemptEnd(attempt: Attempt | null, failure: AttemptFailure | null): AttemptEnd {
  const latencyMs = attempt === null ? NaN : attempt.firstChunkAt - attempt.startedAt;
  if (failure === null) return { good: true, latencyMs, restMs: 0 };
  const { advice, error } = failure;
  // A key's limit: the endpoint has others.
  if (advice === "other_key") return { good: null, latencyMs: NaN, restMs: 0, ...told(failure) };
  const restMs = advice === "backoff" ? Math.max(0, error.retryAfter ?? 0) * 1000 : 0;
  if (error.status === 429) return { good: null, latencyMs: NaN, restMs, ...told(failure) };
  const telling = advice === "at_once" || advice === "backoff";
  return { good: telling ? false : null, latencyMs: NaN, restMs, ...told(failure) };
}

/** What operators are told of it: nothing where it was the request's own fault. */
function told({ advice, error }: AttemptFailure): { readonly error?: string } {
  return advice === "never" ? {} : { error: `${error.code}: ${loggedMessage(error)}` };
}

/** Nothing was sent. */
export const NOTHING_SENT: AttemptEnd = { good: null, latencyMs: NaN, restMs: 0 };

/** What being given up for a sooner one says: no more than that it takes so long at least. */
export function overtakenEnd(attempt: Attempt | null, now: number): AttemptEnd {
  return { good: null, latencyMs: attempt === null ? NaN : now - attempt.startedAt, restMs: 0 };
}

/** Said at once, with the time after which one of them may be asked again: 429 where all have but reached a limit. */
export function nobodyAvailable(targets: readonly Target[]): GatewayError {
  const wait = Math.min(...targets.map(({ backend }) => backend?.wait ?? 0));
  const retryAfter = Math.max(1, Math.ceil(wait / 1000));
  return targets.every(({ backend }) => backend === undefined || backend.limited)
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
