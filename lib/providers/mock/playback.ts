import type { Clock } from "../../clock.ts";
import type { Deadline, Deadlines } from "../../deadlines.ts";
import type { UpstreamHandle, UpstreamHandler, UpstreamHeaders } from "../provider.ts";
import type { MockPlan } from "./plan.ts";

/** Time as the playbacks share it. */
export interface Pace {
  readonly clock: Clock;
  /** Of a fine resolution: it decides how exactly a stream is paced. */
  readonly deadlines: Deadlines;
}

const encoder = new TextEncoder();

/** Milliseconds by which a deadline fires late, on the whole: a wait of 200 ms is one of 200 then, and not of 202. */
const MEAN_LATENESS = 1.5;

/**
 * Plays a plan to a handler, at its pace and the handler's. Nothing is called before the constructor's caller
 * has had its turn, and no timer is set where the plan takes no time.
 */
export class Playback implements UpstreamHandle {
  readonly #plan: MockPlan;
  readonly #handler: UpstreamHandler;
  readonly #pace: Pace;
  #deadline: Deadline | null = null;
  #next = 0;
  /** What is left of a chunk that is split. */
  #rest: Uint8Array | null = null;
  /** When the next paced chunk may go; monotonic milliseconds. */
  #due = 0;
  #started = false;
  #running = false;
  #paused = false;
  #over = false;

  constructor(plan: MockPlan, handler: UpstreamHandler, pace: Pace) {
    this.#plan = plan;
    this.#handler = handler;
    this.#pace = pace;
    if (plan.latency > 0) this.#wait(plan.latency);
    else queueMicrotask(() => this.#go());
  }

  abort(): void {
    this.#over = true;
    this.#pace.deadlines.cancel(this.#deadline);
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    if (this.#started && this.#deadline === null) this.#run();
  }

  #wait(ms: number): void {
    this.#deadline = this.#pace.deadlines.after(Math.max(0, ms - MEAN_LATENESS), () => {
      this.#deadline = null;
      this.#go();
    });
  }

  #go(): void {
    if (this.#over) return;
    if (!this.#started) {
      this.#started = true;
      this.#due = this.#pace.clock.now() + this.#plan.ttft;
      this.#handler.onConnect?.();
      this.#handler.onResponse(this.#plan.status, new MockHeaders(this.#plan.headers));
    }
    this.#run();
  }

  /** Sends what may go now. A handler that resumes from within a call does not nest another run. */
  #run(): void {
    if (this.#running) return;
    this.#running = true;
    let more = true;
    while (more && !this.#over && !this.#paused) more = this.#step();
    this.#running = false;
  }

  /** @returns whether there may be more to do now. */
  #step(): boolean {
    if (this.#rest !== null) {
      this.#send(this.#rest);
      return true;
    }
    const chunk = this.#plan.chunks[this.#next];
    if (chunk === undefined) {
      this.#end();
      return false;
    }
    if (chunk.paced && this.#mustWait()) return false;
    this.#next++;
    this.#send(typeof chunk.text === "string" ? encoder.encode(chunk.text) : chunk.text);
    return true;
  }

  /** Whether the next paced chunk is not due yet; else the one after it is planned. */
  #mustWait(): boolean {
    const { ttft, interval } = this.#plan;
    if (ttft === 0 && interval === 0) return false;
    const early = this.#due - this.#pace.clock.now();
    if (early > 0) {
      this.#wait(early);
      return true;
    }
    // From the time it was due, not from now: a late timer does not slow the stream down.
    this.#due += interval;
    return false;
  }

  #send(bytes: Uint8Array): void {
    const { split } = this.#plan;
    const part = split > 0 && bytes.length > split ? bytes.subarray(0, split) : bytes;
    this.#rest = part.length < bytes.length ? bytes.subarray(split) : null;
    this.#handler.onData(part);
  }

  #end(): void {
    if (this.#plan.ending === "stall") return;
    this.#over = true;
    if (this.#plan.ending === "end") this.#handler.onEnd();
    else {this.#handler.onError({
        kind: "connection_reset",
        sent: true,
        message: "the mock cut the connection",
      });}
  }
}

class MockHeaders implements UpstreamHeaders {
  readonly #pairs: readonly (readonly [string, string])[];

  constructor(pairs: readonly (readonly [string, string])[]) {
    this.#pairs = pairs;
  }

  get(name: string): string | null {
    for (const [key, value] of this.#pairs) if (key === name) return value;
    return null;
  }

  entries(): Iterable<readonly [string, string]> {
    return this.#pairs;
  }
}
