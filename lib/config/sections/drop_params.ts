import { choice } from "../kinds.ts";
import { key, optional } from "../node.ts";

const policy = choice(["drop", "refuse", "pass"]);

export const drop_params = key(
  policy,
  "What becomes of what a model's API has no way to say, or its provider is known to refuse. `drop`: it is left out, " +
    "and the answer's `x-gateway-dropped-params` names it. `refuse`: the request is refused (400) before anything is " +
    "sent. `pass`: it is sent where the API has a field of that name or takes what it does not know, and left out " +
    "elsewhere. docs/matrix.md says what that is, for each API.",
  "drop",
);

/** The same of a provider or a model. */
export function ownDropParams(instead: string) {
  return optional(policy, `\`drop\`, \`refuse\` or \`pass\`, in place of ${instead}.`);
}
