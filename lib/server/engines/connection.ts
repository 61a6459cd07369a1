import type { Deadline } from "../../deadlines.ts";
import { ActiveRequest } from "./active_request.ts";
import type { CancelHook, ServedConnection } from "./http_on_connection.ts";

/** One accepted connection: its requests under way, and when it is closed if none comes. */
export class Connection implements CancelHook {
  /** One on HTTP/1, any number on HTTP/2. */
  readonly active: ActiveRequest[] = [];
  /** Answered at least one request, so that it may be closed for another one's sake when it idles. */
  answered = false;
  /** When its last answer was handed over, monotonic milliseconds. */
  idleSince = 0;
  /** It speaks HTTP/2, as far as its first request shows, which has no Host. */
  http2 = false;
  /** Requests that were under way at a time, at most. */
  peak = 0;
  /** The same since {@linkcode watch}. */
  #recentPeak = 0;
  #deadline: Deadline | null = null;
  #served: ServedConnection | null = null;
  #forget: () => void = () => {};
  #cancel: (() => void) | null = null;
  #ending = false;

  /** @param batch of newcomers that it came with. */
  constructor(readonly remoteAddress: string, readonly batch: number) {}

  /** Whether it is being closed already. */
  get ending(): boolean {
    return this.#ending;
  }

  get idle(): boolean {
    return this.active.length === 0;
  }

  /** Called by the platform in an `AbortSignal`'s place. */
  addEventListener(_type: "abort", cancel: () => void): void {
    this.#cancel = cancel;
  }

  /**
   * @param deadline when it is closed; moved on while a request is under way.
   * @param forget what is done once it is closed, or nobody waits for that any more.
   */
  serve(served: ServedConnection, deadline: Deadline, forget: () => void): void {
    this.#served = served;
    this.#deadline = deadline;
    this.#forget = forget;
  }

  begin(request: Request): ActiveRequest {
    const active = new ActiveRequest(request, this.remoteAddress, this);
    if (!this.answered) this.http2 = request.headers.get("host") === null;
    this.active.push(active);
    this.peak = Math.max(this.peak, this.active.length);
    this.#recentPeak = Math.max(this.#recentPeak, this.active.length);
    this.closesAt = Infinity;
    return active;
  }

  end(request: ActiveRequest): void {
    const at = this.active.indexOf(request);
    if (at !== -1) this.active.splice(at, 1);
    this.answered = true;
  }

  /** Counts anew what is under way at a time. */
  watch(): void {
    this.#recentPeak = this.active.length;
  }

  /** What was before the watch counts no more. */
  watched(): void {
    this.peak = this.#recentPeak;
  }

  /** When it is closed, monotonic milliseconds; Infinity: not as things stand. */
  get closesAt(): number {
    return this.#deadline?.at ?? Infinity;
  }

  set closesAt(at: number) {
    if (this.#deadline !== null) this.#deadline.at = at;
  }

  /** Closes it at once. Does nothing where it is closed, or is being closed after its last answer. */
  abort(): void {
    if (this.#ending) return;
    this.#ending = true;
    try {
      this.#cancel?.();
    } catch {
      // It was closed in this turn already.
    }
  }

  /**
   * Closes it if all its requests were aborted. On HTTP/2 it may carry streams of other users, behind a proxy for
   * one: then it stays, and whoever gives up a stream errors its body, which resets that stream alone.
   */
  abortIfUnused(): void {
    if (this.active.every((request) => request.aborted)) this.abort();
  }

  /**
   * Closes it once the requests under way are answered; where there is none, as soon as the last answer is out. From
   * then on its client alone decides when that is: one that does not read keeps it open.
   */
  closeAfterAnswer(): void {
    if (this.#ending || this.#served === null) return;
    this.#ending = true;
    this.#served.shutdown().catch(() => {
      // Closed by the client in the meantime.
    });
  }

  /** Closes it at once; where it cannot be any more, nobody waits for its end. */
  giveUp(): void {
    if (this.#ending) this.#forget();
    else this.abort();
  }

  /** It is closed, or nobody waits for it any more: whoever still works for it need not. */
  closed(): void {
    this.#ending = true;
    for (const request of this.active) request.left();
  }
}
