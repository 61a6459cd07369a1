import type { Buffer } from "node:buffer";
import type { Deadline, Deadlines } from "../deadlines.ts";
import type { CallConnection } from "./call_connection.ts";
import type { Dispatched } from "./connection.ts";
import { connectionFailure } from "./connection_failure.ts";
import type {
  UpstreamBody,
  UpstreamError,
  UpstreamHandle,
  UpstreamHandler,
  UpstreamTimeouts,
} from "./provider.ts";
import { RawHeaders } from "./raw_headers.ts";

/** Where calls get their connections. */
export interface ConnectionSource {
  readonly deadlines: Deadlines;
  readonly timeouts: UpstreamTimeouts;
  /** Makes a connection that carried nothing yet. */
  fresh(): CallConnection;
  /** Takes a good connection back. */
  release(connection: CallConnection): void;
  /** The place of a call whose connection is gone. */
  drop(): void;
  /** A call leaves the line. */
  abandon(call: HttpCall): void;
}

type Method = Dispatched["method"];
type Body = NonNullable<Dispatched["body"]> | null;

/**
 * A request. Each call is one object: the request as undici reads it, the handler that undici tells of the answer,
 * and the caller's handle. A stream of HTTP/2 tells it the same.
 */
export class HttpCall implements UpstreamHandle, Dispatched {
  readonly method: Method;
  readonly path: string;
  readonly headers: string[];
  readonly body: Body;
  /** Whether the same bytes can be sent again. */
  readonly replayable: boolean;

  readonly #source: ConnectionSource;
  readonly #handler: UpstreamHandler;
  readonly #timeouts: Partial<UpstreamTimeouts> | null;
  #connection: CallConnection | null = null;
  /** What is waited for, moved along as the request proceeds. */
  #deadline: Deadline | null = null;
  #totalDeadline: Deadline | null = null;
  #waitsFor: UpstreamError["kind"] = "queue_full";
  /** Milliseconds of the present wait; a pause stops it and `resume()` begins it anew. */
  #patience = 0;
  #queued = false;
  #sent = false;
  #answered = false;
  #retried = false;
  #over = false;
  #paused = false;
  /** Set while the connection stands still because of us. */
  #held = false;
  #resumeParser: (() => void) | null = null;

  constructor(
    source: ConnectionSource,
    method: string,
    path: string,
    headers: string[],
    body: UpstreamBody | null,
    timeouts: Partial<UpstreamTimeouts> | null,
    handler: UpstreamHandler,
  ) {
    this.#source = source;
    this.method = method as Method;
    this.path = path;
    this.headers = headers;
    // undici takes any iterable; its types do not say so.
    this.body = body as Body;
    this.replayable = body === null || body instanceof Uint8Array;
    this.#timeouts = timeouts;
    this.#handler = handler;
    const total = this.#timeout("total");
    if (total > 0) this.#totalDeadline = source.deadlines.after(total, () => this.#expire("timeout_total"));
  }

  /** Stands in line, for as long as connecting may take. */
  wait(): void {
    this.#queued = true;
    this.#handler.onQueue?.();
    this.#await("queue_full", this.#timeout("connect"));
  }

  /** The line is full. Told later, so that nobody hears of an error before having the handle. */
  refuse(): void {
    queueMicrotask(() => this.#expire("queue_full"));
  }

  /** Goes ahead on a connection. */
  start(connection: CallConnection): void {
    this.#connection = connection;
    if (this.#queued) this.#handler.onDequeue?.();
    this.#queued = false;
    this.#await("timeout_connect", this.#timeout("connect"));
    connection.dispatch(this);
  }

  abort(): void {
    if (!this.#over) this.#finish(false);
  }

  pause(): void {
    this.#paused = true;
    // A reader that takes its time is not a provider that is silent.
    if (this.#deadline !== null) this.#deadline.at = Infinity;
  }

  resume(): void {
    if (!this.#paused || this.#over) return;
    this.#paused = false;
    this.#restart();
    if (!this.#held) return;
    this.#held = false;
    this.#resumeParser?.();
  }

  // What the connection calls, in this order.

  onConnect(): void {
    if (!this.#sent) this.#handler.onConnect?.();
    this.#sent = true;
    this.#await("timeout_first_chunk", this.#timeout("firstChunk"));
  }

  onResponseStarted(): void {
    this.#answered = true;
  }

  onHeaders(status: number, headers: Buffer[], resume: () => void): boolean {
    if (this.#over || status < 200) return true;
    this.#resumeParser = resume;
    this.#handler.onResponse(status, new RawHeaders(headers));
    return this.#flows();
  }

  onData(chunk: Buffer): boolean {
    if (this.#over) return true;
    if (this.#waitsFor === "timeout_between_chunks") this.#restart();
    else this.#await("timeout_between_chunks", this.#timeout("betweenChunks"));
    this.#handler.onData(chunk);
    return this.#flows();
  }

  onComplete(): void {
    if (this.#over) return;
    this.#finish(true);
    this.#handler.onEnd();
  }

  onError(error: Error): void {
    if (this.#over) return;
    const connection = this.#connection;
    const failure = connectionFailure(error, this.#sent);
    // It went out, and the provider says that it did nothing with it.
    const refused = this.#sent && !failure.sent;
    if (
      connection !== null && this.replayable && !this.#answered && !this.#retried &&
      failure.kind === "connection_reset" && (connection.reused || refused)
    ) {
      // Else the provider most likely closed an idle connection while the request was on its way there.
      this.#retried = true;
      connection.destroy();
      return this.start(this.#source.fresh());
    }
    this.#finish(false);
    this.#handler.onError(failure);
  }

  #timeout(name: keyof UpstreamTimeouts): number {
    return this.#timeouts?.[name] ?? this.#source.timeouts[name];
  }

  /** @param patience milliseconds; 0: for ever. */
  #await(kind: UpstreamError["kind"], patience: number): void {
    this.#waitsFor = kind;
    this.#patience = patience > 0 ? patience : Infinity;
    this.#deadline ??= this.#source.deadlines.after(Infinity, () => this.#expire(this.#waitsFor));
    this.#restart();
  }

  #restart(): void {
    if (this.#deadline !== null && !this.#paused) this.#source.deadlines.move(this.#deadline, this.#patience);
  }

  #expire(kind: UpstreamError["kind"]): void {
    if (this.#over) return;
    this.#finish(false);
    this.#handler.onError({ kind, sent: this.#sent, message: EXPIRED[kind] ?? "" });
  }

  /** What undici is told: whether it may go on. */
  #flows(): boolean {
    this.#held = this.#paused;
    return !this.#paused;
  }

  #finish(reusable: boolean): void {
    this.#over = true;
    this.#source.deadlines.cancel(this.#deadline);
    this.#source.deadlines.cancel(this.#totalDeadline);
    const connection = this.#connection;
    if (connection === null) {
      this.#source.abandon(this);
    } else if (reusable) {
      connection.served();
      this.#source.release(connection);
    } else {
      connection.destroy();
      this.#source.drop();
    }
  }
}

const EXPIRED: Readonly<Partial<Record<UpstreamError["kind"], string>>> = {
  queue_full: "no connection was free and no place in the line, or none in time",
  timeout_connect: "no connection in time",
  timeout_first_chunk: "no answer in time",
  timeout_between_chunks: "the answer stopped in the middle",
  timeout_total: "the answer took too long",
};
