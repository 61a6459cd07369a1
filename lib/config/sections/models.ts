import { POLICIES } from "../../telemetry/names/policies.ts";
import { choice, choices, integer, positive, text } from "../kinds.ts";
import { key, list, map, optional, required, section } from "../node.ts";
import { POLICY } from "./backends.ts";
import { ownDropParams } from "./drop_params.ts";
import { hedge } from "./hedge.ts";
import { systemPrompt } from "./system_prompt.ts";
import { ownTimeouts } from "./timeouts.ts";

/** `provider/model`: a provider's name has no slash, so the first one divides. */
const TARGET = /^([^/]+)\/(.+)$/;

const SHORT = { type: "string", pattern: TARGET.source };

const target = section("One place that can answer.", {
  provider: required(text("the name of a provider"), "A name of `providers`."),
  model: optional(text("a model's name"), "The model's name there. Unset: as it is called here."),
  weight: key(
    positive(),
    "Its share of the traffic, relative to the other targets; 0 takes part only when the others failed.",
    1,
  ),
  stands_in_for: optional(
    text("the name of a provider"),
    "Used only while this provider is switched off (for want of its key), which is decided when the gateway starts.",
  ),
}, { expand: expandTarget, shorthand: SHORT });

export const models = map(
  "What clients may ask for: a name and where it is answered. A `*` in it stands for any text, and so does one in " +
    "the names of its targets: `openai/*: openai/*`. The name itself beats those with a `*`, and the longest of these counts.",
  "name",
  section("One model: `provider/model`, or a mapping.", {
    targets: list("Where it is answered, each `provider/model` or a mapping.", target),
    policy: optional(choice(POLICIES), `Order of its targets, in place of \`backends.policy\`: ${POLICY}`),
    hedge,
    continue_streams: key(
      choice(["never", "asked", "always"]),
      "Whether another target goes on with a stream that broke off after its first content, which the stream then says: " +
        "`asked` where the client sends `x-gateway-continue: on`, `always` unless it sends `off`. Text alone is gone on " +
        "with; answers pass through no more.",
      "never",
    ),
    fallbacks: list(
      "Models to ask once none of its targets can answer.",
      required(text("a model's name"), "A name of `models`."),
    ),
    context_window_fallbacks: list(
      "Models to ask where a request is too long for it.",
      required(text("a model's name"), "A name of `models`."),
    ),
    content_policy_fallbacks: list(
      "Models to ask where its provider's content policy refuses a request.",
      required(text("a model's name"), "A name of `models`."),
    ),
    aliases: list("Other names for it.", required(text("a model's name"), "A name.")),
    timeouts: ownTimeouts("Time-outs of this model, in place of its provider's."),
    drop_params: ownDropParams("its provider's"),
    can: optional(
      choices(["tools", "vision", "json", "reasoning", "nothing"]),
      "What it can do, for `routing`: `vision` means images, `json` answers by a schema, `nothing` none of these. " +
        "Unset: by the shipped table of models, else by its provider.",
    ),
    context_length: optional(
      integer(1),
      "Tokens that a prompt may have, for `routing`. Unset: by the shipped table, else any.",
    ),
    reasoning_switch: optional(
      text("a name"),
      "For models whose chat template has a switch for reasoning, as on vLLM and SGLang: its name among " +
        "`chat_template_kwargs`, such as `enable_thinking`. `routing` then sets it to true or false in place of an effort.",
    ),
    system_prompt: systemPrompt(
      "Put into the system prompt of requests for it, unless their category has its own.",
    ),
  }, { expand: expandModel, shorthand: SHORT }),
);

function expandModel(given: unknown): unknown {
  return typeof given === "string" ? { targets: [given] } : given;
}

function expandTarget(given: unknown): unknown {
  if (typeof given !== "string") return given;
  const match = TARGET.exec(given);
  return match === null ? { provider: given } : { provider: match[1], model: match[2] };
}
