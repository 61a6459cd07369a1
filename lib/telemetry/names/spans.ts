import type { StageName } from "../exchange.ts";
import type { Profile } from "./profiles.ts";

/** The spans of a request: what happened, not what it is called. */
export type SpanType = "server" | "run" | "call" | "attempt" | "store" | "database" | StageName;

export interface SpanRow {
  readonly meaning: string;
  /**
   * Its name under each profile that has one; the first configured profile counts. Placeholders: `{method}`,
   * `{route}`, `{operation}` (`generate`, `get`), `{gen_ai_operation}` (`chat`), `{model}`, `{store}`.
   */
  readonly names: Readonly<Partial<Record<Profile, string>>> & { readonly gateway: string };
}

/** Stages in the order in which they run. Their spans are INTERNAL and there where the stage ran. */
const STAGES: Readonly<Record<StageName, SpanRow>> = {
  classification: {
    meaning: "What the request is about. Kind INTERNAL",
    names: { gateway: "routing.classification", semantic_router: "semantic_router.classification" },
  },
  pii_detection: {
    meaning: "Personal data in the request. Kind INTERNAL",
    names: { gateway: "security.pii_detection", semantic_router: "semantic_router.security.pii_detection" },
  },
  jailbreak_detection: {
    meaning: "Attempts to turn the model against its instructions. Kind INTERNAL",
    names: {
      gateway: "security.jailbreak_detection",
      semantic_router: "semantic_router.security.jailbreak_detection",
    },
  },
  cache_lookup: {
    meaning: "Whether an answer is at hand. Kind INTERNAL",
    names: {
      gateway: "cache.lookup",
      llmrouter: "cache.lookup",
      semantic_router: "semantic_router.cache.lookup",
    },
  },
  routing_decision: {
    meaning: "Which model answers. Kind INTERNAL",
    names: {
      gateway: "routing.decision",
      llmrouter: "llm.routing.decision",
      semantic_router: "semantic_router.routing.decision",
    },
  },
  backend_selection: {
    meaning: "Where it is asked. Kind INTERNAL",
    names: { gateway: "routing.backend_selection", semantic_router: "semantic_router.backend.selection" },
  },
  system_prompt_injection: {
    meaning: "What was put before the conversation. Kind INTERNAL",
    names: {
      gateway: "routing.system_prompt_injection",
      semantic_router: "semantic_router.system_prompt.injection",
    },
  },
};

export const STAGE_NAMES = Object.keys(STAGES) as readonly StageName[];

export const SPANS: Readonly<Record<SpanType, SpanRow>> = {
  server: {
    meaning: "The request, from its arrival to the end of the answer. Kind SERVER",
    names: {
      gateway: "HTTP {method} {route}",
      llmrouter: "{method} {route}",
      semantic_router: "semantic_router.request.received",
      gen_ai: "{method} {route}",
      gen_ai_next: "{method} {route}",
    },
  },
  run: {
    meaning: "A response's run in the background, child of the request that began it. Kind INTERNAL",
    names: { gateway: "responses.run" },
  },
  call: {
    meaning: "The logical call of a model with all its retries. Kind CLIENT",
    names: {
      gateway: "provider.{operation}",
      llmrouter: "gen_ai.request",
      semantic_router: "semantic_router.upstream.request",
      gen_ai: "{gen_ai_operation} {model}",
      gen_ai_next: "{gen_ai_operation} {model}",
    },
  },
  attempt: {
    meaning: "One HTTP request to a provider; its id goes there as parent. Kind CLIENT",
    names: {
      gateway: "{method}",
      llmrouter: "{method}",
      semantic_router: "{method}",
      gen_ai: "{method}",
      gen_ai_next: "{method}",
    },
  },
  store: {
    meaning: "One operation on the conversation store. Kind INTERNAL",
    names: { gateway: "{store}.{operation}" },
  },
  database: {
    meaning: "One command to a database on the request's way. Kind CLIENT",
    names: { gateway: "{operation}" },
  },
  ...STAGES,
};

/** Profiles whose guides show a decision in every trace, also where there was nothing to decide. */
const SHOW_DECISIONS: ReadonlySet<Profile> = new Set(["llmrouter", "semantic_router"]);

/** Whether each request's routing is a span: as the profile says that names the request's. */
export function showsDecisions(profiles: readonly Profile[]): boolean {
  const first = profiles.find((profile) => SPANS.server.names[profile] !== undefined);
  return first !== undefined && SHOW_DECISIONS.has(first);
}

/** Event of the server span when the caller left. */
export const CANCELLED_EVENT = "request.cancelled";
