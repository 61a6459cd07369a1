import { systemClock } from "../../clock.ts";
import { Deadlines } from "../../deadlines.ts";
import { HttpClient } from "../../providers/http_client.ts";
import type { UpstreamError, UpstreamHeaders } from "../../providers/provider.ts";
import { joinBytes } from "../../wire/join_bytes.ts";
import { measuredRoute } from "./measured_route.ts";
import { Timing } from "./timing.ts";

export interface CallOptions {
  readonly method?: "GET" | "POST" | "PATCH" | "DELETE";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Hears of status and headers before the body. */
  readonly onHeaders?: (status: number, headers: UpstreamHeaders) => void;
  /** Takes the body as it comes; without it the whole is in the answer. */
  readonly onData?: (chunk: Uint8Array) => void;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: UpstreamHeaders;
  /** Empty where `onData` took it. */
  readonly body: Uint8Array;
  readonly timing: Timing;
}

/** A request that got no whole answer. */
export class CallFailure extends Error {
  override readonly name = "CallFailure";

  /** @param status of an answer that broke off; null: none came. */
  constructor(
    message: string,
    readonly kind: UpstreamError["kind"] | "aborted",
    readonly timing: Timing,
    readonly status: number | null,
  ) {
    super(message);
  }
}

/** Where requests go. */
export interface Place {
  /** Its path is put before that of requests. */
  readonly url: URL;
  /** PEM of certificate authorities that are trusted besides the system's; null: none. */
  readonly ca: string | null;
}

const encoder = new TextEncoder();

/** Sends requests to one server and measures them, over connections that are kept. Never through a proxy. */
export class Caller {
  /** Of the call that was begun last: what connecting took is told right where calls come one after the other. */
  #dialing = new Timing();
  readonly #client: HttpClient;
  readonly #deadlines: Deadlines;
  readonly #base: URL;

  /** @param timeoutMs of a whole request; 0: none. */
  constructor({ url, ca }: Place, { connections = 1, timeoutMs = 120_000 } = {}) {
    this.#base = url;
    this.#deadlines = new Deadlines(systemClock);
    this.#client = new HttpClient({
      route: measuredRoute(url, ca, () => this.#dialing),
      maxConnections: connections,
      maxQueue: Infinity,
      timeouts: { connect: 10_000, firstChunk: 0, betweenChunks: 0, total: timeoutMs },
      deadlines: this.#deadlines,
    });
  }

  /** @throws {CallFailure} where no whole answer comes; an answer of any status is one. */
  call(
    { method = "POST", path, headers = {}, body, onHeaders, onData, signal }: CallOptions,
  ): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const timing = new Timing();
    this.#dialing = timing;
    const parts: Uint8Array[] = [];
    let status: number | null = null;
    let received: UpstreamHeaders | null = null;
    timing.sentAt = performance.now();
    const flat = Object.entries(headers).flat();
    if (body !== undefined) flat.push("content-type", "application/json");
    const handle = this.#client.send(
      method,
      `${this.#base.pathname.replace(/\/$/, "")}${path}`,
      flat,
      body === undefined ? null : encoder.encode(body),
      null,
      {
        onConnect: () => timing.sentAt = performance.now(),
        onResponse(code, found) {
          timing.headersAt = performance.now();
          status = code;
          received = found;
          onHeaders?.(code, found);
        },
        onData(chunk) {
          if (timing.firstByteAt < 0) timing.firstByteAt = performance.now();
          if (onData === undefined) parts.push(chunk);
          else onData(chunk);
        },
        onEnd() {
          timing.endAt = performance.now();
          if (received === null || status === null) return;
          resolve({ status, headers: received, body: joinBytes(parts), timing });
        },
        onError({ kind, message }) {
          timing.endAt = performance.now();
          reject(new CallFailure(message, kind, timing, status));
        },
      },
    );
    if (signal === undefined) return promise;
    const giveUp = () => {
      handle.abort();
      timing.endAt = performance.now();
      reject(new CallFailure("given up", "aborted", timing, status));
    };
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp);
    // One signal may serve thousands of calls.
    return promise.finally(() => signal.removeEventListener("abort", giveUp));
  }

  async close(): Promise<void> {
    await this.#client.close();
    // With nothing to wait for its timer stops.
    this.#deadlines.tick();
  }
}
