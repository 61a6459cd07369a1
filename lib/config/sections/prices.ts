import { positive } from "../kinds.ts";
import { map, optional, section } from "../node.ts";

export const prices = map(
  "What models cost where the shipped prices are not yours: `PROVIDER/MODEL`, as targets are written.",
  "provider/model",
  section(
    "US dollars for a million tokens of each kind. Unset: as the plain ones; without `input` and `output` unknown.",
    {
      input: optional(positive(), "Input."),
      output: optional(positive(), "Output."),
      cached_input: optional(positive(), "Input that the provider read from its cache."),
      cache_write: optional(positive(), "Input that it wrote to its cache."),
      reasoning: optional(positive(), "Output spent on reasoning."),
      long_input: optional(positive(), "Input of requests with more than 200,000 input tokens."),
      long_output: optional(positive(), "Output of such requests."),
    },
  ),
);
