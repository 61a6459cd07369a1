import type { Path } from "../../path.ts";
import { convertKeys, type KeyRule, type KeyTable } from "../key_table.ts";
import { redisUrl } from "./redis_url.ts";
import { writeRedisNodes } from "./redis_nodes.ts";
import { copiedText, seconds, together } from "./rules.ts";
import { type LiteLlmState, shown } from "./state.ts";

/** Stores, by LiteLLM's name of the cache; `semantic`: similar questions have one answer. */
const STORES: Readonly<
  Record<string, { readonly store: "memory" | "sqlite" | "redis"; readonly semantic: boolean }>
> = {
  local: { store: "memory", semantic: false },
  disk: { store: "sqlite", semantic: false },
  redis: { store: "redis", semantic: false },
  "redis-semantic": { store: "redis", semantic: true },
  "valkey-semantic": { store: "redis", semantic: true },
  "qdrant-semantic": { store: "memory", semantic: true },
};

const UNKNOWN_STORES = ["s3", "gcs", "azure-blob"];

/** LiteLLM's own where it is started without a directory for its files. */
const DISK_FILE = ".litellm_cache/answers.db";

/** `litellm_settings.cache`; without `cache_params` it is in Redis, as its variables say. */
export function readCache(state: LiteLlmState, given: unknown, path: Path): void {
  const { draft } = state;
  const enabled = state.boolean(given, path);
  if (enabled === null) return;
  // The parameters may have said that nothing can be kept.
  draft.setDefault(["cache", "enabled"], enabled, path);
  const { litellm_settings: settings } = draft.document.tree;
  const params = typeof settings === "object" && settings !== null && "cache_params" in settings;
  if (enabled && !params) writeStore(state, "redis", {}, path);
}

/** `litellm_settings.cache_params`. */
export function readCacheParams(state: LiteLlmState, given: unknown, path: Path): void {
  const params = state.mapping(given, path);
  if (params === null) return;
  const { draft } = state;
  const { type = "redis" } = params;
  const known = typeof type === "string" && Object.hasOwn(STORES, type) ? STORES[type] : undefined;
  if (known === undefined) {
    const all = [...Object.keys(STORES), ...UNKNOWN_STORES];
    if (typeof type === "string" && UNKNOWN_STORES.includes(type)) {
      draft.note([...path, "type"], `is not supported: a cache in ${type}; nothing is kept`);
      draft.set(["cache", "enabled"], false, [...path, "type"]);
    } else draft.mistake([...path, "type"], `expected one of ${all.join(", ")}, got ${shown(type)}`);
    return;
  }
  if (type === "qdrant-semantic") {
    draft.note([...path, "type"], "answers and vectors are kept in memory, not in Qdrant", [
      "cache",
      "store",
    ]);
  }
  writeStore(state, known.store, params, [...path, "type"]);
  if (known.semantic) draft.set(["cache", "semantic"], {}, [...path, "type"]);
  convertKeys(CACHE_PARAMS, params, path, state);
  if (params.mode === "default_off") {
    draft.note(
      [...path, "mode"],
      "is not supported: requests that ask to be kept; nothing is kept",
      ["cache", "enabled"],
    );
    draft.set(["cache", "enabled"], false, [...path, "mode"]);
  }
}

function writeStore(
  state: LiteLlmState,
  store: "memory" | "sqlite" | "redis",
  params: Readonly<Record<string, unknown>>,
  path: Path,
): void {
  const { draft } = state;
  draft.set(["cache", "store"], store, path);
  if (store === "memory") return;
  const beside = path.slice(0, -1);
  if (store === "sqlite") {
    const folder = params.disk_cache_dir;
    const file = folder === undefined ? DISK_FILE : `${state.text(folder).replace(/\/+$/, "")}/answers.db`;
    draft.set(["cache", "path"], file, folder === undefined ? null : [...beside, "disk_cache_dir"]);
  } else if (!writeRedisNodes(state, params, beside)) {
    const host = params.host === undefined ? path : [...beside, "host"];
    draft.set(["cache", "redis", "url"], redisUrl(state, params, "", beside), host);
  }
  writeSecret(state, path);
}

