import type { HttpClient } from "../http_client.ts";
import { CredentialError } from "./credential_source.ts";
import { parsedAnswer } from "./small_answer.ts";
import { SmallPosts } from "./small_posts.ts";

/** An access token as its issuer gave it. */
export interface IssuedToken {
  readonly token: string;
  /** Milliseconds from now; null: the issuer does not say. */
  readonly lifetime: number | null;
}

/** However slowly it goes, a request of a model waits no longer for its token, milliseconds. */
const TIMEOUTS = { connect: 5_000, firstChunk: 10_000, betweenChunks: 10_000, total: 10_000 };
/** Codes of RFC 6749; nothing else of an answer may be told. */
const ERROR_CODE = /^[a-z_]{1,40}$/;

/**
 * The token endpoint of an authorization server.
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5
 */
export class TokenEndpoint {
  readonly #url: URL;
  readonly #posts: SmallPosts;
  readonly #headers: readonly string[];

  /** @param routeHeaders that the way there wants: `[name, value, …]`. */
  constructor(url: URL, client: HttpClient, routeHeaders: readonly string[]) {
    this.#url = url;
    this.#posts = new SmallPosts(client);
    this.#headers = [
      ...routeHeaders,
      "content-type",
      "application/x-www-form-urlencoded",
      "accept",
      "application/json",
      "accept-encoding",
      "identity",
    ];
  }

  /** Asks for a token. @throws {CredentialError} that names the host and what went wrong, and no secret. */
  async issue(form: Readonly<Record<string, string>>, headers: readonly string[] = []): Promise<IssuedToken> {
    const body = new TextEncoder().encode(new URLSearchParams(form).toString());
    const { pathname, search } = this.#url;
    const all = [...this.#headers, ...headers];
    const { answer, failure } = await this.#posts.send(pathname + search, all, body, TIMEOUTS);
    if (failure !== null) throw this.#error(failure.message);
    const json = parsedAnswer(answer.bytes);
    const token = json["access_token"];
    if (answer.status === 200 && typeof token === "string" && token !== "") {
      const seconds = Number(json["expires_in"] ?? NaN);
      return { token, lifetime: seconds > 0 ? seconds * 1000 : null };
    }
    const code = json["error"];
    const why = typeof code === "string" && ERROR_CODE.test(code) ? `: ${code}` : "";
    throw this.#error(
      answer.status === 200 ? "its answer holds no token" : `it answered ${answer.status}${why}`,
    );
  }

  /** Gives up what is under way. */
  close(): Promise<void> {
    return this.#posts.close();
  }

  #error(what: string): CredentialError {
    return new CredentialError("credentials_failed", `no token from ${this.#url.host}: ${what}`);
  }
}
