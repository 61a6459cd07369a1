import type { Clock } from "../../clock.ts";
import type { Deadlines } from "../../deadlines.ts";
import type { Exchange, ModelCall } from "../../telemetry/exchange.ts";
import { attemptEnd, overtakenEnd } from "../backends/attempt_end.ts";
import type { Target } from "../model_table.ts";
import type { UpstreamAttempt } from "./attempt.ts";
import type { AttemptOrder } from "./attempt_order.ts";
import { judgeAttempt, recordGivenUp, setAside } from "./call_record.ts";
import type { AttemptFailure } from "./failure.ts";
import type { Hedge } from "./hedge.ts";
import { HedgeRace } from "./hedge_race.ts";

export interface HedgedAttemptsOptions<Attempt> {
  readonly exchange: Exchange;
  readonly call: ModelCall;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly hedge: Hedge;
  readonly order: AttemptOrder;
  /** Begins an attempt at a target that was entered. */
  readonly begin: (target: Target) => Attempt;
}

/** An attempt of a call, and others beside it where it takes too long, each as its records and backends shall have it. */
export function hedgedAttempts<Attempt extends UpstreamAttempt>(
  first: Attempt,
  { exchange, call, clock, deadlines, hedge, order, begin }: HedgedAttemptsOptions<Attempt>,
): HedgeRace<Attempt> {
  let waitedSince = Infinity;
  const since = (attempt: Attempt) => clock.now() - (attempt.record?.startedAt ?? NaN);

  function another(): Attempt | null {
    const target = order.rival();
    if (target === null || target.backend?.enter(call) === false) return null;
    try {
      const attempt = begin(target);
      if (attempt.record !== null) attempt.record.hedge = true;
      return attempt;
    } catch {
      // What this target cannot be asked the first may answer all the same.
      return null;
    }
  }

  function onWon(attempt: Attempt): void {
    hedge.observe(since(attempt));
    answeredBy(exchange, call, attempt);
    const { startedAt = NaN } = attempt.record ?? {};
    // The provider's time all the same, of a call that has the record of another.
    if (waitedSince < startedAt) call.pausedMs += startedAt - waitedSince;
  }

  function onLost(attempt: Attempt, failure: AttemptFailure | null): void {
    const { record, target } = attempt;
    if (failure === null) {
      hedge.observe(since(attempt));
      waitedSince = Math.min(waitedSince, record?.startedAt ?? Infinity);
      target.backend?.leave(overtakenEnd(record, clock.now()));
    } else {
      judgeAttempt(record, failure);
      target.backend?.leave(attemptEnd(record, failure));
      order.lost(target, failure);
    }
    // One that failed while its rival went on is told as retries are: the rival took over.
    if (record === null || exchange.finished || (failure !== null && !record.hedge)) return;
    const aside = setAside(exchange, call, record, target.provider.system, clock.now());
    aside.beside = true;
    // What failed is not charged, nor what was waiting for a connection.
    if (failure === null && record.startedAt >= 0) {
      recordGivenUp(aside, attempt.seen, exchange.requestBytes);
    }
  }

  return new HedgeRace(first, { hedge, deadlines, another, onWon, onLost });
}

/** Of several attempts at once this is the one that counts. */
export function answeredBy(exchange: Exchange, call: ModelCall, attempt: UpstreamAttempt): void {
  const { record, target, dropped } = attempt;
  if (record === null || exchange.finished) return;
  call.provider = record.provider;
  call.system = target.provider.system;
  call.model = record.model;
  exchange.droppedParams = dropped;
}
