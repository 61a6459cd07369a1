import { boolean, choice, choices, duration, integer, ratio, secret, text, url } from "../kinds.ts";
import { linearPattern } from "../linear_pattern.ts";
import { key, list, map, optional, required, section } from "../node.ts";

const ACTIONS = ["block", "annotate", "route"] as const;
const TYPES = ["patterns", "embedding", "model", "webhook"] as const;
const SPEAKERS = ["user", "tool", "document", "system", "assistant", "tool_description"] as const;

const detector = section("One detector: its type alone, or a mapping.", {
  type: required(
    choice(TYPES),
    "`patterns` knows the phrases of attacks in any spelling. `embedding` looks for the nearest example. `model` asks a " +
      "model for a verdict, `webhook` a service of yours.",
  ),
  model: optional(
    text("the name of a model"),
    "Of `models`: for `model` the one that is asked, for `embedding` the one that makes the vectors. Unset for " +
      "`embedding`: built-in vectors of words and pieces of words, which are lexical (texts are near each other where " +
      "they share words, not where they mean the same).",
  ),
  url: optional(
    url(),
    "For `webhook`: where texts are posted to (docs/guardrails.md says how). Redirects are not followed.",
  ),
  headers: map(
    "For `webhook`: headers of its own, such as `authorization`.",
    "header",
    required(secret(), "The value."),
  ),
  timeout: optional(duration(1), "For `webhook`: how long it may take. Unset: `jailbreak.deadline`."),
  threshold: optional(
    ratio(),
    "The score from which on it is believed. Unset: 0.7 for `patterns`, 0.65 for `embedding` with built-in vectors, 0.8 " +
      "with a model's, 0.5 for `model` and `webhook`.",
  ),
  asked_from: key(
    ratio(),
    "It is asked only where one before it came to at least this score: spares calls of models for what nothing speaks " +
      "against. 0: it is asked of everything.",
    0,
  ),
}, {
  expand: (given) => typeof given === "string" ? { type: given } : given,
  shorthand: { enum: [...TYPES] },
});

export const jailbreak = section("Attempts to turn a model against its instructions (prompt injection).", {
  enabled: key(boolean(), "Whether they are looked for.", false),
  detectors: list("Asked in their order until one is sure enough. Empty: `patterns`.", detector),
  on: key(
    choices(SPEAKERS),
    "Whose texts are looked at: what users say, what tools give back, documents, system prompts, what the model is said " +
      "to have said, descriptions of tools.",
    ["user", "tool", "document"],
  ),
  action: key(
    choice(ACTIONS),
    "What becomes of an attack: `block` refuses the request; `annotate` lets it pass and tells, in the header " +
      "`x-gateway-jailbreak` of the answer as well; `route` does that and has another model answer.",
    "block",
  ),
  actions: map(
    "Other actions by who said it, such as `tool: annotate`.",
    "speaker",
    required(choice(ACTIONS), "What becomes of it."),
  ),
  route_to: optional(text("the name of a model"), "Of `models`: for `route`, the one that answers."),
  phrases: list("For `patterns`: phrases of your own, found in any spelling.", required(text(), "One.")),
  patterns: map(
    "For `patterns`: a name and a regular expression, found as it stands.",
    "name",
    required(
      linearPattern(),
      "What is looked for, within a line of at most 256 characters; upper and lower case differ.",
    ),
  ),
  examples: list("For `embedding`: attacks, besides those that are built in.", required(text(), "One.")),
  harmless: list(
    "For `embedding`: what looks like an attack and is none, besides what is built in.",
    required(text(), "One."),
  ),
  exempt_keys: list(
    "Names of `auth.keys` whose requests are not looked at: developers' tools say much that looks like attacks.",
    required(text(), "One."),
  ),
  max_length: key(
    integer(100, 1_000_000),
    "For `model` and `webhook`: characters that they are shown, the last ones.",
    8000,
  ),
  deadline: key(duration(), "How long all detectors may take together; 0: without end.", "2s"),
  on_failure: key(
    choice(["open", "closed"]),
    "What becomes of a request that could not be looked at in time or at all: `open` lets it go on, `closed` refuses it.",
    "closed",
  ),
});
