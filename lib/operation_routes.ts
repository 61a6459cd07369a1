import { embeddings, type EmbeddingsOptions } from "./endpoints/embeddings.ts";
import type { Route } from "./server/router.ts";

/** What applications call besides generation. */
export function operationRoutes(options: EmbeddingsOptions): Route[] {
  const openai = { method: "POST", dialect: "openai" } as const;
  return [
    { ...openai, path: "/v1/embeddings", handler: embeddings(options) },
  ];
}
