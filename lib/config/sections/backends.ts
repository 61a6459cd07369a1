import { POLICIES } from "../../telemetry/names/policies.ts";
import { boolean, choice, duration, integer } from "../kinds.ts";
import { key, optional, section } from "../node.ts";
import { ownRedis } from "./redis.ts";

export const POLICY =
  "`weighted` at random by weight; `priority` in the order of the file; `least_busy` by requests under way; `latency` by recent latency and what is under way, the better of two that are drawn; `cost` by price; `least_used` by tokens of the last minute. A weight of 0 takes part only when the others failed.";

export const backends = section(
  "Which of a model's targets is asked, and which are left alone for a while.",
  {
    policy: key(choice(POLICIES), `Order of the targets: ${POLICY}`, "weighted"),
    sticky: key(
      boolean(),
      "Requests of one conversation (`conversation`, or `session_id` in `metadata`) go to one target as long as that is there.",
      false,
    ),
    headers: optional(
      boolean(),
      "Tell providers what was chosen, in `x-vsr-destination-endpoint` and `x-selected-model`. Unset: where `semantic_router` is the first of `observability.conventions`.",
    ),
    max_rest: key(
      duration(),
      "Longest time that a target is left alone because it answered 429 or 5xx with `Retry-After`; 0 is never.",
      "1m",
    ),
    redis: ownRedis(
      "A Redis or Valkey server through which all workers and machines know what `least_used` goes by: the tokens of " +
        "the last minute, told each second. While it is away each goes by its own. Unset: `redis`, where that is given.",
      "the process goes by its own",
    ),
    breaker: section("When a target is not asked any more, one probe at a time aside.", {
      failures: key(
        integer(0),
        "Failures in a row after which it opens; 0: never. A client's own fault is none.",
        5,
      ),
      base_delay: key(duration(1), "First penalty; it doubles each time a probe fails, with jitter.", "1s"),
      max_delay: key(duration(1), "Longest penalty.", "1m"),
    }),
  },
);
