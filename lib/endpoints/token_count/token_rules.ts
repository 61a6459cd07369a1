/** Makers of models, as far as their tokens differ. */
export type TokenFamily = "openai" | "anthropic" | "google" | "other";

/** What is counted besides texts, and how texts compare with OpenAI's tokenizer. */
export interface TokenRules {
  /** Tokens for each of `o200k_base`'s. */
  readonly perToken: number;
  /** Around a whole request, around a message, a call or its result, all tools, and one. */
  readonly request: number;
  readonly message: number;
  readonly call: number;
  readonly tools: number;
  readonly tool: number;
  /** An image, and one that is asked to be looked at with little detail. */
  readonly image: number;
  readonly smallImage: number;
  /** A page of a document. */
  readonly page: number;
  /** A second of audio. */
  readonly second: number;
}

/** `perToken` is what recordings gave (docs/token_counting.md); the others are the makers' own figures. */
export const FAMILY_RULES: Readonly<Record<TokenFamily, TokenRules>> = {
  /** @see https://platform.openai.com/docs/guides/images-vision#calculating-costs */
  openai: {
    perToken: 1,
    request: 1,
    message: 5,
    call: 4,
    tools: 64,
    tool: 8,
    image: 765,
    smallImage: 85,
    page: 1_000,
    second: 10,
  },
  /** @see https://platform.claude.com/docs/en/build-with-claude/vision#calculate-image-costs */
  anthropic: {
    perToken: 1.26,
    request: 3,
    message: 4,
    call: 12,
    // https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview#pricing
    tools: 346,
    tool: 12,
    image: 1_600,
    smallImage: 1_600,
    page: 2_000,
    second: 0,
  },
  /** @see https://ai.google.dev/gemini-api/docs/tokens */
  google: {
    perToken: 1.09,
    request: 0,
    message: 1,
    call: 4,
    tools: 0,
    tool: 8,
    image: 258,
    smallImage: 258,
    page: 258,
    second: 32,
  },
  other: {
    perToken: 1.03,
    request: 3,
    message: 4,
    call: 4,
    tools: 16,
    tool: 8,
    image: 765,
    smallImage: 765,
    page: 1_000,
    second: 10,
  },
};

/** By a model's name, wherever it is served. */
export function familyOfModel(model: string): TokenFamily {
  if (/claude/i.test(model)) return "anthropic";
  if (/gemini|gemma/i.test(model)) return "google";
  if (/gpt|(?:^|[/.])o\d|codex|davinci|babbage/i.test(model)) return "openai";
  return "other";
}
