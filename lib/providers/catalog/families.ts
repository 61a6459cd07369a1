/** An API family: what its clients send besides the body and its providers understand. */
export interface Family {
  /** Headers of a client that go on to the provider, in lower case. */
  readonly forwardHeaders: readonly string[];
  /** Those that say whose account a key shall be used for: they go on with a key of the client's own. */
  readonly accountHeaders?: readonly string[];
  /** Headers that a request has unless the client gave them. */
  readonly defaultHeaders: Readonly<Record<string, string>>;
}

const OPENAI_ACCOUNT = ["openai-organization", "openai-project"];

export const FAMILIES = {
  /** @see https://platform.openai.com/docs/api-reference/introduction */
  openai: {
    forwardHeaders: ["openai-beta", "idempotency-key", "x-client-request-id"],
    accountHeaders: OPENAI_ACCOUNT,
    defaultHeaders: {},
  },
  /** @see https://docs.anthropic.com/en/api/versioning */
  anthropic: {
    forwardHeaders: ["anthropic-version", "anthropic-beta", "idempotency-key"],
    defaultHeaders: { "anthropic-version": "2023-06-01" },
  },
  /** @see https://cloud.google.com/vertex-ai/generative-ai/docs/provisioned-throughput/use-provisioned-throughput */
  google: {
    forwardHeaders: ["x-vertex-ai-llm-request-type", "x-vertex-ai-llm-shared-request-type", "api-revision"],
    defaultHeaders: {},
  },
  /** Its steps came with this revision. @see https://ai.google.dev/gemini-api/docs/interactions/streaming */
  google_interactions: { forwardHeaders: ["api-revision"], defaultHeaders: { "api-revision": "2026-05-20" } },
  /** Knows no headers of a client's. */
  aws: { forwardHeaders: [], defaultHeaders: {} },
  /** Serves both families' clients. */
  both: {
    forwardHeaders: ["openai-beta", "anthropic-version", "anthropic-beta", "idempotency-key"],
    accountHeaders: OPENAI_ACCOUNT,
    defaultHeaders: {},
  },
  /** Speaks OpenAI's API; whose account a client has at OpenAI is not its business. */
  compatible: { forwardHeaders: ["idempotency-key"], defaultHeaders: {} },
} as const satisfies Readonly<Record<string, Family>>;

export type FamilyName = keyof typeof FAMILIES;
