import type { WireFormat } from "../wire/canonical.ts";

/** An API family: what its clients send besides the body and its providers understand. */
interface Family {
  /** Headers of a client that go on to the provider, in lower case. */
  readonly forwardHeaders: readonly string[];
  /** Headers that a request has unless the client gave them. */
  readonly defaultHeaders: Readonly<Record<string, string>>;
}

const FAMILIES = {
  /** @see https://platform.openai.com/docs/api-reference/introduction */
  openai: {
    forwardHeaders: [
      "openai-beta",
      "openai-organization",
      "openai-project",
      "idempotency-key",
      "x-client-request-id",
    ],
    defaultHeaders: {},
  },
  /** @see https://docs.anthropic.com/en/api/versioning */
  anthropic: {
    forwardHeaders: ["anthropic-version", "anthropic-beta", "idempotency-key"],
    defaultHeaders: { "anthropic-version": "2023-06-01" },
  },
  /** @see https://cloud.google.com/vertex-ai/generative-ai/docs/provisioned-throughput/use-provisioned-throughput */
  google: {
    forwardHeaders: ["x-vertex-ai-llm-request-type", "x-vertex-ai-llm-shared-request-type"],
    defaultHeaders: {},
  },
  /** Serves both families' clients. */
  both: {
    forwardHeaders: [
      "openai-beta",
      "openai-organization",
      "openai-project",
      "anthropic-version",
      "anthropic-beta",
      "idempotency-key",
    ],
    defaultHeaders: {},
  },
} as const satisfies Readonly<Record<string, Family>>;

/** How a key is sent. */
export type AuthScheme = "bearer" | "x-api-key" | "x-goog-api-key";

/**
 * Where a format's requests go. `{model}` stands for the model's name at the provider; a query may follow
 * (`?alt=sse`). Two paths where a stream has another than a whole answer.
 */
export type PathTemplate = string | { readonly whole: string; readonly stream: string };

/** What is particular about one kind of provider. A row is data: no code knows a provider by name. */
export interface ProviderRow {
  /** For people. */
  readonly title: string;
  /** Where its API is unless configured otherwise; null: has to be configured. */
  readonly baseUrl: string | null;
  /** The variable in which its users have their key; null: it takes none, or may do without. */
  readonly keyVariable: string | null;
  readonly auth: AuthScheme;
  readonly family: keyof typeof FAMILIES;
  /** The formats that it speaks, the preferred one first, with the path behind the version. */
  readonly paths: Readonly<Partial<Record<WireFormat, PathTemplate>>>;
  /** The version that its paths begin with. Default: `/v1`. */
  readonly version?: string;
  /**
   * Whether its base URL has the version in its path as its own users write it. Where it has, a URL without a
   * path gets it (`http://localhost:11434`); where it has not, a URL without it at the end does.
   */
  readonly versionInBaseUrl: boolean;
  /** `gen_ai.provider.name`. */
  readonly system: string;
  /** Answers 400 to chat's `stream_options`. */
  readonly refusesStreamOptions?: boolean;
  /** Heeds chat's `max_tokens` and ignores `max_completion_tokens`. */
  readonly ignoresMaxCompletionTokens?: boolean;
}

const CHAT = { openai_chat: "/chat/completions" } as const;
const CHAT_AND_RESPONSES = { ...CHAT, openai_responses: "/responses" } as const;

/** Kinds of providers that are reached over HTTP, by the `type` of the configuration. */
export const CATALOG = {
  openai: {
    title: "OpenAI",
    baseUrl: "https://api.openai.com/v1",
    keyVariable: "OPENAI_API_KEY",
    auth: "bearer",
    family: "openai",
    paths: CHAT_AND_RESPONSES,
    versionInBaseUrl: true,
    system: "openai",
  },
  anthropic: {
    title: "Anthropic",
    baseUrl: "https://api.anthropic.com",
    keyVariable: "ANTHROPIC_API_KEY",
    auth: "x-api-key",
    family: "anthropic",
    paths: { anthropic_messages: "/messages" },
    versionInBaseUrl: false,
    system: "anthropic",
  },
  openai_compatible: {
    title: "Any server with OpenAI's chat API",
    baseUrl: null,
    keyVariable: null,
    auth: "bearer",
    family: "openai",
    paths: CHAT,
    versionInBaseUrl: true,
    system: "openai_compatible",
  },
  /** @see https://docs.ollama.com/api/openai-compatibility */
  ollama: {
    title: "Ollama",
    baseUrl: "http://localhost:11434/v1",
    keyVariable: null,
    auth: "bearer",
    family: "openai",
    paths: CHAT_AND_RESPONSES,
    versionInBaseUrl: true,
    system: "ollama",
    // https://github.com/ollama/ollama/issues/7125
    ignoresMaxCompletionTokens: true,
  },
  llama_cpp: {
    title: "llama.cpp's server",
    baseUrl: "http://localhost:8080/v1",
    keyVariable: null,
    auth: "bearer",
    family: "openai",
    paths: CHAT,
    versionInBaseUrl: true,
    system: "llama_cpp",
    // https://github.com/ggml-org/llama.cpp/issues/13700
    ignoresMaxCompletionTokens: true,
  },
  vllm: {
    title: "vLLM",
    baseUrl: "http://localhost:8000/v1",
    keyVariable: null,
    auth: "bearer",
    family: "openai",
    paths: CHAT_AND_RESPONSES,
    versionInBaseUrl: true,
    system: "vllm",
  },
  litellm: {
    title: "LiteLLM proxy",
    baseUrl: "http://localhost:4000/v1",
    keyVariable: null,
    auth: "bearer",
    family: "both",
    paths: { ...CHAT_AND_RESPONSES, anthropic_messages: "/messages" },
    versionInBaseUrl: true,
    system: "litellm",
  },
} as const satisfies Readonly<Record<string, ProviderRow>>;

/** `type` of a provider over HTTP. */
export type CatalogType = keyof typeof CATALOG;

/** The row of a type; null where the catalogue has none. */
export function catalogRow(type: string): ProviderRow | null {
  return Object.hasOwn(CATALOG, type) ? CATALOG[type as CatalogType] : null;
}

export function familyOf(row: ProviderRow): Family {
  return FAMILIES[row.family];
}
