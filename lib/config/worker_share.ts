import type { Config } from "./config.ts";
import { formatPath, isMapping, type Path, type Tree, valueAt } from "./path.ts";

/** What each worker counts for itself; `*` is any name or entry. What is divided is what all may have together. */
const DIVIDED: readonly (readonly string[])[] = [
  ["server", "max_connections"],
  ["server", "max_in_flight"],
  ["server", "max_memory"],
  ["rate_limit", "per_address", "requests"],
  ["rate_limit", "per_address", "burst"],
  ["rate_limit", "per_key", "requests"],
  ["rate_limit", "per_key", "burst"],
  ["auth", "keys", "*", "rate_limit", "requests"],
  ["auth", "keys", "*", "rate_limit", "burst"],
  ["providers", "*", "max_connections"],
  ["providers", "*", "max_queue"],
];

/** The same of cached answers, where each worker has its own: elsewhere all have one store, and the whole of it. */
const DIVIDED_CACHE = [["cache", "max_entries"], ["cache", "max_size"]];

/** The same of what is counted by rules (`lib/stages/limits/`), which divide it themselves, where it is in memory. */
const DIVIDED_BY_RULES = [
  ["limits", "keys"],
  ["limits", "models", "*"],
  ["auth", "keys", "*"],
  ["auth", "teams", "*"],
].flatMap((whose) => ["rpm", "tpm", "max_parallel"].map((key) => [...whose, key]));

/** One limit of which each worker has its share. */
export interface DividedLimit {
  /** Formatted path. */
  readonly key: string;
  readonly whole: number;
  readonly share: number;
}

/** The configuration of one of so many workers: its share of each limit, rounded up, so that none has nothing. */
export function shareOf(config: Config, workers: number): Config {
  if (workers === 1) return config;
  return placesIn(config, dividedByConfig(config)).reduce<Config>(
    (shared, { path, value }) => replaced(shared, path, Math.ceil(value / workers)) as Config,
    config,
  );
}

/** What is divided among so many workers, for people. */
export function dividedLimits(config: Config, workers: number): DividedLimit[] {
  if (workers === 1) return [];
  const byRules = config.limits.store === "memory" ? DIVIDED_BY_RULES : [];
  return placesIn(config, [...dividedByConfig(config), ...byRules]).map(({ path, value }) => ({
    key: formatPath(path),
    whole: value,
    share: Math.ceil(value / workers),
  }));
}

function dividedByConfig({ cache }: Config): readonly (readonly string[])[] {
  return cache.store === "memory" ? [...DIVIDED, ...DIVIDED_CACHE] : DIVIDED;
}

function placesIn(
  config: Config,
  patterns: readonly (readonly string[])[],
): { path: Path; value: number }[] {
  return patterns.flatMap((pattern) => expand(config, pattern)).flatMap((path) => {
    const value = valueAt(config, path);
    return typeof value === "number" && value > 0 ? [{ path, value }] : [];
  });
}

/** Every path of the tree that a pattern names. */
function expand(tree: unknown, pattern: readonly string[], before: Path = []): Path[] {
  const star = pattern.indexOf("*");
  if (star < 0) return [[...before, ...pattern]];
  const head = [...before, ...pattern.slice(0, star)];
  const at = valueAt(tree, head);
  const steps: Path = Array.isArray(at) ? [...at.keys()] : isMapping(at) ? Object.keys(at) : [];
  return steps.flatMap((step) => expand(tree, pattern.slice(star + 1), [...head, step]));
}

/** A copy along the path with another value at its end; all else is shared. */
function replaced(tree: unknown, path: Path, value: number): unknown {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (Array.isArray(tree)) return tree.map((it, index) => index === first ? replaced(it, rest, value) : it);
  const mapping: Tree = isMapping(tree) ? tree : {};
  return { ...mapping, [first]: replaced(mapping[first], rest, value) };
}
