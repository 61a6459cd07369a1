import { boolean, duration, integer, matching, moment, secret, text } from "../kinds.ts";
import { key, list, map, optional, optionalSection, required, section } from "../node.ts";
import { grants, limits } from "./account.ts";

function requestLimit(about: string) {
  return optionalSection(about, {
    requests: required(integer(1), "How many requests."),
    per: key(duration(1), "In which time.", "1m"),
    burst: optional(integer(1), "How many at once. Unset: as many as `requests`."),
  });
}

export const auth = section("Who may call. Without keys everybody may.", {
  keys: list(
    "Keys that clients present as `Authorization: Bearer …`, `x-api-key`, `x-goog-api-key`, or as `x-gateway-key` " +
      "where the others hold a provider's key (`auth: passthrough`).",
    section("One key: either `key` or `sha256`.", {
      name: required(text(), "What it is called in logs."),
      key: optional(secret(), "The key itself, best as `${VARIABLE}` or `${file:/run/secrets/…}`."),
      sha256: optional(
        matching("hex", "64 hexadecimal digits, the SHA-256 of the key", /^[0-9a-fA-F]{64}$/),
        "The key's SHA-256, so that the file holds no secret.",
      ),
      owner: optional(text(), "Who owns what is stored for it. Unset: the key itself, so keys do not share."),
      tags: map("What one wants to know of it later.", "tag", required(text(), "The value.")),
      rate_limit: requestLimit("Its own limit, in place of `rate_limit.per_key`."),
      team: optional(text(), "Its team, whose limits it shares where `auth.teams` has it. Unset: none."),
      user: optional(text(), "Whose it is. Unset: nobody's in particular."),
      expires_at: optional(
        moment(),
        "From when on it is refused: `2027-01-31`, or with time and zone `2027-01-31T12:00:00Z`. Unset: never.",
      ),
      ...grants("this key"),
      ...limits("this key"),
    }),
  ),
  teams: map(
    "Teams of the keys above. Those of virtual keys are made by the admin API.",
    "team",
    section("One team. Its limits are shared by all its keys, and none may do what the team may not.", {
      ...grants("the team's keys"),
      ...limits("the team's keys together"),
    }),
  ),
  master_key: optional(
    secret(),
    "The key for everything under `/admin/`; `GATEWAY_MASTER_KEY` sets it too. Unset: the admin API is off.",
  ),
  master_key_for_clients: key(
    boolean(),
    "The master key is a client's key too, of the name `master_key`, as it is with LiteLLM.",
    false,
  ),
  metrics: key(boolean(), "Ask for a key on the metrics path too.", false),
  health: key(boolean(), "Ask for a key on `/health`, `/livez` and `/readyz` too.", false),
});

export const rate_limit = section("Limits of requests, kept in memory. Absent: none.", {
  per_address: requestLimit(
    "Of a client's address (an IPv6 network of 64 bits counts as one), before its key is looked at.",
  ),
  per_key: requestLimit("Of a key."),
});
