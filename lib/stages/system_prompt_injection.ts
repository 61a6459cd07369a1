import type { ModelRequest } from "./model_request.ts";
import { recordedStage, type RecordedStageOptions } from "./recorded_stage.ts";
import type { Stage } from "./stage.ts";
import { type PromptMode, systemPromptEdits } from "../wire/system_prompt.ts";

export interface SystemPrompt {
  readonly text: string;
  readonly mode: PromptMode;
}

export interface SystemPromptOptions extends RecordedStageOptions {
  /** By what a request is about. */
  readonly categories: ReadonlyMap<string, SystemPrompt>;
  /** By the model that answers, where its category has none. */
  readonly models: ReadonlyMap<string, SystemPrompt>;
  /** Models for which one is chosen, where a category's prompt is for their requests alone; null: for all. */
  readonly only?: ReadonlySet<string> | null;
}

/** Puts the system prompt of a request's category, or else of its model, into the request, in the client's format. */
export function systemPromptInjection(
  { categories, models, only = null, ...options }: SystemPromptOptions,
): Stage {
  return recordedStage("system_prompt_injection", "inject", (exchange, request: ModelRequest) => {
    const ofCategory = only === null || only.has(exchange.requestedModel)
      ? categories.get(exchange.category)
      : undefined;
    const prompt = ofCategory ?? models.get(request.model);
    if (prompt === undefined) return null;
    const edits = systemPromptEdits(request.codec.format, request, prompt.text, prompt.mode);
    if (edits.length === 0) return null;
    request.rewrite(edits);
    return { facts: { category: exchange.category, mode: prompt.mode } };
  }, options);
}
