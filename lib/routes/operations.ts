import { embeddings, type EmbeddingsOptions } from "../endpoints/embeddings.ts";
import { deploymentIn } from "../endpoints/deployment.ts";
import { generation, type GenerationOptions } from "../endpoints/generation.ts";
import { passThrough, type PassThroughOptions } from "../endpoints/pass_through.ts";
import { PASSED_APIS } from "../endpoints/passed_apis.ts";
import type { Route } from "../server/router.ts";
import { openaiCompletions } from "../wire/openai_completions.ts";

export interface OperationRoutesOptions {
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
