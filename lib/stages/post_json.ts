import { GatewayError } from "../errors.ts";
import type { OutboundPost } from "../providers/outbound_post.ts";
import type { JsonObject, JsonValue } from "../wire/canonical.ts";

export interface PostOptions {
  /** For an error: "The webhook". */
  readonly who: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds for the whole answer; 0: without end. */
  readonly timeout: number;
}

/** Asks a service of the operator's. */
export type PostJson = (url: string, body: JsonObject, options: PostOptions) => Promise<JsonValue>;

/** The most of an answer that is read, bytes. */
export const MOST_BYTES = 4 * 1024 * 1024;

/** Whom services are asked by: one for each URL of the configuration, opened when it is first asked. */
export class Services {
  readonly #open: (url: string) => Pick<OutboundPost, "ask" | "close">;
  readonly #opened = new Map<string, Pick<OutboundPost, "ask" | "close">>();

  /** @param open with answers of {@linkcode MOST_BYTES} and no headers of its own. */
  constructor(open: (url: string) => Pick<OutboundPost, "ask" | "close">) {
    this.#open = open;
  }

  /**
   * Posts JSON to an address of the configuration and reads JSON. Redirects are not followed: who is asked is who was
   * named.
   *
   * @throws {GatewayError} `upstream_invalid_response` where the answer is no success, too long, or no JSON, and where
   * nobody answers in time.
   */
  async post(
    url: string,
    body: JsonObject,
    { who, headers = {}, timeout }: PostOptions,
  ): Promise<JsonValue> {
    let place = this.#opened.get(url);
    if (place === undefined) this.#opened.set(url, place = this.#open(url));
    const answer = await place.ask(body, { headers: { accept: "application/json", ...headers }, timeout });
    if ("failure" in answer) throw unusable(who, answer.failure);
    if (answer.body === null) throw unusable(who, `more than ${MOST_BYTES} bytes`);
    if (answer.status < 200 || answer.status > 299) throw unusable(who, `status ${answer.status}`);
    try {
      return JSON.parse(decoder.decode(answer.body)) as JsonValue;
    } catch {
      throw unusable(who, "no JSON");
    }
  }

  /** Gives up what is under way. */
  async close(): Promise<void> {
    await Promise.all([...this.#opened.values()].map((place) => place.close()));
  }
}

const decoder = new TextDecoder();

/** An answer that cannot be used. */
export function unusable(who: string, why: string): GatewayError {
  return new GatewayError("upstream_invalid_response", `${who} gave an unusable answer: ${why}.`);
}
