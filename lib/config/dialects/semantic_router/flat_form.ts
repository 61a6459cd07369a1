import { nodeAt } from "../../lookup.ts";
import { isMapping, type Path, type Tree, valueAt } from "../../path.ts";
import type { SourceDocument } from "../dialect.ts";

/** Where a key of 0.3 and later stood before, its names joined by spaces. */
const MOVES: Readonly<Record<string, string>> = {
  "providers defaults default_model": "default_model",
  "providers defaults model": "default_model",
  "providers defaults default_reasoning_effort": "default_reasoning_effort",
  "providers defaults reasoning_effort": "default_reasoning_effort",
  "providers defaults reasoning_families": "reasoning_families",
  "routing decisions": "decisions",
  "routing strategy": "strategy",
  "routing signals keywords": "keyword_rules",
  "routing signals embeddings": "embedding_rules",
  "routing signals domains": "categories",
  "routing signals fact_check": "fact_check_rules",
  "routing signals user_feedbacks": "user_feedback_rules",
  "routing signals preferences": "preference_rules",
  "routing signals language": "language_rules",
  "routing signals context": "context_rules",
  "routing signals complexity": "complexity_rules",
  "routing signals modality": "modality_rules",
  "routing signals role_bindings": "role_bindings",
  "routing signals jailbreak": "jailbreak",
  "routing signals pii": "pii",
  "global router config_source": "config_source",
  "global router strategy": "strategy",
  "global router auto_model_name": "auto_model_name",
  "global router include_config_models_in_list": "include_config_models_in_list",
  "global router clear_route_cache": "clear_route_cache",
  "global router model_selection": "model_selection",
  "global router fallback": "fallback",
  "global services api": "api",
  "global services response_api": "response_api",
  "global services observability": "observability",
  "global services authz": "authz",
  "global services ratelimit": "ratelimit",
  "global services router_replay": "router_replay",
  "global stores semantic_cache": "semantic_cache",
  "global stores response_cache": "semantic_cache",
  "global stores memory": "memory",
  "global stores vector_store": "vector_store",
  "global integrations tools": "tools",
  "global integrations looper": "looper",
  "global model_catalog embeddings": "embedding_models",
  "global model_catalog external": "external_models",
  "global model_catalog modules prompt_guard": "prompt_guard",
  "global model_catalog modules classifier domain": "classifier category_model",
  "global model_catalog modules classifier pii": "classifier pii_model",
  "global model_catalog modules classifier mcp": "classifier mcp_category_model",
  "global model_catalog modules hallucination_mitigation": "hallucination_mitigation",
  "global model_catalog modules feedback_detector": "feedback_detector",
  "global model_catalog modules modality_detector": "modality_detector",
};

/** What is read by itself, or says nothing that matters here. */
const READ = [
  "version",
  "listeners",
  "providers models",
  "routing modelCards",
  "global model_catalog system",
];

/** What is read of a model, and of its backends, besides what follows. */
const MODEL_KEYS = ["name", "provider_model_id", "reasoning", "backend_refs"];
const BACKEND_KEYS = ["name", "endpoint", "api_key_env"];

/** Keys of a model that have kept their names. */
const OF_MODEL = ["reasoning_family", "pricing", "api_format", "external_model_ids"];

/** Keys of a model's card that matter here. */
const OF_CARD = ["loras", "context_window_size"];

/** Keys of a backend, and what they were of an endpoint. */
const OF_BACKEND: readonly (readonly [string, string])[] = [
  ["protocol", "protocol"],
  ["weight", "weight"],
  ["provider", "type"],
  ["type", "type"],
  ["base_url", "base_url"],
  ["api_key", "api_key"],
  ["extra_headers", "headers"],
  ["api_version", "api_version"],
];

export interface FlatForm {
  /** Its places are the original's. */
  readonly document: SourceDocument;
  /** Keys of the original that nothing of it comes from. */
  readonly unread: readonly Path[];
}

/** Whether a file is of version 0.3 or later. */
export function isNested({ version, listeners, providers, routing, global }: Tree): boolean {
  return typeof version === "string" && /^v?0\.\d+/.test(version) &&
    (Array.isArray(listeners) || [providers, routing, global].some(isMapping));
}

/** A file of 0.3 and later in the form of 0.2. */
export function flatForm(document: SourceDocument): FlatForm {
  const flat = new FlatTree(document);
  for (const [from, to] of Object.entries(MOVES)) flat.move(from.split(" "), to.split(" "));
  // It has no other form of routing than decisions.
  flat.tree.decisions ??= [];
  const ofModels = moveModels(flat);
  const known = [...Object.keys(MOVES), ...READ].map((key) => key.split(" "));
  // Sections of the gateway's own may stand beside.
  const others = unreadOf(document.tree, known, []).filter((path) =>
    path.length > 1 || nodeAt(path) === null
  );
  return { document: flat, unread: [...ofModels, ...others] };
}

/** A tree that is put together from pieces of another, and knows where each is from. */
class FlatTree implements SourceDocument {
  readonly tree: Record<string, unknown> = {};
  readonly #original: SourceDocument;
  readonly #moves: { readonly flat: Path; readonly original: Path }[] = [];

