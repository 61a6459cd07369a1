import type { Dialect } from "../../telemetry/exchange.ts";
import type { AuthScheme } from "../catalog.ts";
import { authHeader } from "./auth_scheme.ts";

/** Where clients put a key, in the order in which they are looked at. */
const HEADERS = ["authorization", "x-api-key", "x-goog-api-key", "api-key"];
const IN_QUERY = "?key";
/** Schemes of families whose clients also have bearer tokens. */
const OWN_SCHEMES: Readonly<Partial<Record<AuthScheme, Dialect>>> = {
  "x-api-key": "anthropic",
  "x-goog-api-key": "google",
};
const BEARER = /^bearer +/i;
/** Longer than any key or token. */
const LONGEST = 16 * 1024;

/**
 * A client's own key for a provider, on its way there and nowhere else: it is kept no longer than its request,
 * nothing prints it, and the first host that gets it is the only one.
 */
export class PassedKey {
  readonly #key: string;
  readonly #header: string;
  readonly #dialect: Dialect;
  #origin: string | null = null;

  constructor(key: string, header: string, dialect: Dialect) {
    this.#key = key;
    this.#header = header;
    this.#dialect = dialect;
  }

  /**
   * The key that a request carries for its provider, a Google client's in its query perhaps; null where it carries
   * none.
   * @param taken the header whose key was the gateway's own, `?key` for the query's; empty: none was.
   * @param query the client's, with its `?`, or empty.
   */
  static of(headers: Headers, taken: string, dialect: Dialect, query = ""): PassedKey | null {
    for (const header of HEADERS) {
      if (header === taken) continue;
      const value = headers.get(header);
      if (value === null || (header === "authorization" && !BEARER.test(value))) continue;
      const key = header === "authorization" ? value.replace(BEARER, "") : value;
      if (key !== "" && key.length <= LONGEST) return new PassedKey(key, header, dialect);
    }
    if (dialect !== "google" || taken === IN_QUERY) return null;
    const key = new URLSearchParams(query).get("key") ?? "";
    return key === "" || key.length > LONGEST ? null : new PassedKey(key, IN_QUERY, dialect);
  }

  /**
   * The key as a provider takes it; null where another host has it already.
   * @param origin the provider's.
   */
  headersFor(origin: string, scheme: AuthScheme): readonly string[] | null {
    this.#origin ??= origin;
    if (this.#origin !== origin) return null;
    // Clients of these two have keys, and tokens which must stay in `Authorization`.
    const asItCame = this.#header === "authorization" && OWN_SCHEMES[scheme] === this.#dialect;
    return authHeader(asItCame ? "bearer" : scheme, this.#key);
  }

  /** The key itself, to strike it out of a message. */
  reveal(): string {
    return this.#key;
  }
}
