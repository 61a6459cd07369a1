import type { CustomPattern } from "./pattern_lines.ts";

/** What becomes of something that was found. */
export type PiiAction = "allow" | "redact" | "block";

/** What is looked for in one direction, and what is done about it. */
export interface PiiPolicy {
  /** For types that `actions` does not name. */
  readonly action: PiiAction;
  readonly actions: ReadonlyMap<string, PiiAction>;
  readonly patterns: readonly CustomPattern[];
  /** Milliseconds that patterns may take together for one text. */
  readonly patternBudget: number;
}

export function actionFor(policy: Pick<PiiPolicy, "action" | "actions">, type: string): PiiAction {
  return policy.actions.get(type) ?? policy.action;
}
