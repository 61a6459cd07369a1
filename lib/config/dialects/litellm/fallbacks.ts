import { isMapping, type Path } from "../../path.ts";
import type { LiteLlmState } from "./state.ts";

/** Models that stand in for one. */
export interface Fallback {
  readonly model: string;
  readonly others: readonly string[];
  readonly path: Path;
}

export type FallbackKind = "fallbacks" | "context_window" | "content_policy";

/** By kind; null: nothing is said. */
export type FallbackLists = Record<FallbackKind, readonly Fallback[] | null>;

/** Where the native form has each kind. */
export const FALLBACK_KEYS: Readonly<Record<FallbackKind, string>> = {
  fallbacks: "fallbacks",
  context_window: "context_window_fallbacks",
  content_policy: "content_policy_fallbacks",
};

/** `[{model: [others]}, …]`. What is said first counts: `router_settings` are read before `litellm_settings`. */
export function readFallbacks(kind: FallbackKind, state: LiteLlmState, value: unknown, path: Path): void {
  if (state.fallbacks[kind] !== null) return;
  if (!Array.isArray(value)) {
    return state.draft.mistake(path, "expected a list of mappings, each from a model to those in its place");
  }
  state.fallbacks[kind] = value.flatMap((entry, index): Fallback[] => {
    const here = [...path, index];
    if (!isMapping(entry)) {
      state.draft.mistake(here, "expected a mapping from a model to a list of those in its place");
      return [];
    }
    return Object.entries(entry).map(([model, others]) => ({
      model,
      others: namesIn(others, [...here, model], state),
      path: [...here, model],
    }));
  });
}

/** Fallbacks may be mappings, with parameters of their own. */
export function namesIn(value: unknown, path: Path, state: LiteLlmState): string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.flatMap((item, index) => {
    if (typeof item === "string") return [item];
    if (isMapping(item) && typeof item.model === "string") {
      state.draft.note(
        [...path, index],
        "only the model's name counts here: a fallback has no parameters of its own",
      );
      return [item.model];
    }
    state.draft.mistake([...path, index], "expected the name of a model");
    return [];
  });
}
