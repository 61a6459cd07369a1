import { Buffer } from "node:buffer";
import type { Deadlines } from "../deadlines.ts";
import type { DnsOptions } from "./address_book.ts";
import { SmallAnswer } from "./credentials/small_answer.ts";
import { HttpClient } from "./http_client.ts";
import { type ProxyEnvironment, proxyFor } from "./proxy.ts";
import { routeTo } from "./route.ts";

export interface OutboundPostOptions {
  /** As configured; a secret. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds for a whole answer. */
  readonly timeout: number;
  readonly deadlines: Deadlines;
  readonly dns: DnsOptions;
  readonly proxyEnvironment: ProxyEnvironment;
  /** PEM of certificate authorities that are trusted besides the system's. */
  readonly ca: string | null;
}

/** What became of a post: an answer's status, or why there was none, which tells no secret. */
export type Posted = { readonly status: number } | { readonly failure: string };

const encoder = new TextEncoder();

/**
 * Posts JSON to one place that the configuration names, as providers are asked: over the same client, so that each
 * address of its host is looked at before it is connected to, proxies count, and no redirect is followed.
 */
export class OutboundPost {
  readonly #client: HttpClient;
  readonly #path: string;
  readonly #headers: readonly string[];
  readonly #running = new Set<() => void>();

  /** @throws {TypeError} where the proxy cannot be used. */
  constructor(options: OutboundPostOptions) {
    const { deadlines, timeout, dns, proxyEnvironment, ca } = options;
    const url = new URL(options.url);
    const route = routeTo(url, proxyFor(url, proxyEnvironment, null), ca, dns);
    const timeouts = { connect: timeout, firstChunk: timeout, betweenChunks: timeout, total: timeout };
    this.#client = new HttpClient({ route, maxConnections: 1, maxQueue: 1, timeouts, deadlines });
    this.#path = url.pathname + url.search;
    const own = new Headers({
      ...(url.username === "" ? {} : { authorization: basic(url) }),
      "content-type": "application/json",
      "accept-encoding": "identity",
      ...options.headers,
    });
    this.#headers = [...route.headers, ...[...own].flat()];
  }

  async post(body: unknown): Promise<Posted> {
    const answer = new SmallAnswer();
    const bytes = encoder.encode(JSON.stringify(body));
    const handle = this.#client.send("POST", this.#path, [...this.#headers], bytes, null, answer);
    const giveUp = () => {
      handle.abort();
      answer.onError({ kind: "connection_reset", sent: true, message: "the gateway ends" });
    };
    this.#running.add(giveUp);
    const failure = await answer.over;
    this.#running.delete(giveUp);
    return failure === null ? { status: answer.status } : { failure: failure.message };
  }

  /** Gives up what is under way. */
  close(): Promise<void> {
    for (const giveUp of this.#running) giveUp();
    return this.#client.close();
  }
}

function basic({ username, password }: URL): string {
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}
