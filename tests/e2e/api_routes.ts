import { chatRoutes } from "../../lib/routes/chat.ts";
import { googleRoutes } from "../../lib/routes/google.ts";
import { ollamaRoutes } from "../../lib/routes/ollama.ts";
import { operationRoutes } from "../../lib/routes/operations.ts";
import { conversationRoutes, responseRoutes } from "../../lib/routes/responses.ts";
import type { Route } from "../../lib/server/router.ts";

/** Every route that applications call; their handlers are of no use. */
export function apiRoutes(): Route[] {
  const none = {} as never;
  return [
    ...chatRoutes(none, new Map()),
    ...googleRoutes({ generation: none, embeddings: none, models: new Map() }),
    ...ollamaRoutes(none, new Map()),
    ...responseRoutes(none, none, none),
    ...conversationRoutes(none),
    ...operationRoutes({ generation: none, embeddings: none, passThrough: none, countTokens: none }),
  ];
}
