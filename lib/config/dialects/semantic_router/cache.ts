import { formatDuration } from "../../duration.ts";
import type { Path } from "../../path.ts";
import { pluginsOf } from "./decisions.ts";
import type { Reader } from "./reader.ts";

const AT = ["semantic_cache"];

export function convertCache(reader: Reader): void {
  const { draft } = reader;
  if (reader.flag([...AT, "enabled"]) !== true) return;
  const off = uncached(reader);
  if (off !== null) {
    draft.note(
      off,
      "keeps the answers of these requests out of the cache, which cannot be said of a category here: the cache is left " +
        "off for all (`cache.models` can say whose answers are kept)",
      ["server"],
    );
    return;
  }
  draft.set(["cache", "enabled"], true, [...AT, "enabled"]);
  convertBackend(reader);
  convertLimits(reader);
  draft.set(["cache", "semantic", "embedding"], "ngram", AT);
  draft.note(
    reader.has([...AT, "similarity_threshold"]) ? [...AT, "similarity_threshold"] : AT,
    "does not carry over: questions are compared by other vectors here, built in, which see spellings and not meanings. " +
      "`cache.semantic` takes an embeddings model and a threshold of its own. All but the last message has to be equal, " +
      "which the router does not ask for",
    ["cache", "semantic"],
  );
  for (const path of ownThresholds(reader)) {
    draft.note(path, "does not carry over: one threshold holds for all requests", ["cache", "semantic"]);
  }
}

function convertBackend(reader: Reader): void {
  const { draft } = reader;
  const path = [...AT, "backend_type"];
  const backend = reader.text(path)?.toLowerCase() ?? "memory";
  draft.set(["cache", "store"], "memory", reader.has(path) ? path : AT);
  if (backend === "memory") return;
  const why = backend === "redis" || backend === "valkey"
    ? "for a store outside the process `cache.secret` is needed, which the router's file has no place for: add the gateway's " +
      "own section `cache` with `store`, `secret` and `redis.url`"
    : `there is no ${backend} here; Redis and SQLite are (\`cache.store\`)`;
  draft.note(path, `answers are kept in memory: ${why}`, ["cache", "store"]);
}

function convertLimits(reader: Reader): void {
  const { draft } = reader;
  const ttl = reader.number([...AT, "ttl_seconds"]);
  if (ttl !== null) {
    // 0 is for ever there.
    draft.set(["cache", "ttl"], ttl === 0 ? "3650d" : formatDuration(ttl * 1000), [...AT, "ttl_seconds"]);
  }
  const entries = reader.number([...AT, "max_entries"]);
  if (entries !== null && entries > 0) draft.set(["cache", "max_entries"], entries, [...AT, "max_entries"]);
  const policy = [...AT, "eviction_policy"];
  if (reader.has(policy) && reader.text(policy)?.toLowerCase() !== "lru") {
    draft.remark(policy, "what was not used for the longest time goes first here (lru)", ["cache"]);
  }
}

/** Where a category or a decision says that its answers are not kept. */
function uncached(reader: Reader): Path | null {
  const switches = [
    ...reader.entries(["categories"]).map((path) => [...path, "semantic_cache_enabled"]),
    ...pluginsOf(reader, "semantic-cache").map((path) => [...path, "enabled"]),
  ];
  return switches.find((path) => reader.flag(path) === false) ?? null;
}

function ownThresholds(reader: Reader): Path[] {
  return [
    ...reader.entries(["categories"]).map((path) => [...path, "semantic_cache_similarity_threshold"]),
    ...pluginsOf(reader, "semantic-cache").map((path) => [...path, "similarity_threshold"]),
  ].filter((path) => reader.has(path));
}
