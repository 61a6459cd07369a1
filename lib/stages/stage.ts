import type { Exchange, Phase } from "../telemetry/exchange.ts";
import type { Clock } from "../clock.ts";
import type { UpstreamHeaders } from "../providers/provider.ts";
import type { ModelRequest } from "./model_request.ts";

/** An answer in the client's format. */
export interface WholeAnswer {
  readonly kind: "whole";
  readonly body: Uint8Array<ArrayBuffer>;
  /** Headers of the provider that answered; null where the gateway answered itself. */
  readonly headers: UpstreamHeaders | null;
}

/** A stream in the client's format and framing. Whoever made it finishes the Exchange. */
export interface StreamedAnswer {
  readonly kind: "stream";
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Null where the answer was begun before a provider's headers were there. */
  readonly headers: UpstreamHeaders | null;
}

export type Answer = WholeAnswer | StreamedAnswer;

/**
 * One step on the way of a request: it lets the request go on (null) or answers it. What a stage asks of a request
 * it says by its parameter: one that only routes takes requests of all kinds.
 */
export interface Stage<Request = ModelRequest> {
  readonly name: string;
  /** Under which phase its time is booked; null where it books its own. */
  readonly phase: Phase | null;
  run(exchange: Exchange, request: Request): Answer | null | Promise<Answer | null>;
}

/**
 * Runs the stages in order until one answers. Stages that do not wait cost no turn of the event loop.
 * @throws {Error} where no stage answers: the last one has to.
 */
export async function runStages(
  stages: readonly Stage[],
  exchange: Exchange,
  request: ModelRequest,
  clock: Clock,
): Promise<Answer> {
  try {
    const answer = await passStages(stages, exchange, request, clock);
    if (answer === null) throw new Error("Cannot answer: no stage did");
    if (answer.kind === "whole" && request.tap !== null) request.tap.whole(answer.body);
    return answer;
  } catch (error) {
    request.tap?.fail(error);
    throw error;
  }
}

/** Runs stages in order; null where none of them answers. */
export async function passStages<Request>(
  stages: readonly Stage<Request>[],
  exchange: Exchange,
  request: Request,
  clock: Clock,
): Promise<Answer | null> {
  let began = clock.now();
  for (const stage of stages) {
    const result = stage.run(exchange, request);
    const answer = result instanceof Promise ? await result : result;
    if (stage.phase !== null) {
      const ended = clock.now();
      exchange.phases[stage.phase] = ended - began;
      began = ended;
    }
    if (answer !== null) return answer;
  }
  return null;
}
