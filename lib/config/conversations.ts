import type { Report } from "./check.ts";
import type { ConversationsConfig } from "./config.ts";
import { formatDuration } from "./duration.ts";
import type { FileConfig } from "./schema.ts";
import type { StoreKind } from "./sections/store.ts";
import { formatSize } from "./size.ts";
import { resolveStore, type SharedStores } from "./stores.ts";

const MEMORY = { max_entries: 10_000, max_size: 256 * 1024 ** 2, ttl: 24 * 3_600_000 };
const DISK = { max_entries: 1_000_000, max_size: 4 * 1024 ** 3, ttl: 30 * 24 * 3_600_000 };

/** What holds where the file says nothing: a disk is larger than memory, and what is on it is meant to last. */
const DEFAULTS: Readonly<Record<StoreKind, typeof MEMORY>> = {
  memory: MEMORY,
  sqlite: DISK,
  redis: { ...DISK, max_size: 1024 ** 3 },
  postgres: DISK,
};

export interface ResolvedConversations {
  readonly conversations: ConversationsConfig;
  /** Values of keys that are not given, by formatted path, written as in a file. */
  readonly computed: ReadonlyMap<string, unknown>;
}

/** @param file the configuration's path, which a relative one starts from. */
export function resolveConversations(
  given: FileConfig["conversations"],
  file: string,
  shared: SharedStores,
  report: Report,
): ResolvedConversations {
  const { store, path } = resolveStore(["conversations"], given, file, shared, report);
  const defaults = DEFAULTS[store];
  return {
    conversations: {
      ...given,
      store,
      path,
      max_entries: given.max_entries ?? defaults.max_entries,
      max_size: given.max_size ?? defaults.max_size,
      ttl: given.ttl ?? defaults.ttl,
    },
    computed: new Map<string, unknown>([
      ["conversations.store", store],
      ["conversations.max_entries", defaults.max_entries],
      ["conversations.max_size", formatSize(defaults.max_size)],
      ["conversations.ttl", formatDuration(defaults.ttl)],
    ]),
  };
}
