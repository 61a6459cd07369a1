import { joinBytes } from "../../wire/join_bytes.ts";
import type { HttpClient } from "../http_client.ts";
import type { UpstreamError, UpstreamHandler } from "../provider.ts";
import { CredentialError } from "./credential_source.ts";

/** An access token as its issuer gave it. */
export interface IssuedToken {
  readonly token: string;
  /** Milliseconds from now; null: the issuer does not say. */
  readonly lifetime: number | null;
}

/** The most that an issuer may answer, bytes. */
const MAX_ANSWER = 64 * 1024;
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
  readonly #client: HttpClient;
  readonly #headers: readonly string[];
  readonly #running = new Set<() => void>();

  /** @param routeHeaders that the way there wants: `[name, value, …]`. */
  constructor(url: URL, client: HttpClient, routeHeaders: readonly string[]) {
    this.#url = url;
    this.#client = client;
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
    const answer = new TokenAnswer();
    const all = [...this.#headers, ...headers];
    const handle = this.#client.send("POST", pathname + search, all, body, TIMEOUTS, answer);
    const giveUp = () => {
      handle.abort();
      answer.onError({ kind: "connection_reset", sent: true, message: "the gateway ends" });
    };
    this.#running.add(giveUp);
    const failure = await answer.over;
    this.#running.delete(giveUp);
    if (failure !== null) throw this.#error(failure.message);
    const json = parsed(answer.bytes);
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
    for (const giveUp of this.#running) giveUp();
    return this.#client.close();
  }

  #error(what: string): CredentialError {
    return new CredentialError("credentials_failed", `no token from ${this.#url.host}: ${what}`);
  }
}

/** An answer as it comes in. */
class TokenAnswer implements UpstreamHandler {
  readonly over: Promise<UpstreamError | null>;
  status = 0;
  readonly #chunks: Uint8Array[] = [];
  #length = 0;
  #settle: (failure: UpstreamError | null) => void = () => {};

  constructor() {
    this.over = new Promise((resolve) => this.#settle = resolve);
  }

  get bytes(): Uint8Array {
    return joinBytes(this.#chunks);
  }

  onResponse(status: number): void {
    this.status = status;
  }

  onData(chunk: Uint8Array): void {
    this.#length += chunk.length;
    if (this.#length <= MAX_ANSWER) this.#chunks.push(chunk);
  }

  onEnd(): void {
    this.#settle(null);
  }

  onError(error: UpstreamError): void {
    this.#settle(error);
  }
}

function parsed(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof json === "object" && json !== null ? json as Record<string, unknown> : {};
  } catch {
    return {};
  }
}
