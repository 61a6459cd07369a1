import type { Report } from "./check.ts";
import type { FileConfig } from "./schema.ts";
import { resolveStore, type SharedStores } from "./stores.ts";

export type PassThroughConfig = Omit<FileConfig["pass_through"], "path"> & {
  /** Absolute; null elsewhere than on disk. */
  readonly path: string | null;
};

/** @param file the configuration's path, which a relative one starts from. */
export function resolvePassThrough(
  { pass_through: given, server }: Pick<FileConfig, "pass_through" | "server">,
  file: string,
  shared: SharedStores,
  report: Report,
): PassThroughConfig {
  // The default names a file whatever the store is.
  const path = given.store === "sqlite" ? given.path : null;
  const kept = resolveStore<typeof given.store>(["pass_through"], { ...given, path }, file, shared, report);
  if (kept.store === "memory" && given.provider !== null && !given.shared && server.workers !== 1) {
    report.add(
      ["server", "workers"],
      `is ${server.workers}, but whose files and batches are is kept in memory, which workers do not share; leave ` +
        "pass_through.store as it is, so that it is kept by SQLite",
    );
  }
  return { ...given, ...kept };
}

/** Whether it is kept whose files and batches are: where callers have keys, and share a provider's account. */
export function keepsOwners(
  { pass_through, auth, keys }: {
    readonly pass_through: Pick<PassThroughConfig, "provider" | "shared">;
    readonly auth: { readonly keys: readonly unknown[] };
    /** Virtual keys; null: there are none. */
    readonly keys: unknown;
  },
): boolean {
  const { provider, shared } = pass_through;
  return provider !== null && !shared && (auth.keys.length > 0 || keys !== null);
}
