import { joined, PlainHttp, type PlainResponse } from "./plain_http.ts";

/** PEM texts; each null where the platform's own is to be used. */
export interface TlsOptions {
  /** Certificate authorities to trust. */
  readonly ca: string | null;
  /** The gateway's own certificate and its key. */
  readonly certificate: string | null;
  readonly key: string | null;
}

export interface TransportOptions {
  /** gRPC needs HTTP/2 from the first byte; HTTP takes what is offered. */
  readonly http2: boolean;
  readonly tls: TlsOptions | null;
  /** Where all is posted to. */
  readonly url: URL;
  /** Null: whatever is quickest. */
  readonly fetch: typeof fetch | null;
  /** The environment has a proxy for `http:`, which `fetch` finds. */
  readonly proxied: boolean;
}

export type TransportResponse = PlainResponse;

/** An answer is a few bytes; whoever sends more is no collector. */
const MAX_RESPONSE = 1024 * 1024;

/**
 * Sends batches: by a client of our own over plain HTTP, else by `fetch`. The stock exporter's transport is not used:
 * importing it holds the event loop for 110 ms, it knows no gRPC, and it does not say how often it tried.
 */
export class Transport {
  readonly #fetch: typeof fetch;
  readonly #client: Deno.HttpClient | null;
  readonly #plain: PlainHttp | null;

  constructor(options: TransportOptions) {
    const { url, http2, proxied } = options;
    const plain = options.fetch === null && url.protocol === "http:" && !http2 && !proxied;
    this.#plain = plain ? new PlainHttp(url.origin) : null;
    this.#fetch = options.fetch ?? fetch;
    this.#client = options.http2 || options.tls !== null ? httpClient(options) : null;
  }

  /** @throws {TypeError} where no answer came. */
  async post(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array<ArrayBuffer>,
    signal: AbortSignal,
  ): Promise<TransportResponse> {
    if (this.#plain !== null) {
      const { pathname, search } = new URL(url);
      return await this.#plain.post(`${pathname}${search}`, headers, body, MAX_RESPONSE, signal);
    }
    const init: RequestInit & { client?: Deno.HttpClient } = {
      method: "POST",
      headers,
      body,
      signal,
      redirect: "manual",
    };
    if (this.#client !== null) init.client = this.#client;
    const response = await this.#fetch(url, init);
    return { status: response.status, headers: response.headers, body: await bodyOf(response) };
  }

  close(): void {
    this.#client?.close();
    this.#plain?.close();
  }
}

function httpClient({ http2, tls }: TransportOptions): Deno.HttpClient {
  return Deno.createHttpClient({
    http1: !http2,
    http2: true,
    ...(tls?.ca == null ? {} : { caCerts: [tls.ca] }),
    ...(tls?.certificate == null || tls.key == null ? {} : { cert: tls.certificate, key: tls.key }),
  });
}

async function bodyOf(response: Response): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array();
  // All at once where its length is told: reading a stream by its chunks takes a third of an export's time.
  const told = response.headers.get("content-length");
  if (told !== null && Number(told) <= MAX_RESPONSE) return new Uint8Array(await response.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body) {
    length += chunk.length;
    if (length > MAX_RESPONSE) break;
    chunks.push(chunk);
  }
  return joined(chunks);
}
