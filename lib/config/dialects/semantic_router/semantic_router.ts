import { isMapping, type Tree } from "../../path.ts";
import type { Dialect } from "../dialect.ts";
import { Draft } from "../draft.ts";
import { convertCache } from "./cache.ts";
import { convertCategories } from "./categories.ts";
import { convertDecisions } from "./decisions.ts";
import { convertEndpoints } from "./endpoints.ts";
import { checkKeys } from "./keys.ts";
import { convertModels } from "./models.ts";
import { noteWhatIsNotHere } from "./not_here.ts";
import { convertObservability } from "./observability.ts";
import { convertPii } from "./pii.ts";
import { Reader } from "./reader.ts";
import { convertResponseApi } from "./response_api.ts";
import { convertRouting } from "./routing.ts";

/** Where the router's example of Envoy listens, which is where its users' clients go. */
const PORT = 8801;

/** Keys that no other configuration has. */
const OWN_KEYS = [
  "vllm_endpoints",
  "model_config",
  "reasoning_families",
  "semantic_cache",
  "prompt_guard",
  "bert_model",
  "classifier",
  "decisions",
];

/**
 * vLLM Semantic Router, versions 0.1 and 0.2: models that answer by category (`model_scores`), or by `decisions`.
 * @see https://vllm-semantic-router.com/docs/installation/configuration
 */
export const semanticRouter: Dialect = {
  title: "vLLM Semantic Router",
  recognises: (tree) =>
    OWN_KEYS.some((key) => Object.hasOwn(tree, key)) || Array.isArray(tree.categories) || isCanonical(tree),
  convert(document) {
    const draft = new Draft(document);
    if (isCanonical(document.tree)) {
      draft.mistake(
        ["version"],
        "is vLLM Semantic Router's form of 0.3 and later (version, listeners, providers, routing, global), which is " +
          "not read; the one of 0.1 and 0.2 is (vllm_endpoints, model_config, categories, decisions)",
      );
      return draft.finish();
    }
    checkKeys(draft);
    const reader = new Reader(draft);
    draft.set(["server", "port"], PORT, null);
    const models = convertModels(reader, convertEndpoints(reader));
    if (reader.has(["decisions"])) convertDecisions(reader, models);
    else convertCategories(reader, models);
    convertRouting(reader);
    convertPii(reader);
    convertCache(reader);
    convertResponseApi(reader);
    convertObservability(reader);
    noteWhatIsNotHere(reader);
    return draft.finish();
  },
};

/** The form of 0.3. */
function isCanonical({ version, listeners, providers, routing }: Tree): boolean {
  return typeof version === "string" && /^v?0\.\d+$/.test(version) &&
    (Array.isArray(listeners) || isMapping(routing) || isMapping(providers));
}
