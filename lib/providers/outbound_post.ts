import { Buffer } from "node:buffer";
import type { Deadlines } from "../deadlines.ts";
import type { DnsOptions } from "./address_book.ts";
import { SmallPosts } from "./credentials/small_posts.ts";
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
  readonly #posts: SmallPosts;
  readonly #path: string;
  readonly #headers: readonly string[];

  /** @throws {TypeError} where the proxy cannot be used. */
  constructor(options: OutboundPostOptions) {
    const { deadlines, timeout, dns, proxyEnvironment, ca } = options;
    const url = new URL(options.url);
    const route = routeTo(url, proxyFor(url, proxyEnvironment, null), ca, dns);
    const timeouts = { connect: timeout, firstChunk: timeout, betweenChunks: timeout, total: timeout };
    const client = new HttpClient({ route, maxConnections: 1, maxQueue: 1, timeouts, deadlines });
    this.#posts = new SmallPosts(client);
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
    const bytes = encoder.encode(JSON.stringify(body));
    const { answer, failure } = await this.#posts.send(this.#path, [...this.#headers], bytes, null);
    return failure === null ? { status: answer.status } : { failure: failure.message };
  }

  /** Gives up what is under way. */
  close(): Promise<void> {
    return this.#posts.close();
  }
}

function basic({ username, password }: URL): string {
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}
