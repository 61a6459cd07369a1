import type { Config, ExporterConfig } from "./config.ts";

/** Where telemetry may be written to files, which another configuration may begin to do. */
export const TELEMETRY_FILES: readonly {
  readonly path: readonly string[];
  readonly writes: (config: Config) => boolean;
}[] = [
  { path: ["logging", "log_file"], writes: ({ logging }) => logging.log_file !== null },
  {
    path: ["observability", "logs", "exporters"],
    writes: ({ observability }) => observability.logs.exporters.some(isFile),
  },
  {
    path: ["observability", "metrics", "push", "exporters"],
    writes: ({ observability }) => observability.metrics.push.exporters.some(isFile),
  },
  {
    path: ["observability", "tracing", "exporters"],
    writes: ({ observability }) => observability.tracing.exporters.some(isFile),
  },
];

/** Whether the gateway writes any file under this configuration. One that writes none gives up the right to. */
export function writesFiles(config: Config): boolean {
  const { cache, conversations, keys, observability, pass_through, requests, spend } = config;
  const paths = [conversations.path, cache.path, spend.path, keys?.path ?? null];
  // Its callers may get keys while it runs.
  const owners = pass_through.provider !== null && !pass_through.shared && pass_through.path !== null;
  return (requests.enabled && requests.store === "sqlite") || owners || paths.some((path) => path !== null) ||
    observability.metrics.sharedDirectory !== null || TELEMETRY_FILES.some(({ writes }) => writes(config));
}

function isFile({ type }: ExporterConfig): boolean {
  return type === "file";
}
