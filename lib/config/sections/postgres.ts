import { duration, integer, matching, secret } from "../kinds.ts";
import { key, optionalSection, required } from "../node.ts";
import { storeTls } from "./store.ts";

/** The database that is meant by `store: postgres`. */
export const postgres = optionalSection("A PostgreSQL database for all that says `store: postgres`.", {
  url: required(
    secret(),
    "`postgres://USER:PASSWORD@HOST:PORT/DATABASE`, best as `${VARIABLE}`. With `?sslmode=require`, `verify-ca` or " +
      "`verify-full` it is spoken to over TLS, and the certificate is checked.",
  ),
  schema: key(
    matching("name", "a name of small letters, digits and _", /^[a-z_][a-z0-9_]{0,62}$/),
    "The schema that its tables are in, made where there is none.",
    "llm_gateway",
  ),
  pool_size: key(integer(1, 1000), "Connections of one process at the most.", 10),
  timeout: key(
    duration(1),
    "How long one statement may take, the wait for a connection included. After three in a row that failed nobody waits " +
      "any more: one at a time tries again.",
    "250ms",
  ),
  connect_timeout: key(duration(1), "How long a connection may take to be made.", "2s"),
  tls: storeTls("It is used where this section is, or the URL's `sslmode` says so."),
});
