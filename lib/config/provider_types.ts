interface ProviderType {
  /** The variable that its users have, for messages; null: it takes no key, or may do without. */
  readonly variable: string | null;
  /** Has no URL of its own. */
  readonly needsBaseUrl: boolean;
}

function type(variable: string | null, needsBaseUrl = false): ProviderType {
  return { variable, needsBaseUrl };
}

/** What the configuration has to know of a provider's type; `providers/catalog.ts` knows the rest. */
export const PROVIDER_TYPE_TABLE = {
  openai: type("OPENAI_API_KEY"),
  anthropic: type("ANTHROPIC_API_KEY"),
  openai_compatible: type(null, true),
  ollama: type(null),
  llama_cpp: type(null),
  vllm: type(null),
  litellm: type(null),
  mock: type(null),
} as const satisfies Readonly<Record<string, ProviderType>>;

export type ProviderTypeName = keyof typeof PROVIDER_TYPE_TABLE;

export const PROVIDER_TYPES = Object.keys(PROVIDER_TYPE_TABLE) as ProviderTypeName[];
