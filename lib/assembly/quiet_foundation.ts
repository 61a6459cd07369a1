import type { Config } from "../config/config.ts";
import { type Foundation, openFoundation } from "./foundation.ts";

/** What a command needs to run stages by itself: nothing is kept, logged, exported or counted for others. */
export function openQuietFoundation(config: Config, version: string): Promise<Foundation> {
  const { observability } = config;
  const quiet: Config = {
    ...config,
    backends: { ...config.backends, redis: null },
    keys: null,
    conversations: { ...config.conversations, store: "memory", path: null },
    limits: { ...config.limits, store: "memory", alerts: null },
    spend: { ...config.spend, store: "memory", path: null, asked: false },
    requests: { ...config.requests, enabled: false },
    logging: { ...config.logging, log_file: null },
    observability: {
      ...observability,
      metrics: {
        ...observability.metrics,
        sharedDirectory: null,
        push: { ...observability.metrics.push, exporters: [] },
      },
      logs: { ...observability.logs, exporters: [] },
      tracing: { ...observability.tracing, enabled: false, exporters: [] },
    },
  };
  const writer = { write: (bytes: Uint8Array) => Promise.resolve(bytes.length) };
  return openFoundation(quiet, { version, writer, terminal: false });
}
