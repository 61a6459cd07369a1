import { embeddings, type EmbeddingsOptions } from "./endpoints/embeddings.ts";
import { generation, type GenerationOptions } from "./endpoints/generation.ts";
import type { Route } from "./server/router.ts";
import { openaiCompletions } from "./wire/openai_completions.ts";

/** What applications call besides generation. */
export function operationRoutes(options: EmbeddingsOptions, generationOptions: GenerationOptions): Route[] {
  const openai = { method: "POST", dialect: "openai" } as const;
  return [
    { ...openai, path: "/v1/embeddings", handler: embeddings(options) },
    {
      ...openai,
      path: "/v1/completions",
      handler: (exchange) => generation(exchange, openaiCompletions, generationOptions),
    },
  ];
}
