import type { Exchange, StageFacts } from "../../telemetry/exchange.ts";
import type { ChatResponse } from "../../wire/canonical.ts";
import type { ModelRequest } from "../model_request.ts";

export interface CachePolicyOptions {
  /** Models, as they are asked for, whose answers are kept; empty: all. */
  readonly models: readonly string[];
  /** Requests above this temperature are not looked up; null: all are. */
  readonly maxTemperature: number | null;
  /** Answers that call tools are kept too. */
  readonly toolCalls: boolean;
}

/** What a provider takes where a request says nothing of it. */
const DEFAULT_TEMPERATURE = 1;

/** Which requests are looked up, and which answers are kept. */
export class CachePolicy {
  readonly #options: CachePolicyOptions;
  readonly #models: ReadonlySet<string> | null;

  constructor(options: CachePolicyOptions) {
    this.#options = options;
    this.#models = options.models.length === 0 ? null : new Set(options.models);
  }

  concerns({ model }: ModelRequest): boolean {
    return this.#models === null || this.#models.has(model);
  }

  /** Whether a kept answer can be one to this request. */
  admits(exchange: Exchange, request: ModelRequest): boolean {
    // What is made in the background is the answer to one request, whose client may be gone.
    if (request.echo?.["background"] === true) return false;
    // Of a completion its own text alone can be told again.
    if (request.codec.format === "completions") {
      if (request.field("echo") === true || (request.field("logprobs") ?? null) !== null) return false;
    }
    // Its answer has again what was taken out of it, which is not in the key.
    if (wasRedacted(exchange)) return false;
    const { maxTemperature } = this.#options;
    if (maxTemperature === null) return true;
    return (request.canonical.temperature ?? DEFAULT_TEMPERATURE) <= maxTemperature;
  }

  /** Whether an answer may be given again. */
  keeps({ choices }: ChatResponse): boolean {
    return choices.length > 0 && choices.every(({ finishReason, parts }) => {
      if (
        finishReason === "tool_calls" || parts.some(({ type }) => type === "tool_call" || type === "opaque")
      ) {
        return this.#options.toolCalls;
      }
      return finishReason === "stop" || finishReason === "length";
    });
  }
}

function wasRedacted({ securityAction, stageRuns }: Exchange): boolean {
  if (securityAction === "redacted") return true;
  return stageRuns.some(({ stage, facts }) =>
    stage === "pii_detection" && (facts as StageFacts["pii_detection"] | null)?.action === "redacted"
  );
}
