import { boolean, choice, text } from "../kinds.ts";
import { key, optional, optionalSection } from "../node.ts";

/** Where something can be kept. */
export const STORES = ["memory", "sqlite", "redis", "postgres"] as const;

export type StoreKind = typeof STORES[number];

/** The key `store` of a kind of thing that is kept. @param kinds those that it can be kept in. */
export function store<const K extends StoreKind>(kinds: readonly K[]) {
  return optional(
    choice(kinds),
    "Where they are kept; in `redis` and `postgres` any number of machines may share them, and the section of that " +
      "name says where it is. Unset: `sqlite` with a `path`, else `memory`.",
  );
}

/** The key `path` of a kind of thing that is kept. */
export function storePath() {
  return optional(
    text(),
    "The SQLite file, made where there is none; relative to the configuration. Several processes of one machine " +
      "may share it; a network file system will not do.",
  );
}

/** How a server is spoken to over TLS. @param when it is. */
export function storeTls(when: string) {
  return optionalSection(`How it is spoken to over TLS. ${when}`, {
    ca_file: optional(
      text(),
      "PEM of the certificate authorities to trust in the place of the system's. Unset: `SSL_CERT_FILE`'s, where it is set.",
    ),
    cert_file: optional(text(), "PEM of the gateway's own certificate, where the server asks for one."),
    key_file: optional(text(), "PEM of its key."),
    server_name: optional(
      text(),
      "The name in the server's certificate, where it is not the host that is connected to.",
    ),
    insecure: key(boolean(), "Take any certificate: who is in between reads everything.", false),
  });
}
