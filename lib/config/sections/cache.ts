import { boolean, duration, integer, positive, ratio, secret, size, text } from "../kinds.ts";
import { key, list, optional, optionalSection, required, section } from "../node.ts";
import { ownRedis } from "./redis.ts";
import { store, storePath } from "./store.ts";

export const cache = section(
  "Answers that are kept and given to those who ask the same again, each tenant its own.",
  {
    enabled: key(boolean(), "Whether answers are kept.", false),
    models: list(
      "Models, as clients ask for them, whose answers are kept. Empty: all.",
      required(text("a model's name"), "A name or alias of `models`."),
    ),
    store: store(["memory", "sqlite", "redis", "postgres"]),
    path: storePath(),
    redis: ownRedis(
      "A Redis or Valkey server of the cache's own, in the place of `redis`; where it is given, `store` is `redis`.",
      "it is a miss",
    ),
    secret: optional(
      secret(),
      "Hashes what is asked into keys, so that who reads the store cannot try out what was asked. In memory it may be " +
        "left out; elsewhere it has to be given, the same for all processes.",
    ),
    namespace: key(text(), "Part of every key: another one begins an empty cache.", "1"),
    ttl: key(duration(1000), "How long an answer is kept.", "1h"),
    max_entries: key(
      integer(1),
      "How many are kept; those unused for the longest time go first. In Redis its own `maxmemory` says.",
      10_000,
    ),
    max_size: key(size(), "What they may take together. In Redis its own `maxmemory` says.", "256MiB"),
    max_answer_size: key(size(), "The largest answer that is kept, as the client gets it.", "1MiB"),
    max_temperature: optional(
      positive(),
      "Requests above this temperature are not looked up; one that names none has 1. Unset: all are.",
    ),
    tool_calls: key(
      boolean(),
      "Keep answers that call tools, or that the provider's own tools went into.",
      false,
    ),
    single_flight: key(
      boolean(),
      "Requests for an answer that is being made for another wait for it, and get it as it comes.",
      true,
    ),
    timeout: key(duration(1), "How long a look-up may take; then it is a miss.", "1s"),
    semantic: optionalSection(
      "Answer also questions that mean the same: the last message of the user's may differ, all else must be equal. " +
        "Absent: only the very same request is a hit.",
      {
        embedding: key(
          text("`ngram` or a model's name"),
          "What makes the vectors: a name of `models`, an embeddings model; or `ngram`, built in, which compares " +
            "spellings and not meanings.",
          "ngram",
        ),
        threshold: key(ratio(), "The least cosine of two questions that count as one.", 0.95),
        max_questions: key(
          integer(1),
          "How many are compared, in this process's memory; the oldest go first.",
          5_000,
        ),
      },
    ),
  },
);
