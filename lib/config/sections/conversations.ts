import { choice, duration, integer, size } from "../kinds.ts";
import { key, section } from "../node.ts";

export const conversations = section("Responses that are stored for `previous_response_id`.", {
  store: key(choice(["memory"]), "Where they are kept.", "memory"),
  max_entries: key(integer(1), "How many are kept; the oldest go first.", 10_000),
  max_size: key(size(), "How much memory they may take.", "256MiB"),
  ttl: key(duration(1000), "How long one is kept.", "24h"),
});
