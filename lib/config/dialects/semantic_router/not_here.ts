import { nodeAt } from "../../lookup.ts";
import { isMapping, type Path } from "../../path.ts";
import type { Reader } from "./reader.ts";

/** Sections without an equivalent, and why. What is switched off there, or empty, is passed over in silence. */
export const NOT_HERE: Readonly<Record<string, string>> = {
  api: "the classification API is not here; `gateway explain` and `gateway classify` answer what it is asked",
  authz:
    "keys of callers are `auth.keys` here, and a provider takes the client's own with `auth: passthrough`. " +
    "Nobody is asked for a key until this is configured",
  complexity_rules: "has no equivalent; `routing.strategy: complexity` is near it",
  complexity_service: "has no equivalent; `routing.strategy: complexity` is near it",
  context_rules: "has no equivalent; models that a prompt is too long for are left out by `context_length`",
  external_models:
    "classifiers and guards that are models are configured in the gateway's own form: `classification`, " +
    "`pii.model`, `jailbreak`",
  fact_check_rules: "answers are not checked for facts",
  fallback: "has no equivalent here; `models.NAME.fallbacks` is near it",
  feedback_detector: "what users think of answers is not looked for",
  hallucination_mitigation: "answers are not checked for what they make up",
  image_gen_backends: "images are a matter of the models that make them (`/v1/images`)",
  jailbreak:
    "has no equivalent as a signal: attacks are refused where `prompt_guard` is on, and not told to decisions",
  language_rules: "the language of a prompt is not looked for",
  latency_rules: "has no equivalent; `routing.strategy: latency` is near it",
  looper: "one model answers a request here",
  memory: "nothing is remembered from one conversation to the next",
  modality_detector: "images are a matter of the models that make them (`/v1/images`)",
  modality_rules: "images are a matter of the models that make them (`/v1/images`)",
  model_reasoning_configs: "was replaced by `reasoning_families` in the router itself",
  model_selection: "has no equivalent; `routing.strategy` says how models are chosen",
  pii:
    "has no equivalent as a signal: personal data is refused by policies and plugins, and not told to decisions",
  preference_rules: "has no equivalent; a category with examples is near it",
  ratelimit:
    "limits are `rate_limit` and those of `auth.keys` here. Nobody is limited until they are configured",
  role_bindings: "has no equivalent; `routing.rules` can choose by key and user",
  router: "thresholds of the router's own models have no equivalent",
  router_replay: "requests are not replayed; the log and the traces have what was decided",
  tools: "tools are not chosen for a request: it goes out with those that the client sends",
  user_feedback_rules: "what users think of answers is not looked for",
  vector_store: "documents are not searched",
};

/** Names everything of the file that is not converted, with the reason. */
export function noteWhatIsNotHere(reader: Reader): void {
  for (const [name, why] of Object.entries(NOT_HERE)) {
    const value = reader.value([name]);
    // `pii` and `jailbreak` are lists there, and sections of the gateway's own where they are mappings.
    if (isMapping(value) && nodeAt([name]) !== null) continue;
    if (active(value)) reader.draft.note([name], why);
  }
  if (reader.text(["config_source"])?.toLowerCase() === "kubernetes") {
    reader.draft.mistake(
      ["config_source"],
      "resources of Kubernetes are not read; the configuration has to be a file",
    );
  }
  const remote: Path = ["classifier", "mcp_category_model"];
  if (active(reader.value(remote))) {
    reader.draft.note(remote, "classifiers are not asked by MCP; `classification` takes a model");
  }
  if (reader.flag(["include_config_models_in_list"]) === false) {
    reader.draft.note(
      ["include_config_models_in_list"],
      "/v1/models lists every model, and not the automatic ones alone",
    );
  }
}

function active(value: unknown): boolean {
  if (value === undefined || value === false || value === "") return false;
  if (Array.isArray(value)) return value.length > 0;
  if (!isMapping(value)) return true;
  return value.enabled === undefined ? Object.keys(value).length > 0 : value.enabled !== false;
}
