import { choice, duration, integer, secret } from "../kinds.ts";
import { key, list, map, optional, optionalSection, required, section } from "../node.ts";
import { limits as accountLimits } from "./account.ts";
import { store, storePath } from "./store.ts";

const TOKENS =
  "Tokens are reserved by estimate when a request comes, and what it did not use is given back when it ends.";

export const limits = section(
  "Limits and budgets of those who call and of what they call. Those of single keys and teams stand in `auth`, those of " +
    "virtual keys are set by the admin API. Absent: none.",
  {
    store: optional(
      choice(["memory", "redis"]),
      "Where it is counted. In `redis` for any number of processes and machines together, and the section of that name " +
        "says where it is; in `memory` each worker has its share of every limit. Unset: `memory`.",
    ),
    on_store_failure: key(
      choice(["local", "closed"]),
      "What becomes of requests while the store does not answer: each process counts for itself, or all that have a " +
        "limit are refused with 503.",
      "local",
    ),
    keys: section(`Of every key that says nothing else. ${TOKENS}`, { ...accountLimits("each key") }),
    models: map(
      "Of models, as clients ask for them: of all requests together.",
      "name",
      section("Limits of one model.", { ...accountLimits("this model") }),
    ),
    expected_output: key(
      integer(0),
      "Tokens of output that are reserved for a request that sets no maximum of its own.",
      1_024,
    ),
    alerts: optionalSection("Tells somebody when budgets come to an end. Absent: the log alone says so.", {
      webhook: required(secret(), "URL that is sent a JSON object by POST; redirects are not followed."),
      headers: map("Headers to send with it.", "name", required(secret(), "The value.")),
      timeout: key(duration(1), "How long one try may take.", "5s"),
      addresses: key(
        choice(["any", "public"]),
        "Addresses that its host may have, as `providers.NAME.addresses` has it. `public`: those of the internet.",
        "any",
      ),
    }),
    thresholds: list(
      "Percent of a budget at which an alert is given, once each in a period. Empty: 50, 80 and 100.",
      required(integer(1, 100), "Percent."),
    ),
  },
);

export const spend = section(
  "What was spent, by day, key, team, user and model. It is kept where there are budgets or virtual keys, or `store` or " +
    "`path` is set.",
  {
    store: store(["memory", "sqlite", "redis", "postgres"]),
    path: storePath(),
    retention: key(duration(1), "How long days are kept. Budgets need those of the present month.", "400d"),
    timeout: key(duration(1), "How long an SQLite command may take.", "1s"),
  },
);
