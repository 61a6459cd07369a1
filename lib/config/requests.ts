import type { Report } from "./check.ts";
import type { FileConfig } from "./schema.ts";
import { resolveStore, type SharedStores } from "./stores.ts";

/** Complete. */
export type RequestsConfig = Omit<FileConfig["requests"], "enabled" | "path" | "headers"> & {
  readonly enabled: boolean;
  readonly headers: boolean;
  /** Absolute; null elsewhere than on disk. */
  readonly path: string | null;
};

export interface ResolvedRequests {
  readonly requests: RequestsConfig;
  /** Values of keys that are not given, by formatted path. */
  readonly computed: ReadonlyMap<string, unknown>;
}

/** @param file the configuration's path, which a relative one starts from. */
export function resolveRequests(
  { requests: given, console, auth, logging }: FileConfig,
  file: string,
  shared: SharedStores,
  report: Report,
): ResolvedRequests {
  const seen = auth.master_key !== null || console.keys.length > 0;
  console.keys.forEach(({ name, key }, index) => {
    const path = ["console", "keys", index];
    if (key.empty) report.add([...path, "key"], "is empty; an empty key would let everybody look");
    const other = console.keys.findIndex((it) => it.name === name);
    if (other < index) {
      report.add([...path, "name"], `"${name}" is already the name of console.keys[${other}]`);
    }
    if (key.reveal() === auth.master_key?.reveal()) {
      report.add([...path, "key"], "is the master key; who may look could change everything");
    }
  });
  if (console.trace_link !== null && !console.trace_link.includes("{trace_id}")) {
    report.add(["console", "trace_link"], "names no {trace_id}");
  }
  const enabled = given.enabled ?? seen;
  const headers = given.headers ?? logging.log_requests;
  // The default names a file whatever the store is.
  const path = given.store === "sqlite" ? given.path : null;
  const kept = resolveStore<typeof given.store>(["requests"], { ...given, path }, file, shared, report);
  return {
    requests: { ...given, ...kept, enabled, headers },
    computed: new Map<string, unknown>([["requests.enabled", enabled], ["requests.headers", headers]]),
  };
}
