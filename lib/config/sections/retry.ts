import { duration, integer, ratio } from "../kinds.ts";
import { key, section } from "../node.ts";

export const retry = section("What happens when an upstream request fails before any content went out.", {
  attempts: key(integer(0, 10), "Upstream requests beyond the first.", 2),
  budget: key(
    ratio(),
    "Retries there may be, as a share of the requests (but at least 3 in ten seconds).",
    0.2,
  ),
  base_delay: key(
    duration(),
    "Wait before the first retry; it doubles with each, with full jitter.",
    "250ms",
  ),
  max_delay: key(duration(), "Longest such wait.", "8s"),
  max_retry_after: key(
    duration(),
    "Longest `Retry-After` of a provider that is waited for; a longer one is passed on to the client.",
    "30s",
  ),
});
