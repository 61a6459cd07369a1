import type { Arrivals } from "./arrivals.ts";
import type { After, Loop } from "./loop.ts";
import type { Sends } from "./sender.ts";

/**
 * A timer of the platform may be so late, milliseconds. That is this program's fault and not the server's: a
 * request that is sent within this time counts from when it was sent.
 */
const GRAIN = 2;

export interface OpenLoopOptions {
  readonly arrivals: Arrivals;
  /** The most connections, and so the most requests under way. */
  readonly connections: number;
  readonly sender: (index: number) => Sends;
  readonly now: () => number;
  readonly after: After;
  /** Told how many requests were due and not sent when it was stopped. */
  readonly onUnsent: (count: number) => void;
}

/**
 * Sends at the rate that it was told, however slow the answers are. The latency of a request counts from when it
 * was due: where a stalled server held it up, the wait is part of it. Loops that count from when they get around to
 * sending leave out just the requests that a stall would have hurt ("coordinated omission").
 */
export class OpenLoop implements Loop {
  readonly #options: OpenLoopOptions;
  readonly #senders: Sends[] = [];
  readonly #idle: Sends[] = [];
  readonly #start: number;
  #next: number;
  #sent = 0;
  #cancel: () => void = () => {};
  #stopped = false;
  #settle: () => void = () => {};

  constructor(options: OpenLoopOptions) {
    this.#options = options;
    this.#start = options.now();
    this.#next = this.#draw();
  }

  get users(): number {
    return this.#senders.length;
  }

  get inFlight(): number {
    return this.#senders.length - this.#idle.length;
  }

  tick(): void {
    const now = this.#options.now();
    for (const sender of this.#senders) sender.expire(now);
    this.#pump();
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancel();
    const { arrivals, now, onUnsent } = this.#options;
    onUnsent(Math.max(0, arrivals.dueBy((now() - this.#start) / 1000) - this.#sent));
    for (const sender of this.#idle) sender.abandon();
  }

  abandon(): void {
    for (const sender of this.#senders) sender.abandon();
  }

  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#settle = resolve;
      if (this.inFlight === 0) resolve();
    });
  }

  #draw(): number {
    return this.#start + this.#options.arrivals.next() * 1000;
  }

  /** Sends what is due, and comes again when the next one is. */
  #pump(): void {
    this.#cancel();
    for (let now = this.#options.now(); !this.#stopped; now = this.#options.now()) {
      if (this.#next > now) {
        const wait = this.#next - now;
        if (wait !== Infinity) this.#cancel = this.#options.after(wait, () => this.#pump());
        return;
      }
      const sender = this.#idle.pop() ?? this.#more();
      // All connections are taken: the first that is free goes on.
      if (sender === null) return;
      const due = this.#next;
      this.#next = this.#draw();
      this.#sent++;
      this.#send(sender, Math.min(now, due + GRAIN));
    }
  }

  #send(sender: Sends, origin: number): void {
    sender.send(origin).then(() => {
      this.#idle.push(sender);
      if (!this.#stopped) {
        // A timer is set for what is not due.
        if (this.#next <= this.#options.now()) this.#pump();
        return;
      }
      sender.abandon();
      if (this.inFlight === 0) this.#settle();
    });
  }

  #more(): Sends | null {
    if (this.#senders.length >= this.#options.connections) return null;
    const sender = this.#options.sender(this.#senders.length);
    this.#senders.push(sender);
    return sender;
  }
}
