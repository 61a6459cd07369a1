import { choice, duration, integer, matching } from "../kinds.ts";
import { key, optional, optionalSection } from "../node.ts";

export const healthCheck = optionalSection(
  "Ask it now and then whether it is well, with its own credentials, and leave its targets alone while it is not. " +
    "These requests are no clients' requests and count as none. Each worker asks for itself.",
  {
    ask: key(
      choice(["path", "model"]),
      "`path`: `GET` a path. `model`: ask each model of its targets for one token, which costs that.",
      "path",
    ),
    path: optional(
      matching("path", "a path that begins with `/`", /^\/\S*$/),
      "From the root of its host. Unset: the type's own, such as `/health` for vLLM, and the list of models for most.",
    ),
    interval: key(duration(100), "From one check to the next; up to a fifth more or less.", "30s"),
    timeout: key(duration(10), "Time for the whole answer; what takes longer failed.", "5s"),
    failures: key(integer(1), "Checks in a row that fail before it is left alone.", 3),
    successes: key(integer(1), "Checks in a row that succeed before it is asked again.", 2),
  },
);
