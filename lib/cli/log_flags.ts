import { EVERYTHING, isStatusList, LEVEL_NAMES, type LogFilter, momentOf } from "../tools/logs/log_filter.ts";
import { type Flag, UsageError } from "./args.ts";
import { type Flags, flagValue } from "./command.ts";

/** Flags that say which requests of a log are meant. */
export const LOG_FLAGS: readonly Flag[] = [
  { name: "model", value: "MODEL", about: "requests of this model" },
  { name: "level", value: "LEVEL", about: `lines of at least this level: ${LEVEL_NAMES.join(", ")}` },
  { name: "status", value: "LIST", about: "requests of these statuses, such as 429,5xx" },
];

/** For tools that do not need `--key` to send anything. */
export const KEY_FLAG: Flag = {
  name: "key",
  value: "KEY",
  about: "requests of this key: the whole, its last four characters, or its name",
};

/** @throws {UsageError} for values that mean nothing. */
export function logFilter(flags: Flags, command: string, now: number): LogFilter {
  const moment = (name: string) => {
    const text = flagValue(flags, name);
    if (text === null) return null;
    const time = momentOf(text, now);
    if (time !== null) return time;
    throw new UsageError(
      `--${name}: expected a time such as 2026-03-01T14:30:00Z or 14:30 (UTC), or how long ago, such as 30m, got "${text}"`,
      command,
    );
  };
  const level = flagValue(flags, "level")?.toUpperCase() ?? null;
  if (level !== null && level !== "WARN" && !LEVEL_NAMES.some((name) => name === level)) {
    throw new UsageError(`--level: expected ${LEVEL_NAMES.join(", ")}, got "${level}"`, command);
  }
  const status = flagValue(flags, "status");
  if (status !== null && !isStatusList(status)) {
    throw new UsageError(`--status: expected statuses such as 503 or 429,5xx, got "${status}"`, command);
  }
  return {
    ...EVERYTHING,
    since: moment("since"),
    until: moment("until"),
    model: flagValue(flags, "model"),
    level,
    status,
  };
}
