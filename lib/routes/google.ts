import { embedContentVerbs } from "../endpoints/embed_content.ts";
import { contentPaths, contentVerbs } from "../endpoints/generate_content.ts";
import type { GenerationOptions } from "../endpoints/generation.ts";
import { getModel, listModels } from "../endpoints/models.ts";
import type { Route } from "../server/router.ts";
import type { ModelTable } from "../stages/model_table.ts";
import { googleGenerateContent } from "../wire/google_generate_content.ts";

export interface GoogleRoutesOptions {
  readonly generation: GenerationOptions;
  readonly embeddings: Parameters<typeof embedContentVerbs>[0];
  readonly models: ModelTable;
}

/** What Google's clients call: verbs behind the model in each of its paths, and the models. */
export function googleRoutes({ generation, embeddings, models }: GoogleRoutesOptions): Route[] {
  const dialect = "google" as const;
  const verbs = [...embedContentVerbs(embeddings), ...contentVerbs(googleGenerateContent, generation)];
  return [
    ...verbs.flatMap(({ verb, handler }) =>
      contentPaths(verb).map((path): Route => ({ method: "POST", path, dialect, handler }))
    ),
    { method: "GET", path: "/v1beta/models", dialect, handler: listModels(models) },
    { method: "GET", path: "/v1beta/models/{id+}", dialect, handler: getModel(models) },
  ];
}
