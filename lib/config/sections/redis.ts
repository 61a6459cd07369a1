import { duration, secret, text } from "../kinds.ts";
import { key, optionalSection, required } from "../node.ts";

/** A Redis or Valkey server. @param late what becomes of a command that takes longer. */
export function redis(about: string, late: string) {
  return optionalSection(about, {
    url: required(
      secret(),
      "`redis://USER:PASSWORD@HOST:PORT/DATABASE`, or `rediss://` over TLS, best as `${VARIABLE}`.",
    ),
    prefix: key(text(), "Before each key, so that several may share a database.", "gateway:"),
    timeout: key(duration(1), `How long one command may take; then ${late}.`, "250ms"),
  });
}