  constructor(original: SourceDocument) {
    this.#original = original;
  }

  value(original: Path): unknown {
    return valueAt(this.#original.tree, original) ?? undefined;
  }

  move(original: Path, flat: Path): void {
    const value = this.value(original);
    if (value !== undefined) this.put(flat, value, original);
  }

  put(flat: Path, value: unknown, original: Path): void {
    let at = this.tree as Record<string | number, unknown>;
    for (const [index, step] of flat.slice(0, -1).entries()) {
      at[step] ??= typeof flat[index + 1] === "number" ? [] : {};
      at = at[step] as Record<string | number, unknown>;
    }
    const last = flat.at(-1);
    if (last !== undefined) at[last] = value;
    this.#moves.push({ flat, original });
  }

  locate(path: Path) {
    const moved = this.#moves
      .filter(({ flat }) => flat.length <= path.length && flat.every((step, index) => step === path[index]))
      .toSorted((a, b) => b.flat.length - a.flat.length)[0] ??
      this.#moves.find(({ flat }) => path.every((step, index) => step === flat[index]));
    if (moved === undefined) return this.#original.locate(path);
    return this.#original.locate([...moved.original, ...path.slice(moved.flat.length)]);
  }
}

/**
 * A backend of a model was an endpoint that a model prefers.
 * @returns what is not read of them.
 */
function moveModels(flat: FlatTree): Path[] {
  const unread: Path[] = [];
  let count = 0;
  for (const path of entries(flat, ["providers", "models"])) {
    const name = flat.value([...path, "name"]);
    const backends = entries(flat, [...path, "backend_refs"]);
    if (typeof name !== "string" || backends.length === 0) {
      unread.push(path);
      continue;
    }
    unread.push(...othersAt(flat, path, [...MODEL_KEYS, ...OF_MODEL]));
    const to = ["model_config", name];
    flat.put(to, {}, path);
    for (const key of OF_MODEL) flat.move([...path, key], [...to, key]);
    flat.move([...path, "reasoning", "family"], [...to, "reasoning_family"]);
    backends.forEach((backend, index) => {
      unread.push(...othersAt(flat, backend, [...BACKEND_KEYS, ...OF_BACKEND.map(([key]) => key)]));
      const endpoint = ["vllm_endpoints", count++];
      const given = flat.value([...backend, "name"]);
      const own = typeof given === "string" ? given : index === 0 ? "primary" : `backend-${index + 1}`;
      moveBackend(flat, backend, endpoint, `${name}_${own}`);
      flat.put([...to, "preferred_endpoints", index], `${name}_${own}`, backend);
      const type = flat.value([...backend, "type"]) ?? flat.value([...backend, "provider"]) ?? "vllm";
      if (flat.value([...path, "external_model_ids"]) === undefined) {
        flat.move([...path, "provider_model_id"], [...to, "external_model_ids", String(type)]);
      }
    });
  }
  for (const path of entries(flat, ["routing", "modelCards"])) {
    const name = flat.value([...path, "name"]);
    if (typeof name !== "string" || valueAt(flat.tree, ["model_config", name]) === undefined) continue;
    for (const key of OF_CARD) flat.move([...path, key], ["model_config", name, key]);
  }
  return unread;
}

/** The keys of a mapping that are not among these. */
function othersAt(flat: FlatTree, path: Path, known: readonly string[]): Path[] {
  const value = flat.value(path);
  if (!isMapping(value)) return [];
  return Object.keys(value).filter((name) => !known.includes(name)).map((name) => [...path, name]);
}

function moveBackend(flat: FlatTree, backend: Path, endpoint: Path, name: string): void {
  flat.put(endpoint, { name }, backend);
  for (const [from, to] of OF_BACKEND) flat.move([...backend, from], [...endpoint, to]);
  const variable = flat.value([...backend, "api_key_env"]);
  if (typeof variable === "string") {
    flat.put([...endpoint, "api_key"], `\${${variable}}`, [...backend, "api_key_env"]);
  }
  const address = [...backend, "endpoint"];
  const text = flat.value(address);
  if (typeof text !== "string") return;
  const secure = flat.value([...backend, "protocol"]) === "https";
  const url = URL.parse(text.includes("://") ? text : `${secure ? "https" : "http"}://${text}`);
  if (url === null) return flat.put([...endpoint, "address"], text, address);
  flat.put([...endpoint, "protocol"], url.protocol.slice(0, -1), address);
  flat.put([...endpoint, "address"], url.hostname, address);
  flat.put([...endpoint, "port"], Number(url.port) || (url.protocol === "https:" ? 443 : 80), address);
}

function entries(flat: FlatTree, path: Path): Path[] {
  const list = flat.value(path);
  return Array.isArray(list) ? list.map((_, index) => [...path, index]) : [];
}

/** The topmost keys that are neither known nor above one that is. */
function unreadOf(value: unknown, known: readonly Path[], path: Path): Path[] {
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([name, below]) => {
    const here = [...path, name];
    const prefix = (short: Path, long: Path) => short.every((step, index) => step === long[index]);
    if (known.some((it) => it.length <= here.length && prefix(it, here))) return [];
    return known.some((it) => prefix(here, it)) ? unreadOf(below, known, here) : [here];
  });
}