/** What hashes questions into keys: the salt, else the master key. */
function writeSecret(state: LiteLlmState, path: Path): void {
  const { draft } = state;
  if (state.isSet("LITELLM_SALT_KEY")) {
    return draft.set(["cache", "secret"], state.reference("LITELLM_SALT_KEY"), null);
  }
  const master = draft.get(["auth", "master_key"]);
  if (typeof master === "string") {
    return draft.set(["cache", "secret"], master, ["general_settings", "master_key"]);
  }
  draft.set(["cache", "secret"], "litellm", null);
  draft.note(
    path,
    "what is asked is hashed without a secret, as LiteLLM does; set LITELLM_SALT_KEY, or cache.secret",
    ["cache", "secret"],
  );
}

const embedding: KeyRule<LiteLlmState> = {
  to: "`cache.semantic.embedding`",
  convert: ({ draft }, given, path) => draft.set(["cache", "semantic", "embedding"], given, path),
};

/** `litellm_settings.cache_params`. */
export const CACHE_PARAMS: KeyTable<LiteLlmState> = {
  title: "litellm_settings.cache_params",
  converted: {
    type: together(
      "`cache.store`: `local` in memory, `disk` in SQLite, `redis`; `…-semantic` with `cache.semantic`",
    ),
    mode: together("`default_off`: `cache.enabled: false`, for nobody can ask for it"),
    host: together("`cache.redis.url`"),
    port: together("`cache.redis.url`"),
    username: together("`cache.redis.url`"),
    password: together("`cache.redis.url`"),
    url: together("`cache.redis.url`"),
    db: together("`cache.redis.url`"),
    ssl: together("`cache.redis.url`, `rediss://`"),
    redis_startup_nodes: together("`redis.cluster`"),
    sentinel_nodes: together("`redis.sentinels`"),
    service_name: together("`redis.master_name`"),
    sentinel_password: together("`redis.sentinel_password`"),
    disk_cache_dir: together("`cache.path`"),
    namespace: copiedText(["cache", "namespace"]),
    ttl: seconds([["cache", "ttl"]]),
    default_in_redis_ttl: seconds([["cache", "ttl"]]),
    default_in_memory_ttl: seconds([["cache", "ttl"]]),
    similarity_threshold: {
      to: "`cache.semantic.threshold`",
      convert(state, given, path) {
        if (state.draft.has(["cache", "semantic"])) {
          state.draft.set(["cache", "semantic", "threshold"], state.native(given), path);
        }
      },
    },
    redis_semantic_cache_embedding_model: embedding,
    valkey_semantic_cache_embedding_model: embedding,
    qdrant_semantic_cache_embedding_model: embedding,
    socket_timeout: {
      to: "`cache.redis.timeout`, or `redis.timeout`",
      convert(state, given, path) {
        const value = state.seconds(given, path);
        const section = state.draft.has(["redis"]) ? ["redis"] : ["cache", "redis"];
        if (value !== null) state.draft.set([...section, "timeout"], value, path);
      },
    },
    supported_call_types: {
      to: "every kind that the gateway keeps; others are named",
      convert({ draft }, given, path) {
        const kept = [
          "acompletion",
          "completion",
          "atext_completion",
          "text_completion",
          "aresponses",
          "responses",
        ];
        const list = Array.isArray(given) ? given.map(String) : [];
        list.forEach((kind, index) => {
          if (!kept.includes(kind)) draft.note([...path, index], `answers of ${kind} are not kept`);
        });
      },
    },
  },
  unsupported: [
    [
      "one server of Redis, by its URL",
      "gcp_service_account gcp_ssl_ca_certs ssl_cert_reqs ssl_check_hostname ssl_ca_certs azure_redis_ad_token max_connections redis_flush_size",
    ],
    [
      "vectors are compared in memory",
      `qdrant_api_base qdrant_api_key qdrant_collection_name qdrant_quantization_config
      qdrant_semantic_cache_vector_size redis_semantic_cache_index_name valkey_semantic_cache_index_name
      semantic_cache_embedding_max_input_tokens semantic_cache_embedding_timeout semantic_cache_scope max_messages`,
    ],
    [
      "answers are kept in memory, SQLite or Redis",
      `s3_bucket_name s3_region_name s3_api_version s3_use_ssl s3_verify s3_endpoint_url s3_aws_access_key_id
      s3_aws_secret_access_key s3_aws_session_token s3_config s3_path gcs_bucket_name gcs_path_service_account gcs_path
      azure_account_url azure_blob_container`,
    ],
  ],
  needless: [["there is nothing of that kind to switch", "disable_copilot_system_to_assistant"]],
};
