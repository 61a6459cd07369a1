import { boolean, choice, choices, duration, ratio, text, url } from "../kinds.ts";
import { linearPattern } from "../linear_pattern.ts";
import { key, map, optional, optionalSection, required, section } from "../node.ts";

const ACTIONS = ["allow", "redact", "block"] as const;

export const pii = section("Personal and secret data in what is asked and answered.", {
  enabled: key(boolean(), "Whether it is looked for.", false),
  on: key(choices(["requests", "answers"]), "Where it is looked for.", ["requests", "answers"]),
  action: key(
    choice(ACTIONS),
    "What becomes of it: `redact` puts a placeholder such as `<EMAIL_1>` in its place, which in the answer becomes " +
      "what it was; `block` refuses the request or ends the answer; `allow` only tells of it.",
    "redact",
  ),
  types: map(
    "Other actions for single types, such as `card: block`.",
    "type",
    required(choice(ACTIONS), "What becomes of it."),
  ),
  patterns: map(
    "Types of your own: a name and a regular expression. Streamed answers are then held back a line at a time.",
    "name",
    required(
      linearPattern(),
      "What is looked for, within a line of at most 256 characters; upper and lower case differ.",
    ),
  ),
  deadline: key(duration(1), "How long looking at one request may take.", "2s"),
  on_failure: key(
    choice(["open", "closed"]),
    "What becomes of a request that could not be looked at in time or at all: `open` lets it go on, `closed` refuses it.",
    "closed",
  ),
  presidio: optionalSection("A Presidio analyser, which looks at requests as well.", {
    url: required(url(), "Its base URL, such as `http://presidio:5002`."),
    language: key(text(), "The language of what is asked, as Presidio names it.", "en"),
    min_score: key(ratio(), "The least score that counts.", 0.5),
  }),
  model: optional(
    text("a model's name"),
    "A model of `models` that is asked for names, addresses and the like in requests as well.",
  ),
});
