import { generation, type GenerationOptions } from "../endpoints/generation.ts";
import { ollamaShow, ollamaTags, ollamaVersion } from "../endpoints/ollama_models.ts";
import type { Route } from "../server/router.ts";
import type { ModelTable } from "../stages/model_table.ts";
import { ollamaChat } from "../wire/ollama_chat.ts";
import { ollamaGenerate } from "../wire/ollama_generate.ts";

/** What Ollama's clients call. */
export function ollamaRoutes(options: GenerationOptions, models: ModelTable): Route[] {
  const dialect = "ollama" as const;
  return [
    {
      method: "POST",
      path: "/api/chat",
      dialect,
      handler: (exchange) => generation(exchange, ollamaChat, options),
    },
    {
      method: "POST",
      path: "/api/generate",
      dialect,
      handler: (exchange) => generation(exchange, ollamaGenerate, options),
    },
    { method: "GET", path: "/api/tags", dialect, handler: ollamaTags(models) },
    { method: "POST", path: "/api/show", dialect, handler: ollamaShow(models, options.body) },
    { method: "GET", path: "/api/version", dialect, handler: ollamaVersion() },
  ];
}
