import type { Profile } from "./profiles.ts";

/** The spans of a request: what happened, not what it is called. */
export type SpanType = "server" | "call" | "attempt" | "store";

export interface SpanRow {
  readonly meaning: string;
  /**
   * Its name under each profile that has one; the first configured profile counts. Placeholders: `{method}`,
   * `{route}`, `{operation}` (`generate`, `get`), `{gen_ai_operation}` (`chat`), `{model}`, `{store}`.
   */
  readonly names: Readonly<Partial<Record<Profile, string>>> & { readonly gateway: string };
}

export const SPANS: Readonly<Record<SpanType, SpanRow>> = {
  server: {
    meaning: "The request, from its arrival to the end of the answer. Kind SERVER",
    names: {
      gateway: "HTTP {method} {route}",
      llmrouter: "{method} {route}",
      semantic_router: "semantic_router.request.received",
      gen_ai: "{method} {route}",
    },
  },
  call: {
    meaning: "The logical call of a model with all its retries. Kind CLIENT",
    names: {
      gateway: "provider.{operation}",
      llmrouter: "gen_ai.request",
      semantic_router: "semantic_router.upstream.request",
      gen_ai: "{gen_ai_operation} {model}",
    },
  },
  attempt: {
    meaning: "One HTTP request to a provider; its id goes there as parent. Kind CLIENT",
    names: { gateway: "{method}", llmrouter: "{method}", semantic_router: "{method}", gen_ai: "{method}" },
  },
  store: {
    meaning: "One operation on a store. Kind INTERNAL",
    names: { gateway: "{store}.{operation}" },
  },
};

/** Event of the server span when the caller left. */
export const CANCELLED_EVENT = "request.cancelled";
