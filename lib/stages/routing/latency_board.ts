import type { Clock } from "../../clock.ts";
import { GatewayError } from "../../errors.ts";
import type { ModelRequest } from "../model_request.ts";
import type { Stage } from "../stage.ts";

/** How much of the mean is the last request's. */
const SHARE = 0.2;
/** How many models are remembered, which is more than one chooses among. */
const MOST = 10_000;
/** A model that fails is as slow as this, so that it is not chosen for how soon it does. */
const FAILURE_MS = 30_000;

/** How soon each model answered of late: a moving mean of the time to the first content, milliseconds. */
export class LatencyBoard {
  readonly #means = new Map<string, number>();

  /** `NaN`: nobody knows. */
  get(model: string): number {
    return this.#means.get(model) ?? NaN;
  }

  observe(model: string, ms: number): void {
    const mean = this.#means.get(model);
    // Clients make up what a wildcard matches.
    if (mean === undefined && this.#means.size >= MOST) return;
    this.#means.set(model, mean === undefined ? ms : mean + SHARE * (ms - mean));
  }
}

/** A stage that answers, with a look at how long it takes. */
export function withLatency(stage: Stage, board: LatencyBoard, clock: Clock): Stage {
  return {
    ...stage,
    run(exchange, request: ModelRequest) {
      const startedAt = clock.now();
      const answer = stage.run(exchange, request);
      if (!(answer instanceof Promise)) return answer;
      answer.then(
        () => board.observe(request.model, clock.now() - startedAt),
        (error) => {
          if (isFailure(error)) board.observe(request.model, FAILURE_MS);
        },
      );
      return answer;
    },
  };
}

/** What is wrong with a request, and that its client left, says nothing of the model. */
function isFailure(error: unknown): boolean {
  return !(error instanceof GatewayError) || error.status === 429 || error.status >= 500;
}
