import type { OpenTransfers } from "../assembly/transfers.ts";
import { momentOf } from "../tools/logs/log_filter.ts";
import type { TransferFilter } from "../stores/transfer/transfer.ts";
import { type Flag, UsageError } from "./args.ts";
import { CONFIG_FLAG, type Flags, flagValue } from "./command.ts";
import { configPath, loadSettings } from "./settings.ts";
import type { System } from "./system.ts";

/** Flags of `export` and `import`. */
export const TRANSFER_FLAGS: readonly Flag[] = [
  CONFIG_FLAG,
  {
    name: "only",
    value: "NAMES",
    about: "of these alone: conversations, keys, owned_ids, requests, spend; several are parted by commas",
  },
  { name: "owner", value: "OWNER", about: "what belongs to this owner" },
  {
    name: "since",
    value: "TIME",
    about: "what changed since then: 2026-03-01T14:30:00Z, or how long ago, 30d",
  },
];

/** @throws {UsageError} */
export function transferFilter(flags: Flags, command: string, now: number): TransferFilter {
  const text = flagValue(flags, "since");
  const since = text === null ? 0 : momentOf(text, now);
  if (since !== null) return { owner: flagValue(flags, "owner"), since };
  throw new UsageError(
    `--since: expected a time such as 2026-03-01T14:30:00Z, or how long ago, such as 30d, got "${text}"`,
    command,
  );
}

/**
 * Opens what the configuration keeps, and closes it after `work`.
 * @returns the exit code: that of `work`, or 2 where it cannot be opened or there is nothing.
 */
export async function withTransfers(
  flags: Flags,
  system: System,
  command: string,
  work: (open: OpenTransfers) => Promise<number>,
): Promise<number> {
  const [{ openTransfers, TRANSFERS }, { Logger }, { LogSink }, { systemClock }] = await Promise.all([
    import("../assembly/transfers.ts"),
    import("../telemetry/logger.ts"),
    import("../telemetry/log_sink.ts"),
    import("../clock.ts"),
  ]);
  const names = flagValue(flags, "only")?.split(",").map((name) => name.trim()) ?? [];
  const known = TRANSFERS.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`--only: expected one of ${known.join(", ")}, got "${unknown}"`, command);
  }
  const loaded = await loadSettings(flags, system);
  if (loaded === null) return 2;
  // What stores have to say of themselves comes out by what fails.
  const sink = new LogSink({ writer: { write: (bytes) => Promise.resolve(bytes.length) } });
  const logger = new Logger({
    sink,
    clock: systemClock,
    level: "CRITICAL",
    format: { type: "pretty", colour: false },
  });
  let open: OpenTransfers;
  try {
    open = await openTransfers(loaded.config, names, logger);
  } catch (error) {
    system.err(`${configPath(flags, system)}: ${error instanceof Error ? error.message : error}`);
    return 2;
  }
  try {
    for (const [name, why] of open.absent) system.err(`left out: ${name}: ${why}`);
    if (open.transfers.length > 0) return await work(open);
    system.err(`gateway: there is nothing to ${command}`);
    return 2;
  } finally {
    await open.close();
  }
}
