import { FailedAnswer } from "./failed_answer.ts";
import { Lane, LaneError, type LaneRoute } from "./lane.ts";
import type { MixedRequests } from "./mix.ts";
import type { Recorder } from "./recorder.ts";
import { StreamWatch } from "./stream_watch.ts";

/** Why requests are given up that are under way when a run is over: no failure of theirs. */
const RUN_OVER = "the run is over";

/** What all senders of a run share. */
export interface SenderOptions {
  readonly route: LaneRoute;
  readonly requests: MixedRequests;
  readonly recorder: Recorder;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** How long an answer may take, milliseconds. */
  readonly timeoutMs: number;
}

/** What puts requests on their way, one at a time, and records how each went. */
export interface Sends {
  /** Whether it carries one. */
  readonly busy: boolean;
  /** @param origin from when its latency counts. @returns whether a connection carried it to its end. */
  send(origin: number): Promise<boolean>;
  /** Gives up what takes longer than it may. */
  expire(now: number): void;
  /** Gives up what it carries since the run is over, and closes its connection. */
  abandon(): void;
}

const LESS_THAN = 0x3c;

function isGood(status: number): boolean {
  return status >= 200 && status < 300;
}

/** A connection that draws its requests of the mix. */
export class Sender implements Sends {
  readonly #options: SenderOptions;
  readonly #random: () => number;
  readonly #lane: Lane;
  readonly #failed = new FailedAnswer();
  #watch: StreamWatch | null = null;
  #isPage = false;
  #deadline = Infinity;
  #over = false;

  constructor(options: SenderOptions, random: () => number) {
    this.#options = options;
    this.#random = random;
    this.#lane = new Lane(options.route);
  }

  get busy(): boolean {
    return this.#deadline !== Infinity;
  }

  async send(origin: number): Promise<boolean> {
    const { recorder, requests, now, timeoutMs } = this.#options;
    const index = requests.kind(this.#random());
    const kind = requests.kinds[index];
    const request = kind?.requests[Math.floor(this.#random() * kind.requests.length)];
    if (kind === undefined || request === undefined) {
      throw new RangeError("Cannot send: there are no requests");
    }
    this.#watch = kind.stream ? new StreamWatch(now, (ms) => recorder.gap(index, ms)) : null;
    this.#isPage = false;
    this.#deadline = now() + timeoutMs;
    try {
      await this.#lane.exchange(request, this.#onBody);
      const latency = now() - origin;
      const reason = this.#failure();
      if (reason === null) {
        const first = this.#watch?.firstAt ?? null;
        recorder.answered(index, latency, first === null ? null : first - origin, this.#watch?.tokens ?? 0);
      } else recorder.failed(index, reason, this.#failed.text());
      return true;
    } catch (error) {
      if (!(error instanceof LaneError)) throw error;
      if (error.message === RUN_OVER) recorder.abandoned++;
      else recorder.failed(index, error.message, "");
      return false;
    } finally {
      this.#deadline = Infinity;
      recorder.bytes += this.#lane.reader.bodyBytes;
      this.#failed.reset();
      if (this.#over) this.#lane.close();
    }
  }

  expire(now: number): void {
    if (now >= this.#deadline) this.#lane.abort(`no answer within ${this.#options.timeoutMs / 1000} s`);
  }

  abandon(): void {
    this.#over = true;
    if (this.busy) this.#lane.abort(RUN_OVER);
    else this.#lane.close();
  }

  /** Why the answer that came is none; null: it is one. */
  #failure(): string | null {
    const { status } = this.#lane.reader;
    if (!isGood(status)) return this.#failed.reason(status);
    return this.#isPage ? "a page in place of an answer" : this.#watch?.end() ?? null;
  }

  readonly #onBody = (bytes: Uint8Array): void => {
    const { status, bodyBytes } = this.#lane.reader;
    // Proxies have pages for what they cannot reach, some of them with a good status.
    if (bodyBytes === bytes.length) this.#isPage = bytes[0] === LESS_THAN;
    if (!isGood(status)) this.#failed.push(bytes);
    else this.#watch?.push(bytes);
  };
}
