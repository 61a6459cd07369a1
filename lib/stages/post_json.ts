import { GatewayError } from "../errors.ts";
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
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Posts JSON to an address of the configuration and reads JSON. Redirects are not followed: who is asked is who was
 * named.
 *
 * @throws {GatewayError} `upstream_invalid_response` where the answer is no success, too long, or no JSON.
 * @throws where nobody answers in time.
 */
export function postJsonBy(fetcher: typeof fetch): PostJson {
  return async (url, body, { who, headers = {}, timeout }) => {
    const response = await fetcher(url, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json", ...headers },
      body: JSON.stringify(body),
      redirect: "error",
      ...(timeout > 0 ? { signal: AbortSignal.timeout(timeout) } : {}),
    });
    const text = await textOf(response, who);
    if (!response.ok) throw unusable(who, `status ${response.status}`);
    try {
      return JSON.parse(text) as JsonValue;
    } catch {
      throw unusable(who, "no JSON");
    }
  };
}

/** An answer that cannot be used. */
export function unusable(who: string, why: string): GatewayError {
  return new GatewayError("upstream_invalid_response", `${who} gave an unusable answer: ${why}.`);
}

async function textOf({ body }: Response, who: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  // Leaving the loop cancels what is not read.
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MOST_BYTES) throw unusable(who, `more than ${MOST_BYTES} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
