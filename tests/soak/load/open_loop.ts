/** Requests at a rate, whatever becomes of those before them. */
import { quantile } from "../../../lib/tools/statistics.ts";
import { Lane, LaneError } from "../../../lib/tools/loadtest/lane.ts";

/** A kind of request, one of those that a load is mixed of. */
export interface LoadKind {
  /** Its share of all, beside the weights of the others. */
  readonly weight: number;
  readonly request: (random: () => number) => Uint8Array;
  /** Whether an answer is what it has to be; left out: its status is 200. */
  readonly good?: (status: number) => boolean;
  /** After how many milliseconds the client leaves; left out where it stays. */
  readonly leaves?: (random: () => number) => number;
  /** Hears of each whole answer. */
  readonly onAnswer?: (status: number, body: string) => void;
}

export interface OpenLoad {
  readonly port: number;
  /** Requests a second. */
  readonly rate: number;
  readonly seconds: number;
  readonly kinds: readonly LoadKind[];
  readonly random: () => number;
  /** After how many milliseconds an answer that did not come is one that hangs; 10 s where it is left out. */
  readonly timeoutMs?: number;
  /** The most connections; requests that find none wait, which counts as their time. */
  readonly connections?: number;
  /** Ends it before its time. */
  readonly signal?: AbortSignal;
}

const HANGS = "it hangs";
const LEFT = "the client left";
/** A timer of the platform may be so late; that is not the server's fault. */
const GRAIN_MS = 2;
const DECODER = new TextDecoder();

/** What became of the requests of a load. */
export class LoadSeen {
  sent = 0;
  hung = 0;
  /** Given up by the client as it was to. */
  left = 0;
  /** Answered as their kind has to be. */
  good = 0;
  /** All others, by what came in place of a good answer. */
  readonly failures = new Map<string, number>();
  /** Of each answer: when it was asked for and how long it took, milliseconds, and its status. */
  readonly at: number[] = [];
  readonly took: number[] = [];
  readonly statuses: number[] = [];

  get failed(): number {
    return [...this.failures.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Latencies of answers with one of these statuses that were asked for in a time, in order of size. */
  latencies(statuses: readonly number[] = [200], from = 0, to = Infinity): number[] {
    return this.took.filter((_, index) => {
      const at = this.at[index] ?? 0;
      return statuses.includes(this.statuses[index] ?? 0) && at >= from && at < to;
    }).sort((a, b) => a - b);
  }

  /** The 99th percentile of them; NaN where there are none. */
  p99(statuses: readonly number[] = [200], from = 0, to = Infinity): number {
    return quantile(this.latencies(statuses, from, to), 0.99);
  }

  /** Answers with status 200 that were whole within a time, a second. */
  goodput(from: number, to: number): number {
    const whole = this.took.filter((took, index) => {
      const end = (this.at[index] ?? 0) + took;
      return this.statuses[index] === 200 && end >= from && end < to;
    });
    return whole.length / (to - from) * 1000;
  }

  /** `12 × status 503`, the most frequent first. */
  reasons(): string {
    const all = [...this.failures].toSorted(([, a], [, b]) => b - a).slice(0, 5);
    return all.map(([why, count]) => `${count} × ${why}`).join("; ");
  }

  fail(why: string): void {
    this.failures.set(why, (this.failures.get(why) ?? 0) + 1);
  }
}

/** Sends the load, and resolves when the last answer is there or given up. */
export async function openLoad(load: OpenLoad, seen = new LoadSeen()): Promise<LoadSeen> {
  const { rate, seconds, connections = 1000, signal } = load;
  const idle: Sender[] = [];
  const underWay = new Set<Promise<void>>();
  let senders = 0;
  const total = Math.round(rate * seconds);
  const began = performance.now();
  while (seen.sent < total && signal?.aborted !== true) {
    const now = performance.now();
    for (; seen.sent < total; seen.sent++) {
      const due = began + seen.sent * 1000 / rate;
      if (due > now) break;
      const sender = idle.pop() ?? (senders < connections ? new Sender(load) : null);
      if (sender === null) break;
      if (sender.fresh) senders++;
      const sent = sender.send(Math.min(now, due + GRAIN_MS), began, seen).finally(() => {
        underWay.delete(sent);
        idle.push(sender);
      });
      underWay.add(sent);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(underWay);
  for (const sender of idle) sender.close();
  return seen;
}

class Sender {
  /** Whether it has carried nothing yet. */
  fresh = true;
  readonly #lane: Lane;
  readonly #load: OpenLoad;

  constructor(load: OpenLoad) {
    this.#load = load;
    this.#lane = new Lane({ dial, hostname: "127.0.0.1", port: load.port });
  }

  async send(origin: number, began: number, seen: LoadSeen): Promise<void> {
    this.fresh = false;
    const { random, timeoutMs = 10_000 } = this.#load;
    const kind = this.#draw(random());
    const leaves = kind.leaves?.(random);
    const timer = leaves === undefined
      ? setTimeout(() => this.#lane.abort(HANGS), timeoutMs)
      : setTimeout(() => this.#lane.abort(LEFT), leaves);
    let body = "";
    try {
      await this.#lane.exchange(
        kind.request(random),
        kind.onAnswer === undefined ? null : (bytes) => body += DECODER.decode(bytes),
      );
      const { status } = this.#lane.reader;
      seen.at.push(origin - began);
      seen.took.push(performance.now() - origin);
      seen.statuses.push(status);
      if (kind.good?.(status) ?? status === 200) seen.good++;
      else seen.fail(`status ${status}`);
      kind.onAnswer?.(status, body);
    } catch (error) {
      if (!(error instanceof LaneError)) throw error;
      if (error.message === LEFT) seen.left++;
      else if (error.message === HANGS) seen.hung++;
      else seen.fail(error.message);
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    this.#lane.close();
  }

  #draw(at: number): LoadKind {
    const { kinds } = this.#load;
    let left = at * kinds.reduce((sum, { weight }) => sum + weight, 0);
    const kind = kinds.find(({ weight }) => (left -= weight) < 0) ?? kinds.at(-1);
    if (kind === undefined) throw new RangeError("Cannot send: the load has no kind of request");
    return kind;
  }
}

async function dial(hostname: string, port: number): Promise<Deno.Conn> {
  const conn = await Deno.connect({ hostname, port });
  conn.setNoDelay(true);
  return conn;
}
