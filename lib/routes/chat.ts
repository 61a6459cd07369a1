import { deploymentIn } from "../endpoints/deployment.ts";
import { generation, type GenerationOptions } from "../endpoints/generation.ts";
import { getModel, listModels } from "../endpoints/models.ts";
import type { Route } from "../server/router.ts";
import type { ModelTable } from "../stages/model_table.ts";
import { anthropicMessages } from "../wire/anthropic_messages.ts";
import { cohereChat } from "../wire/cohere_chat.ts";
import { openaiChat } from "../wire/openai_chat.ts";

/** Chat in the formats of OpenAI, Anthropic and Cohere, and the models that there are. */
export function chatRoutes(options: GenerationOptions, models: ModelTable): Route[] {
  return [
    {
      method: "POST",
      path: "/v1/chat/completions",
      dialect: "openai",
      handler: (exchange, params) =>
        generation(exchange, openaiChat, options, { named: deploymentIn(params) }),
    },
    {
      method: "POST",
      path: "/v1/messages",
      dialect: "anthropic",
      handler: (exchange) => generation(exchange, anthropicMessages, options),
    },
    {
      method: "POST",
      path: "/v2/chat",
      dialect: "cohere",
      handler: (exchange) => generation(exchange, cohereChat, options),
    },
    { method: "GET", path: "/v1/models", handler: listModels(models) },
    { method: "GET", path: "/v1/models/{id+}", handler: getModel(models) },
  ];
}
