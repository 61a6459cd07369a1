import { boolean, choice, duration, integer, positive, ratio, text } from "../kinds.ts";
import { key, list, map, optional, optionalSection, required, section } from "../node.ts";
import { EFFORTS } from "./reasoning.ts";

/** What may choose a model. */
const STRATEGIES = [
  "auto",
  "llmrouter-knn",
  "cost",
  "latency",
  "complexity",
  "weighted",
  "rules",
] as const;

const model = required(text("the name of a model"), "The model: a name of `models`.");

const rule = section("One rule: all that it says has to hold.", {
  model,
  reasoning: optional(boolean(), "Whether it shall reason."),
  reasoning_effort: optional(choice(EFFORTS), "How much."),
  headers: map(
    "Request headers and their values; `*` stands for any.",
    "header",
    required(text(), "The value."),
  ),
  metadata: map("The same of the request's `metadata`.", "name", required(text(), "The value.")),
  keys: list("Names of `auth.keys`: who asks.", required(text(), "A name.")),
  users: list("Users, as the request names them.", required(text(), "A name.")),
  categories: list("What the request is about.", required(text("the name of a category"), "A name.")),
  min_tokens: optional(integer(0), "From so many tokens of input on (estimated)."),
  max_tokens: optional(integer(0), "Up to so many."),
  tools: optional(boolean(), "Whether the request has tools."),
  images: optional(boolean(), "Whether it has images."),
});

export const routing = optionalSection(
  "Lets clients ask for a model that is chosen for each request. Absent: they name it.",
  {
    auto_models: list(
      "The names by which they ask for it. Empty: `auto` and `MoM`.",
      required(text("a name"), "A name."),
    ),
    strategy: key(
      choice(STRATEGIES),
      "How it is chosen. `auto`: by category, cost and latency. `llmrouter-knn`: the model that did best on the most " +
        "similar prompts. `cost`: the cheapest. `latency`: the one that answered soonest of late. `complexity`: by how " +
        "hard the prompt looks. `weighted`: at random. `rules`: the first rule that holds. Each chooses among the " +
        "models that can do what the request needs.",
      "auto",
    ),
    models: list(
      "Those that may be chosen. Empty: every model that can chat.",
      required(text("the name of a model"), "A name of `models`."),
    ),
    default_model: optional(
      text("the name of a model"),
      "Chosen where nothing speaks for another. Unset: the first of `models`.",
    ),
    weights: section("For `auto`: what counts how much. The model with the largest sum is chosen.", {
      quality: key(positive(), "Its score for the category.", 1),
      cost: key(positive(), "How cheap it is among those that may be chosen.", 0.1),
      latency: key(positive(), "How soon it answers among them.", 0.1),
    }),
    knn: section("For `llmrouter-knn`.", {
      file: optional(
        text("a path"),
        'Labelled prompts, one JSON object a line: `{"prompt": …, "model": …}`, or `"scores": {MODEL: SCORE, …}` in ' +
          "place of the one that did best; relative to the configuration.",
      ),
      neighbours: key(integer(1, 1000), "How many of them vote, the nearer the more.", 5),
      model: optional(
        text("the name of a model"),
        "What makes the vectors, of `models`. Unset: built-in ones, which are lexical.",
      ),
      threshold: key(ratio(), "Prompts that are less similar do not vote.", 0.1),
    }),
    complexity: list(
      "For `complexity`: models by how hard a prompt may look for them, the easiest first.",
      section("One model.", {
        model,
        below: key(ratio(), "Prompts that look less hard than this, from 0 to 1.", 1),
      }),
    ),
    split: map("For `weighted`: models and their shares.", "model", key(positive(), "Its share.", 1)),
    rules: list("For `rules`.", rule),
    reasoning_effort: key(
      choice(EFFORTS),
      "How much models reason where they shall and nobody says how much.",
      "medium",
    ),
    system_prompts: key(
      choice(["all", "auto"]),
      "Whose requests get the system prompts of categories: everybody's, or those for which a model is chosen (`auto`).",
      "all",
    ),
    deadline: key(duration(), "How long the choice may take; then it is the default model's turn.", "2s"),
  },
);
