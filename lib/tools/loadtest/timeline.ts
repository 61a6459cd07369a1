import { Latencies } from "./latencies.ts";

/** What happened in one interval of a run. */
export interface Moment {
  /** Its end, seconds after the start. */
  readonly at: number;
  readonly seconds: number;
  readonly users: number;
  readonly requests: number;
  readonly failures: number;
  /** Milliseconds; null: nothing was answered. */
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly ttft: number | null;
  /** Resident memory of the gateway, bytes; null: it does not tell. */
  readonly memory: number | null;
}

/** When there are more moments than these, two become one: a run of hours takes no more memory than one of minutes. */
const MAX_MOMENTS = 600;

/** A run over time, in intervals that become longer with it. */
export class Timeline {
  readonly #latencies = new Latencies();
  readonly #ttft = new Latencies();
  #moments: Moment[] = [];
  #requests = 0;
  #failures = 0;
  #memory: number | null = null;
  /** How long an interval is at least, seconds. */
  #interval: number;
  #last = 0;

  constructor(interval = 1) {
    this.#interval = interval;
  }

  get moments(): readonly Moment[] {
    return this.#moments;
  }

  record(latency: number | null, ttft: number | null): void {
    this.#requests++;
    if (latency === null) this.#failures++;
    else this.#latencies.record(latency);
    if (ttft !== null) this.#ttft.record(ttft);
  }

  memory(bytes: number): void {
    this.#memory = bytes;
  }

  /** Ends an interval, if it is long enough, or, with `force`, whatever it is. @param at seconds after the start. */
  tick(at: number, users: number, force = false): void {
    const seconds = at - this.#last;
    // A timer may be a little early.
    if (seconds <= 0 || (!force && seconds < this.#interval * 0.9)) return;
    const moment = {
      at,
      seconds,
      users,
      requests: this.#requests,
      failures: this.#failures,
      p50: this.#latencies.percentile(50),
      p95: this.#latencies.percentile(95),
      p99: this.#latencies.percentile(99),
      ttft: this.#ttft.percentile(50),
      memory: this.#memory,
    };
    this.#last = at;
    this.#requests = 0;
    this.#failures = 0;
    this.#memory = null;
    this.#latencies.reset();
    this.#ttft.reset();
    const last = this.#moments.at(-1);
    // The rest of a run that is no whole interval would look like a peak or a standstill.
    if (last !== undefined && seconds < this.#interval / 2) {
      this.#moments.splice(-1, 1, together(last, moment));
    } else this.#moments.push(moment);
    if (this.#moments.length > MAX_MOMENTS) this.#halve();
  }

  #halve(): void {
    const halves: Moment[] = [];
    for (let i = 0; i < this.#moments.length; i += 2) {
      const [first, second] = this.#moments.slice(i, i + 2);
      if (first !== undefined) halves.push(second === undefined ? first : together(first, second));
    }
    this.#moments = halves;
    this.#interval *= 2;
  }
}

/** Percentiles of two intervals cannot be added: the median is their mean, the tail the worse of them. */
function together(first: Moment, second: Moment): Moment {
  const worse = (a: number | null, b: number | null) => a === null ? b : b === null ? a : Math.max(a, b);
  const mean = (a: number | null, b: number | null) => {
    if (a === null || b === null) return a ?? b;
    const weight = first.requests + second.requests;
    return weight === 0 ? (a + b) / 2 : (a * first.requests + b * second.requests) / weight;
  };
  return {
    at: second.at,
    seconds: first.seconds + second.seconds,
    users: second.users,
    requests: first.requests + second.requests,
    failures: first.failures + second.failures,
    p50: mean(first.p50, second.p50),
    p95: worse(first.p95, second.p95),
    p99: worse(first.p99, second.p99),
    ttft: mean(first.ttft, second.ttft),
    memory: second.memory ?? first.memory,
  };
}
