import { durationOrPercentile, integer } from "../kinds.ts";
import { key, optionalSection } from "../node.ts";

export const hedge = optionalSection(
  "Ask a second target where the first takes long to begin its answer. The first content wins, the other one is given " +
    "up. Costs the tokens of both; draws on `retry.budget`.",
  {
    after: key(
      durationOrPercentile(),
      "When: after such a time without content, or after that in which such a share of the model's latest answers " +
        "began (`p95`; none before there were 20).",
      "p95",
    ),
    max: key(integer(1, 3), "Targets that are asked besides the first.", 1),
  },
);
