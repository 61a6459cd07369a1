import { dirname, isAbsolute, resolve } from "node:path";
import type { Report } from "./check.ts";
import type { ConversationsConfig } from "./config.ts";
import { formatDuration } from "./duration.ts";
import type { FileConfig } from "./schema.ts";
import { formatSize } from "./size.ts";

/** What holds where the file says nothing: a disk is larger than memory, and what is on it is meant to last. */
const DEFAULTS = {
  memory: { max_entries: 10_000, max_size: 256 * 1024 ** 2, ttl: 24 * 3_600_000 },
  sqlite: { max_entries: 1_000_000, max_size: 4 * 1024 ** 3, ttl: 30 * 24 * 3_600_000 },
} as const;

export interface ResolvedConversations {
  readonly conversations: ConversationsConfig;
  /** Values of keys that are not given, by formatted path, written as in a file. */
  readonly computed: ReadonlyMap<string, unknown>;
}

/** @param file the configuration's path, which a relative one starts from. */
export function resolveConversations(
  given: FileConfig["conversations"],
  file: string,
  report: Report,
): ResolvedConversations {
  const { path, store = null } = given;
  if (store === "memory" && path !== null) {
    report.add(["conversations", "path"], 'names a file, but conversations.store is "memory"');
  }
  if (store === "sqlite" && path === null) {
    report.add(["conversations", "path"], 'is missing; expected a file, for conversations.store is "sqlite"');
  }
  const kept = path === null ? "memory" : "sqlite";
  const defaults = DEFAULTS[kept];
  return {
    conversations: {
      ...given,
      store: kept,
      path: path === null ? null : isAbsolute(path) ? path : resolve(dirname(file), path),
      max_entries: given.max_entries ?? defaults.max_entries,
      max_size: given.max_size ?? defaults.max_size,
      ttl: given.ttl ?? defaults.ttl,
    },
    computed: new Map<string, unknown>([
      ["conversations.store", kept],
      ["conversations.max_entries", defaults.max_entries],
      ["conversations.max_size", formatSize(defaults.max_size)],
      ["conversations.ttl", formatDuration(defaults.ttl)],
    ]),
  };
}
