import { embeddings, type EmbeddingsOptions } from "../endpoints/embeddings.ts";
import { contentPaths } from "../endpoints/generate_content.ts";
import {
  countContents,
  countInput,
  countMessages,
  type CountTokensOptions,
} from "../endpoints/token_count/count_tokens.ts";
import { deploymentIn } from "../endpoints/deployment.ts";
import { generation, type GenerationOptions } from "../endpoints/generation.ts";
import { passThrough, type PassThroughOptions } from "../endpoints/pass_through.ts";
import { PASSED_APIS } from "../endpoints/passed_apis.ts";
import type { Route } from "../server/router.ts";
import { openaiCompletions } from "../wire/openai_completions.ts";

export interface OperationRoutesOptions {
  readonly countTokens: CountTokensOptions;
  readonly generation: GenerationOptions;
  readonly embeddings: EmbeddingsOptions;
  readonly passThrough: PassThroughOptions;
}

/** What applications call besides chat. */
export function operationRoutes(options: OperationRoutesOptions): Route[] {
  const openai = { method: "POST", dialect: "openai" } as const;
  return [
    { ...openai, path: "/v1/embeddings", handler: embeddings(options.embeddings) },
    {
      ...openai,
      path: "/v1/completions",
      handler: (exchange, params) =>
        generation(exchange, openaiCompletions, options.generation, { named: deploymentIn(params) }),
    },
    {
      method: "POST",
      path: "/v1/messages/count_tokens",
      dialect: "anthropic",
      handler: countMessages(options.countTokens),
    },
    { ...openai, path: "/v1/responses/input_tokens", handler: countInput(options.countTokens) },
    ...contentPaths(":countTokens").map((path): Route => ({
      method: "POST",
      path,
      dialect: "google",
      handler: countContents(options.countTokens),
    })),
    ...PASSED_APIS.flatMap(({ methods, ...api }) =>
      methods.map((method): Route => ({
        method,
        path: `/v1/${api.family}${api.path}`,
        dialect: "openai",
        handler: passThrough(api, options.passThrough),
      }))
    ),
  ];
}
