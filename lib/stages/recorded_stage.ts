import type { Clock } from "../clock.ts";
import type { Deadlines } from "../deadlines.ts";
import { GatewayError } from "../errors.ts";
import {
  type Exchange,
  type Phase,
  type StageFacts,
  type StageName,
  StageRun,
} from "../telemetry/exchange.ts";
import { newSpanId } from "../telemetry/ids.ts";
import type { Answer, Stage } from "./stage.ts";

/** What becomes of a request when a stage fails or takes too long: it goes on without it, or is refused. */
export type FailureMode = "open" | "closed";

export interface RecordedStageOptions {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** Milliseconds that one run may take; 0: without end. */
  readonly deadline: number;
  readonly onFailure: FailureMode;
}

/** What a run of a stage comes to: what it found out, and an answer where the request ends there. */
export interface StageResult<Name extends StageName> {
  readonly facts: StageFacts[Name];
  readonly answer?: Answer;
  /** Ends the request with this error after what was found is recorded: a guardrail that blocks. */
  readonly refusal?: GatewayError;
}

/** The work of a stage. What it throws is its failure; what it does after its deadline is not waited for. */
export type StageWork<Name extends StageName, Request> = (
  exchange: Exchange,
  request: Request,
  run: StageRun<Name>,
) => StageResult<Name> | null | Promise<StageResult<Name> | null>;

/**
 * A stage with a span and a phase of its own, a deadline, and a stated behaviour when it fails. Work that does not
 * wait costs no turn of the event loop. A result of null: it had nothing to do, and there is no span.
 *
 * @throws {GatewayError} `stage_failed` (503) where it failed and fails closed; a refusal of its own as it is.
 */
export function recordedStage<Name extends StageName, Request>(
  name: Name,
  phase: Phase,
  work: StageWork<Name, Request>,
  options: RecordedStageOptions,
): Stage<Request> {
  const { clock, deadlines, deadline, onFailure } = options;

  function ended(exchange: Exchange, run: StageRun<Name>, result: StageResult<Name> | null): Answer | null {
    run.endedAt = clock.now();
    book(exchange, phase, run.endedAt - run.startedAt);
    if (result === null) return null;
    run.facts = result.facts;
    keep(exchange, run);
    if (result.refusal !== undefined) {
      exchange.securityAction = "blocked";
      throw result.refusal;
    }
    return result.answer ?? null;
  }

  function failed(exchange: Exchange, run: StageRun<Name>, cause: unknown): null {
    run.endedAt = clock.now();
    book(exchange, phase, run.endedAt - run.startedAt);
    run.errorType = cause instanceof GatewayError ? cause.code : "internal_error";
    keep(exchange, run);
    // That the client left is no failure of the stage's.
    if (cause instanceof GatewayError && cause.code === "client_closed_request") throw cause;
    if (onFailure === "open") return null;
    throw new GatewayError(
      "stage_failed",
      `The request could not be checked: ${name.replaceAll("_", " ")} failed.`,
      {
        cause,
      },
    );
  }

  return {
    name,
    phase: null,
    run(exchange, request) {
      const run = new StageRun(name, clock.now());
      if (exchange.traced) run.spanId = newSpanId();
      let result;
      try {
        result = work(exchange, request, run);
      } catch (cause) {
        return failed(exchange, run, cause);
      }
      if (!(result instanceof Promise)) return ended(exchange, run, result);
      return inTime(result, deadline, deadlines).then(
        (it) => ended(exchange, run, it),
        (cause) => failed(exchange, run, cause),
      );
    },
  };
}

/** Stages of one phase, as the guardrails are, add up. */
function book(exchange: Exchange, phase: Phase, ms: number): void {
  const before = exchange.phases[phase];
  exchange.phases[phase] = before >= 0 ? before + ms : ms;
}

function keep<Name extends StageName>(exchange: Exchange, run: StageRun<Name>): void {
  // A run knows by its name which facts it has.
  exchange.stageRuns.push(run as unknown as StageRun);
}

function inTime<T>(work: Promise<T>, ms: number, deadlines: Deadlines): Promise<T> {
  if (ms <= 0) return work;
  return new Promise((resolve, reject) => {
    const deadline = deadlines.after(ms, () => {
      reject(new GatewayError("stage_timeout", `Nothing came within ${ms} ms.`));
    });
    work.then(resolve, reject).finally(() => deadlines.cancel(deadline));
  });
}
