const encoder = new TextEncoder();

/** The key that every gateway of a scenario knows. */
export const CLIENT_KEY = "sk-soak-client";
export const MASTER_KEY = "sk-soak-master";

export interface RequestOptions {
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The key that asks; the clients' where it is left out. */
  readonly key?: string;
}

/** The bytes of a POST with a key. */
export function requestBytes(body: unknown, options: RequestOptions = {}): Uint8Array {
  const { path = "/v1/chat/completions", headers = {}, key = CLIENT_KEY } = options;
  const text = JSON.stringify(body);
  const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return encoder.encode(
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n` +
      `authorization: Bearer ${key}\r\n${more}content-length: ${encoder.encode(text).length}\r\n\r\n${text}`,
  );
}

/** A chat request, as small as one can be. */
export function chatBody(
  model: string,
  more: Readonly<Record<string, unknown>> = {},
): Record<string, unknown> {
  return { model, messages: [{ role: "user", content: "Why is the sky blue?" }], ...more };
}
