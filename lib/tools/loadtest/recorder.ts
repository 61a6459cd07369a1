import { Failures } from "./failures.ts";
import { Latencies } from "./latencies.ts";
import type { RequestKind } from "./request_kind.ts";
import { Timeline } from "./timeline.ts";

/** The requests of one kind. */
export class KindRecord {
  requests = 0;
  failures = 0;
  /** Answered while requests were being sent: what is answered later would make rates too good. */
  inTime = 0;
  /** Events with content, of the streams among them. */
  tokens = 0;
  readonly latencies = new Latencies();
  /** From sending to the first content, of streams. */
  readonly ttft = new Latencies();
  /** Between two events with content. */
  readonly gaps = new Latencies();

  constructor(readonly name: string) {}

  add(other: KindRecord): void {
    this.requests += other.requests;
    this.failures += other.failures;
    this.inTime += other.inTime;
    this.tokens += other.tokens;
    this.latencies.add(other.latencies);
    this.ttft.add(other.ttft);
    this.gaps.add(other.gaps);
  }
}

/** All that a run remembers: histograms and counts, so that its length costs no memory. */
export class Recorder {
  readonly kinds: readonly KindRecord[];
  readonly failures = new Failures();
  readonly timeline = new Timeline();
  /** Whether requests are still being sent. */
  sending = true;
  /** Of the answers' bodies. */
  bytes = 0;
  /** Requests that were under way when the run was over. */
  abandoned = 0;
  /** Requests of an open loop for which no connection was free before the run was over. */
  unsent = 0;

  constructor(kinds: readonly RequestKind[]) {
    this.kinds = kinds.map(({ name }) => new KindRecord(name));
  }

  /** @param latency milliseconds. @param ttft null where it was no stream. */
  answered(kind: number, latency: number, ttft: number | null, tokens: number): void {
    const record = this.#kind(kind);
    record.requests++;
    if (this.sending) {
      record.inTime++;
      record.tokens += tokens;
    }
    record.latencies.record(latency);
    if (ttft !== null) record.ttft.record(ttft);
    this.timeline.record(latency, ttft);
  }

  failed(kind: number, reason: string, example: string): void {
    const record = this.#kind(kind);
    record.requests++;
    record.failures++;
    this.failures.add(record.name, reason, example);
    this.timeline.record(null, null);
  }

  gap(kind: number, ms: number): void {
    this.#kind(kind).gaps.record(ms);
  }

  /** All kinds as one. */
  total(): KindRecord {
    const total = new KindRecord("all");
    for (const kind of this.kinds) total.add(kind);
    return total;
  }

  #kind(index: number): KindRecord {
    const record = this.kinds[index];
    if (record === undefined) throw new RangeError(`Cannot record kind ${index}: there is none`);
    return record;
  }
}
