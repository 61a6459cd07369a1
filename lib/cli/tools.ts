import type { Command } from "./command.ts";

/** The operator's tools by name, loaded when they are called: what serves does not wait for them. */
export const TOOLS: Readonly<Record<string, () => Promise<Command>>> = {
  "analyze-logs": async () => (await import("./analyze_logs.ts")).analyzeLogs,
  top: async () => (await import("./top.ts")).top,
  "tail-requests": async () => (await import("./tail_requests.ts")).tailRequests,
  "loadtest": async () => (await import("./loadtest.ts")).loadtest,
  "test-request": async () => (await import("./test_request.ts")).testRequest,
  replay: async () => (await import("./replay.ts")).replay,
  "profile-latency": async () => (await import("./profile_latency.ts")).profileLatencyCommand,
  "profile-throughput": async () => (await import("./profile_throughput.ts")).profileThroughput,
  "compare-providers": async () => (await import("./compare_providers.ts")).compareProviders,
  spend: async () => (await import("./spend.ts")).spend,
  keys: async () => (await import("./keys.ts")).keysCommand("key"),
  teams: async () => (await import("./keys.ts")).keysCommand("team"),
  users: async () => (await import("./keys.ts")).keysCommand("user"),
  export: async () => (await import("./export.ts")).exportCommand,
  import: async () => (await import("./import.ts")).importCommand,
  regression: async () => (await import("./regression.ts")).regression,
};
