import { boolean, choice, duration } from "../kinds.ts";
import { key, section } from "../node.ts";

const LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] as const;

/** Spellings that mean a level. */
const SPELLINGS: Readonly<Record<string, string>> = { WARN: "WARNING", FATAL: "CRITICAL" };

const level = {
  ...choice(LEVELS),
  read(value: unknown) {
    const upper = typeof value === "string" ? value.toUpperCase() : value;
    return choice(LEVELS).read(typeof upper === "string" ? SPELLINGS[upper] ?? upper : upper);
  },
  json: { enum: [...LEVELS, "WARN", ...LEVELS.map((word) => word.toLowerCase()), "warn"] },
};

export const logging = section("The log, on standard output.", {
  level: key(
    level,
    "The least serious level that is written. `LOG_LEVEL` and `--log-level` set it too.",
    "INFO",
  ),
  format: key(
    choice(["auto", "json", "pretty"]),
    "`auto` is `pretty` on a terminal and `json` elsewhere.",
    "auto",
  ),
  slow_request_threshold: key(
    duration(),
    "A request that takes longer is logged as `request.slow`, and once while it is still open.",
    "30s",
  ),
  log_requests: key(boolean(), "Log the start of each request at INFO, not at DEBUG.", false),
});
