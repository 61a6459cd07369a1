import type { Report } from "./check.ts";
import type { FileConfig } from "./schema.ts";
import type { StoreKind } from "./sections/store.ts";
import { resolveStore, type SharedStores } from "./stores.ts";

export type KeysConfig = Omit<FileConfig["keys"], "store" | "path"> & {
  readonly store: StoreKind;
  /** Absolute; null elsewhere than on disk. */
  readonly path: string | null;
};

/**
 * @param file the configuration's path, which a relative one starts from.
 * @returns null: there are no virtual keys.
 */
export function resolveKeys(
  { keys: given, server }: Pick<FileConfig, "keys" | "server">,
  file: string,
  shared: SharedStores,
  report: Report,
): KeysConfig | null {
  if (given.store === null && given.path === null) return null;
  const { store, path } = resolveStore(["keys"], given, file, shared, report);
  if (store === "memory" && server.workers !== 1) {
    report.add(
      ["server", "workers"],
      `is ${server.workers}, but keys are in memory, which workers do not share; set keys.path, so that they are ` +
        "kept by SQLite, which they may share, or keys.store",
    );
  }
  return { ...given, store, path };
}
