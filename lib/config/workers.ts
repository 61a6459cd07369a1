import type { Report } from "./check.ts";
import type { ConversationsConfig } from "./config.ts";
import type { FileConfig } from "./schema.ts";

/**
 * How many processes serve.
 * @param processors of the machine, for `auto`.
 */
export function resolveWorkers(
  { workers }: FileConfig["server"],
  conversations: ConversationsConfig,
  processors: number,
  report: Report,
): number {
  // Also where `auto` would come to one: the same file is to be as good on a larger machine.
  if (workers !== 1 && conversations.store === "memory") {
    report.add(
      ["server", "workers"],
      `is ${workers}, but conversations are in memory, which workers do not share; set conversations.path, so ` +
        "that they are kept by SQLite, which they may share, or conversations.store",
    );
  }
  return workers === "auto" ? Math.max(1, processors) : workers;
}
