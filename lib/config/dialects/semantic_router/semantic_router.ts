import { isMapping, type Tree } from "../../path.ts";
import type { Dialect } from "../dialect.ts";
import { Draft } from "../draft.ts";
import { nativeSections, takeOver } from "../native_sections.ts";
import { SEMANTIC_ROUTER_KEYS } from "../own_keys.ts";
import { convertCache } from "./cache.ts";
import { convertCategories } from "./categories.ts";
import { convertDecisions } from "./decisions.ts";
import { convertEndpoints } from "./endpoints.ts";
import { flatForm, isNested } from "./flat_form.ts";
import { checkKeys } from "./keys.ts";
import { convertListeners } from "./listeners.ts";
import { convertModels } from "./models.ts";
import { noteWhatIsNotHere } from "./not_here.ts";
import { convertObservability } from "./observability.ts";
import { convertPii } from "./pii.ts";
import { convertPromptGuard } from "./prompt_guard.ts";
import { Reader } from "./reader.ts";
import { convertResponseApi } from "./response_api.ts";
import { convertRouting } from "./routing.ts";

/** Where the router's example of Envoy listens, which is where its users' clients go. */
const PORT = 8801;

/**
 * vLLM Semantic Router: 0.1 and 0.2, where models answer by category (`model_scores`) or by `decisions`, and 0.3 and
 * later, which has the same below other keys. Sections of the gateway's own may stand in the same file, and beat its.
 * @see https://vllm-semantic-router.com/docs/installation/configuration
 */
export const semanticRouter: Dialect = {
  title: "vLLM Semantic Router",
  recognises: (tree) => SEMANTIC_ROUTER_KEYS.some((key) => Object.hasOwn(tree, key)) || isNested(tree),
  convert(document) {
    const nested = isNested(document.tree) ? flatForm(document) : null;
    const draft = new Draft(nested?.document ?? document);
    checkKeys(draft, nested !== null);
    const reader = new Reader(draft);
    draft.set(["server", "port"], PORT, null);
    if (nested !== null) {
      convertListeners(new Reader(draft, document.tree));
      for (const path of nested.unread) draft.note(path, "has no equivalent, and is not read");
    }
    const models = convertModels(reader, convertEndpoints(reader));
    if (reader.has(["decisions"])) convertDecisions(reader, models);
    else convertCategories(reader, models);
    convertRouting(reader);
    convertPii(reader);
    convertPromptGuard(reader);
    convertCache(reader);
    convertResponseApi(reader);
    convertObservability(reader, nested !== null);
    noteWhatIsNotHere(reader);
    for (const name of ownSections(document.tree, nested !== null)) {
      takeOver(draft, [name], document.tree[name]);
    }
    return draft.finish();
  },
};

/** Sections of the gateway's own that stand beside the router's. What the router has under the same name is its. */
function ownSections(tree: Tree, nested: boolean): string[] {
  const theirs = ["categories", "observability", ...(nested ? ["providers", "routing"] : [])];
  return nativeSections().filter((name) => isMapping(tree[name]) && !theirs.includes(name));
}
