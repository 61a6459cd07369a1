import { duration, integer, matching, secret, text } from "../kinds.ts";
import { key, list, optional, optionalSection, required } from "../node.ts";
import { storeTls } from "./store.ts";

const URL = "`redis://USER:PASSWORD@HOST:PORT/DATABASE`, or `rediss://` over TLS, best as `${VARIABLE}`";

const PREFIX = "Before each key, so that several may share a database.";

/** The server that is meant by `store: redis`, by itself, behind Sentinels, or a cluster. */
export const redis = optionalSection(
  "A Redis (5 or newer) or Valkey server for all that says `store: redis`, and for what processes tell each other. One " +
    "of `url`, `sentinels` and `cluster` says where it is.",
  {
    url: optional(secret(), `${URL}.`),
    sentinels: list(
      "Sentinels that know which server is the master now; they are asked in turn.",
      required(
        matching(
          "`HOST:PORT`",
          "HOST:PORT, such as sentinel-1:26379",
          /^(\[[0-9a-fA-F:.]+\]|[^\s:/@[\]]+):(\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])$/,
        ),
        "Where one is.",
      ),
    ),
    master_name: key(text(), "What the Sentinels call the master.", "mymaster"),
    sentinel_username: optional(
      text(),
      "Who the gateway is to the Sentinels. Unset: `default`, with a password.",
    ),
    sentinel_password: optional(secret(), "The Sentinels' own password; the servers' is `password`."),
    cluster: list(
      "Nodes of a cluster; the others are learnt from them.",
      required(secret(), "`redis://USER:PASSWORD@HOST:PORT`, or `rediss://`: of one kind, with one login."),
    ),
    username: optional(text(), "Who the gateway is to the servers, where no URL says so."),
    password: optional(secret(), "Its password, where no URL holds one."),
    database: optional(
      integer(0),
      "The number of the database, where no URL says so; a cluster has but 0. Unset: 0.",
    ),
    prefix: key(text(), PREFIX, "gateway:"),
    timeout: key(
      duration(1),
      "How long one command may take. After three in a row that failed nobody waits any more: one at a time tries again.",
      "250ms",
    ),
    connect_timeout: key(
      duration(1),
      "How long a connection may take to be made; no request waits for it.",
      "1s",
    ),
    tls: storeTls(
      "With `sentinels`, which are spoken to alike, it is used where this section is; else where a URL " +
        "begins with `rediss://`.",
    ),
  },
);

/** A server of a section's own. @param late what becomes of a command that takes longer. */
export function ownRedis(about: string, late: string) {
  return optionalSection(about, {
    url: required(secret(), `${URL}. What \`redis.tls\` says goes for it too.`),
    prefix: key(text(), PREFIX, "gateway:"),
    timeout: key(duration(1), `How long one command may take; then ${late}.`, "250ms"),
  });
}
