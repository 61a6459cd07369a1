import { boolean, choice, ratio, text } from "../kinds.ts";
import { linearPattern } from "../linear_pattern.ts";
import { key, list, map, optional, required, section } from "../node.ts";
import { EFFORTS } from "./reasoning.ts";
import { systemPrompt } from "./system_prompt.ts";

const chosen = section("How well a model does it: the score alone, or a mapping.", {
  score: key(ratio(), "From 0 to 1.", 1),
  reasoning: optional(boolean(), "Whether it shall reason on such requests. Unset: as the category says."),
  reasoning_effort: optional(choice(EFFORTS), "How much. Unset: as the category says."),
}, {
  expand: (given) => typeof given === "number" ? { score: given } : given,
  shorthand: { type: "number", minimum: 0, maximum: 1 },
});

export const categories = map(
  "What requests may be about, for `classification`; what becomes of them, for `routing`.",
  "name",
  section("One category.", {
    description: optional(
      text(),
      "What belongs to it, in a sentence: for the classifiers `embedding` and `model`.",
    ),
    keywords: list(
      "For the classifier `keyword`: words and phrases in any language, whatever their case; `*` at the end stands " +
        "for any ending.",
      required(text(), "One."),
    ),
    patterns: list(
      "For the classifier `keyword`: regular expressions, whatever the case, that are quick on any text: few open repetitions such as `\\d+`.",
      required(linearPattern(), "One."),
    ),
    examples: list("For the classifier `embedding`: requests of its kind.", required(text(), "One.")),
    models: map(
      "For the strategy `auto`: models that may answer, each with its score. Empty: any.",
      "model",
      chosen,
    ),
    reasoning: optional(
      boolean(),
      "Whether models shall reason on such requests, where the model was chosen for the client and the client says " +
        "nothing of it. Unset: left to them.",
    ),
    reasoning_effort: optional(choice(EFFORTS), "How much. Unset: `routing.reasoning_effort`."),
    system_prompt: systemPrompt("Put into the system prompt of such requests."),
  }),
);
