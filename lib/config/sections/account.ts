import { choice, integer, network, positive, text } from "../kinds.ts";
import { list, optional, optionalList, required, section } from "../node.ts";

/** What somebody may ask for at most: keys of sections that have limits. @param whose `this key`. */
export function limits(whose: string) {
  return {
    rpm: optional(integer(1), `Requests a minute of ${whose}. Unset: no limit.`),
    tpm: optional(integer(1), `Tokens a minute of ${whose}, of input and output together. Unset: no limit.`),
    max_parallel: optional(integer(1), `Requests of ${whose} under way at a time. Unset: no limit.`),
    budgets: list(
      `What ${whose} may spend, one budget a period at most.`,
      section("One budget.", {
        per: required(choice(["day", "week", "month"]), "The period, by the calendar in UTC."),
        usd: required(positive(), "US dollars."),
      }),
    ),
  };
}

/** What somebody may ask for, and from where. @param whose `this key`. */
export function grants(whose: string) {
  return {
    models: optionalList(
      `Models that ${whose} may ask for, by name or alias; a \`*\` stands for any text. Unset: all.`,
      required(text(), "A model."),
    ),
    routes: optionalList(
      `Routes that ${whose} may call, as the log has them in \`path\` (\`/v1/responses/{id}\`); a \`*\` stands for ` +
        "any text. Unset: all.",
      required(text(), "A route."),
    ),
    addresses: optionalList(
      `Networks (CIDR) or addresses that ${whose} may be used from. Unset: all.`,
      required(network(), "A network."),
    ),
  };
}
