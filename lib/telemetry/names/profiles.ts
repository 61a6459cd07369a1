/**
 * Sets of names for the same facts. The first that is configured gives the spans' names, all give attributes.
 * A profile is a column of the tables `spans.ts` and `attributes.ts`.
 */
export const PROFILES = [
  "gateway",
  "llmrouter",
  "semantic_router",
  "gen_ai",
  "gen_ai_next",
  "openinference",
] as const;

export type Profile = (typeof PROFILES)[number];

/** What is used when the configuration says nothing. */
export const DEFAULT_PROFILES: readonly Profile[] = ["gateway", "gen_ai"];
