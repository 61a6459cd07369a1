import { REDACTION_PATH } from "../../telemetry/names/redaction_path.ts";
import { boolean, choice, duration, integer, matching, size, text } from "../kinds.ts";
import { key, list, optional, required, section } from "../node.ts";

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

export const logging = section("The log.", {
  level: key(
    level,
    "The least serious level that is written. `LOG_LEVEL` and `--log-level` set it too.",
    "INFO",
  ),
  format: key(
    choice(["auto", "json", "pretty"]),
    "`auto` is `pretty` on a terminal and `json` elsewhere, in a file too.",
    "auto",
  ),
  slow_request_threshold: key(
    duration(),
    "A request that takes longer is logged as `request.slow`, and once while it is still open.",
    "30s",
  ),
  log_requests: key(
    boolean(),
    "Log the start of each request at INFO, not at DEBUG, and its body when it ends, redacted and cut.",
    false,
  ),
  log_responses: key(boolean(), "Log the body of each answer, redacted and cut.", false),
  log_queries: key(
    boolean(),
    "Log what the user said last, without what looks like a secret. `LOG_QUERIES` sets it too.",
    false,
  ),
  max_body_length: key(integer(1, 1_000_000), "Characters of a body in the log.", 8192),
  redact: section("What is never logged of a body, besides what looks like a secret.", {
    paths: list(
      "Places in bodies, such as `messages[*].content`, `input`, `metadata.*`.",
      required(
        matching("path", "keys with points between them, and [*] for the entries of lists", REDACTION_PATH),
        "A place.",
      ),
    ),
    keys: list(
      "Names of keys anywhere in a body, such as `*ssn*`; `*` stands for any characters.",
      required(text(), "A name."),
    ),
  }),
  log_file: optional(
    text("a path"),
    "A file in place of standard output. It is opened anew at SIGHUP, and soon after it was moved away.",
  ),
  rotation: section("When `log_file` is set aside, under its name with the time.", {
    max_size: key(size(), "Before it grows larger.", "100MiB"),
    daily: key(boolean(), "When a day (UTC) is over.", true),
    keep: key(duration(), "How long old files are kept.", "30d"),
    compress: key(boolean(), "Old files are compressed with gzip.", true),
  }),
});
