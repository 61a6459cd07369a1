import { boolean, choice, duration, integer, ratio, text } from "../kinds.ts";
import { key, list, optional, optionalSection, required, section } from "../node.ts";

const classifier = section("One classifier: its type alone, or a mapping.", {
  type: required(
    choice(["keyword", "embedding", "model"]),
    "`keyword` counts keywords and patterns. `embedding` looks for the nearest examples and descriptions. `model` asks " +
      "a model for one of the categories.",
  ),
  model: optional(
    text("the name of a model"),
    "Of `models`: for `model` the one that is asked, for `embedding` the one that makes the vectors. Unset for " +
      "`embedding`: built-in vectors of words and pieces of words, which are lexical (texts are near each other where " +
      "they share words, not where they mean the same) and need no model.",
  ),
  threshold: optional(
    ratio(),
    "The score from which on it is believed. Unset: 0.5 for `keyword` (one keyword of one category reaches it), 0.3 " +
      "for `embedding` with built-in vectors, 0.5 with a model's, 0 for `model`.",
  ),
  neighbours: key(
    integer(1, 50),
    "For `embedding`: of each category the nearest so many texts count, by the mean of their cosines.",
    1,
  ),
}, {
  expand: (given) => typeof given === "string" ? { type: given } : given,
  shorthand: { enum: ["keyword", "embedding", "model"] },
});

export const classification = optionalSection("Finds out what a request is about. Absent: nobody does.", {
  enabled: key(boolean(), "`false` switches it off.", true),
  classifiers: list(
    "Asked in their order until one is sure enough. Empty: `keyword`, then `embedding`.",
    classifier,
  ),
  text: key(
    choice(["last_user", "user", "all"]),
    "What is looked at: the last turn of the user's, all of the user's turns, or the whole conversation.",
    "last_user",
  ),
  max_length: key(
    integer(100, 100_000),
    "Characters of it; of a longer text the beginning and the end count.",
    4000,
  ),
  otherwise: key(text("a name"), "The category where nobody is sure.", "other"),
  deadline: key(duration(), "How long it may take.", "2s"),
  on_failure: key(
    choice(["open", "closed"]),
    "What becomes of a request whose classification failed: `open` goes on without one, `closed` is refused.",
    "open",
  ),
});
