import { choice, duration, integer, size } from "../kinds.ts";
import { key, optional, section } from "../node.ts";
import { store, storePath } from "./store.ts";

export const conversations = section("Responses that are stored for `previous_response_id`.", {
  store: store(["memory", "sqlite", "redis", "postgres"]),
  path: storePath(),
  synchronous: key(
    choice(["normal", "full"]),
    "What an acknowledged turn survives on disk: `normal` the end of the process (`kill -9` too), `full` also a " +
      "loss of power, for one wait for the disk a commit.",
    "normal",
  ),
  timeout: key(
    duration(10),
    "How long one operation may take, waiting for other processes included; then the answer is " +
      "`conversation_store_unavailable`.",
    "1s",
  ),
  max_entries: optional(
    integer(1),
    "How many are kept; those unused for the longest time go first. Unset: 10000 in memory, 1000000 elsewhere.",
  ),
  max_size: optional(
    size(),
    "What they may take together. Unset: 256MiB in memory, 1GiB in Redis, 4GiB elsewhere.",
  ),
  ttl: optional(duration(1000), "How long one is kept. Unset: 24h in memory, 30d elsewhere."),
  background: section("Responses with `background: true`, which go on after their clients left.", {
    max_running: key(integer(1), "How many are made at a time, a process.", 64),
    max_queued: key(integer(0), "How many more may wait for their turn.", 256),
    max_event_size: key(size(), "How much of one response's events is kept to be streamed again.", "8MiB"),
    lease: key(
      duration(1000),
      "After how long without a sign of life of the process that makes a response the others give it up as failed; " +
        "so does the process itself once it was started anew.",
      "15s",
    ),
  }),
});
