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
  /** Milliseconds for a whole answer; 0: without end. */
  readonly timeout: number;
  readonly deadlines: Deadlines;
  readonly dns: DnsOptions;
  readonly proxyEnvironment: ProxyEnvironment;
  /** PEM of certificate authorities that are trusted besides the system's. */
  readonly ca: string | null;
  /** Posts at a time; as many may wait. One where it is left out. */
  readonly maxConnections?: number;
  /** The most that is kept of an answer, bytes; 64 KiB where it is left out. */
  readonly maxAnswer?: number;
}

/** What became of a post: an answer's status, or why there was none, which tells no secret. */
export type Posted = { readonly status: number } | { readonly failure: string };

/** The same with the answer's body; null: it is larger than what is kept. */
export type Asked =
  | { readonly status: number; readonly body: Uint8Array<ArrayBuffer> | null }
  | { readonly failure: string };

/** What one question has of its own. */
export interface AskOptions {
  /** They take the place of those of the same name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds for a whole answer; 0: without end. */
  readonly timeout?: number;
}

const encoder = new TextEncoder();

/**
 * Posts JSON to one place that the configuration names, as providers are asked: over the same client, so that each
 * address of its host is looked at before it is connected to, proxies count, and no redirect is followed.
 */
export class OutboundPost {
  readonly #posts: SmallPosts;
  readonly #path: string;
  readonly #own: Readonly<Record<string, string>>;
  readonly #route: readonly string[];

  /** @throws {TypeError} where the proxy cannot be used. */
  constructor(options: OutboundPostOptions) {
    const { deadlines, timeout, dns, proxyEnvironment, ca, maxConnections = 1, maxAnswer } = options;
    const url = new URL(options.url);
    const route = routeTo(url, proxyFor(url, proxyEnvironment, null), ca, dns);
    const client = new HttpClient({
      route,
      maxConnections,
      maxQueue: maxConnections,
      timeouts: timeoutsOf(timeout),
      deadlines,
    });
    this.#posts = new SmallPosts(client, maxAnswer);
    this.#path = url.pathname + url.search;
    this.#route = route.headers;
    this.#own = {
      ...(url.username === "" ? {} : { authorization: basic(url) }),
      "content-type": "application/json",
      "accept-encoding": "identity",
      ...options.headers,
    };
  }

  async post(body: unknown): Promise<Posted> {
    const asked = await this.ask(body);
    return "failure" in asked ? asked : { status: asked.status };
  }

  async ask(body: unknown, { headers = {}, timeout }: AskOptions = {}): Promise<Asked> {
    const all = new Headers(this.#own);
    for (const [name, value] of Object.entries(headers)) all.set(name, value);
    const { answer, failure } = await this.#posts.send(
      this.#path,
      [...this.#route, ...[...all].flat()],
      encoder.encode(JSON.stringify(body)),
      timeout === undefined ? null : timeoutsOf(timeout),
    );
    if (failure !== null) return { failure: failure.message };
    return { status: answer.status, body: answer.whole ? answer.bytes : null };
  }

  /** Gives up what is under way. */
  close(): Promise<void> {
    return this.#posts.close();
  }
}

function timeoutsOf(timeout: number) {
  return { connect: timeout, firstChunk: timeout, betweenChunks: timeout, total: timeout };
}

function basic({ username, password }: URL): string {
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return `Basic ${Buffer.from(pair).toString("base64")}`;
}
