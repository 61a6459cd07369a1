import { nearest } from "../../../nearest.ts";
import { nodeAt } from "../../lookup.ts";
import { isMapping, type Path } from "../../path.ts";
import type { Draft } from "../draft.ts";

/** Which keys may stand somewhere: `ANY` is not looked into; a list is of entries alike, a map has the user's names. */
type Shape = typeof ANY | Mapping | { readonly entries: Shape };

interface Mapping {
  readonly keys: Readonly<Record<string, Shape>>;
}

const ANY = Symbol("any");

function keys(...names: string[]): Readonly<Record<string, Shape>> {
  return Object.fromEntries(names.map((name) => [name, ANY]));
}

function mapping(...parts: Readonly<Record<string, Shape>>[]): Mapping {
  return { keys: Object.assign({}, ...parts) };
}

const MODEL = ["model_id", "model_ref", "threshold", "use_cpu"];
const RULE = keys("name", "category", "description", "threshold");
const REASONING = keys("use_reasoning", "reasoning_description", "reasoning_effort");

const PROMPT_GUARD = mapping(
  keys("enabled", ...MODEL, "use_modernbert", "use_mmbert_32k", "jailbreak_mapping_path", "use_vllm"),
);

const CATEGORY = mapping(
  keys("name", "description", "mmlu_categories"),
  REASONING,
  keys("system_prompt", "system_prompt_enabled", "system_prompt_mode"),
  keys("semantic_cache_enabled", "semantic_cache_similarity_threshold"),
  keys("jailbreak_enabled", "jailbreak_threshold", "pii_enabled", "pii_threshold"),
  { model_scores: { entries: mapping(keys("model", "score", "lora_name"), REASONING) } },
);

const DECISION = mapping(
  keys("name", "description", "priority", "tier", "rules", "modelSelectionAlgorithm", "algorithm"),
  {
    modelRefs: { entries: mapping(keys("model", "lora_name", "weight"), REASONING) },
    plugins: { entries: mapping(keys("type", "configuration")) },
  },
);

const CLASSIFIER = mapping({
  category_model: mapping(
    keys(
      ...MODEL,
      "use_modernbert",
      "use_mmbert_32k",
      "category_mapping_path",
      "fallback_category",
    ),
  ),
  pii_model: mapping(keys(...MODEL, "use_modernbert", "use_mmbert_32k", "pii_mapping_path")),
  mcp_category_model: ANY,
  complexity_model: ANY,
  preference_model: ANY,
});

const MODEL_CONFIG = mapping(
  keys(
    "reasoning_family",
    "preferred_endpoints",
    "external_model_ids",
    "api_format",
    "access_key",
    "api_key",
  ),
  keys(
    "param_size",
    "description",
    "capabilities",
    "quality_score",
    "modality",
    "image_gen_backend",
    "context_window_size",
  ),
  {
    pricing: mapping(
      keys("currency", "prompt_per_1m", "completion_per_1m", "cached_input_per_1m", "cache_write_per_1m"),
    ),
    pii_policy: mapping(keys("allow_by_default", "pii_types_allowed")),
    loras: { entries: mapping(keys("name", "description")) },
  },
);

/**
 * Every key that a version of the router reads, from 0.1 to 0.2; what 0.3 has is brought there before.
 * @see https://github.com/vllm-project/semantic-router/blob/main/src/semantic-router/pkg/config/config.go
 */
const ROOT = mapping(
  keys("bert_model", "embedding_models", "mom_registry", "config_source", "external_models"),
  keys("tools", "api", "router", "router_replay", "looper", "model_selection", "strategy", "fallback"),
  keys("hallucination_mitigation", "feedback_detector", "modality_detector", "memory", "vector_store"),
  keys("fact_check_rules", "user_feedback_rules", "preference_rules", "language_rules", "latency_rules"),
  keys("context_rules", "complexity_rules", "modality_rules", "role_bindings", "jailbreak", "pii"),
  keys("authz", "ratelimit", "provider_profiles", "image_gen_backends", "complexity_service"),
  keys("auto_model_name", "include_config_models_in_list", "clear_route_cache", "default_model"),
  keys("default_reasoning_effort", "model_reasoning_configs", "streamed_body_mode"),
  {
    prompt_guard: PROMPT_GUARD,
    classifier: CLASSIFIER,
    categories: { entries: CATEGORY },
    decisions: { entries: DECISION },
    // Checked as the gateway's own.
    observability: ANY,
    model_config: { entries: MODEL_CONFIG },
    reasoning_families: { entries: mapping(keys("type", "parameter")) },
    vllm_endpoints: {
      entries: mapping(
        keys("name", "address", "port", "weight", "models", "health_check_path", "type", "api_key"),
        keys("path", "protocol", "model", "provider_profile", "base_url", "headers", "api_version"),
      ),
    },
    semantic_cache: mapping(
      keys("enabled", "backend_type", "similarity_threshold", "max_entries", "ttl_seconds"),
      keys("eviction_policy", "backend_config_path", "embedding_model", "redis", "milvus", "use_hnsw"),
      keys("hnsw_m", "hnsw_ef_construction", "max_memory_entries", "valkey", "qdrant"),
    ),
    response_api: mapping(
      keys("enabled", "store_backend", "ttl_seconds", "max_responses", "backend_config_path"),
      keys("milvus", "redis"),
    ),
    keyword_rules: {
      entries: mapping(
        RULE,
        keys("operator", "keywords", "case_sensitive", "fuzzy_match", "fuzzy_threshold", "method"),
        keys("bm25_threshold", "ngram_threshold", "ngram_arity"),
      ),
    },
    embedding_rules: {
      entries: mapping(
        RULE,
        keys("keywords", "candidates", "aggregation_method", "model", "dimension"),
        keys("quality_priority", "latency_priority"),
      ),
    },
  },
);

/** The keys that the router knows at its root. */
export const ROOT_KEYS: readonly string[] = Object.keys(ROOT.keys);

/**
 * Tells of keys that the router does not know, each with the nearest that it does.
 * @param growing the file is of a version that others follow, with keys that are like those of this one.
 */
export function checkKeys(draft: Draft, growing: boolean): void {
  const check = (value: unknown, shape: Shape, path: Path): void => {
    if (shape === ANY) return;
    if ("entries" in shape) {
      if (Array.isArray(value)) {
        value.forEach((entry, index) => check(entry, shape.entries, [...path, index]));
      } else if (isMapping(value)) {
        for (const [name, entry] of Object.entries(value)) check(entry, shape.entries, [...path, name]);
      }
    } else if (isMapping(value)) {
      for (const [name, below] of Object.entries(value)) {
        const known = Object.hasOwn(shape.keys, name) ? shape.keys[name] : undefined;
        if (known !== undefined) check(below, known, [...path, name]);
        else report(draft, [...path, name], Object.keys(shape.keys), growing);
      }
    }
  };
  check(draft.document.tree, ROOT, []);
}

/** What is like a key that is known is a mistake; else the router may have become newer. */
function report(draft: Draft, path: Path, names: readonly string[], growing: boolean): void {
  const name = String(path.at(-1));
  // A section of the gateway's own, which is checked as such.
  if (path.length === 1 && nodeAt(path) !== null) return;
  const near = nearest(name, names);
  if (near === null) draft.note(path, "is not read: it is no key of the router's that is known here");
  else if (growing) draft.note(path, `is not read; did you mean "${near}"?`);
  else draft.mistake(path, `unknown key; did you mean "${near}"?`);
}
