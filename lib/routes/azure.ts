import { withoutApiVersion } from "../endpoints/deployment.ts";
import type { Route } from "../server/router.ts";

const OPENAI = "/v1/";
const MODELS = "/v1/models";
/** What Azure has below a deployment, whose name is the model's. */
const OF_DEPLOYMENTS = [
  "/v1/chat/completions",
  "/v1/completions",
  "/v1/embeddings",
  "/v1/audio/",
  "/v1/images/",
];

/**
 * The same as OpenAI's routes at Azure's paths: `/openai/v1/…`, `/openai/…` and, where a model is asked,
 * `/openai/deployments/{deployment}/…`. Endpoints that may stand below a deployment heed that parameter.
 * @see https://learn.microsoft.com/en-us/azure/ai-services/openai/reference
 */
export function azureRoutes(routes: readonly Route[]): Route[] {
  return routes.filter(isOpenai).flatMap((route) => {
    const path = route.path.slice(OPENAI.length - 1);
    const prefixes = ["/openai/v1", "/openai"];
    if (OF_DEPLOYMENTS.some((start) => route.path.startsWith(start))) {
      // The second is older, and LiteLLM has it too.
      prefixes.push("/openai/deployments/{deployment}", "/engines/{deployment}");
    }
    const handler = withoutApiVersion(route.handler);
    return prefixes.map((prefix): Route => ({ ...route, dialect: "openai", path: prefix + path, handler }));
  });
}

function isOpenai({ path, dialect }: Route): boolean {
  return path.startsWith(OPENAI) && (dialect === "openai" || path.startsWith(MODELS));
}
