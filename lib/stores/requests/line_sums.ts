import { BUCKETS, sparse } from "../duration_histogram.ts";
import { COUNTS, type Counts, REST, type StatisticsLine, type StatisticsQuery } from "../request_store.ts";
import { PERIODS } from "./rollup_sums.ts";

/** Spans of time that a query may be made of. */
const MOST_SPANS = 400;

/** Steps are made of the longest spans of time that fit; where there are none, of the shortest that are still kept. */
export function periodOf(
  { from, to, step }: Pick<StatisticsQuery, "from" | "to" | "step">,
  now: number,
): number {
  const lengths = PERIODS.filter(({ kept }) => now - from <= kept).map(({ length }) => length);
  const found = step > 0
    ? lengths.findLast((length) => step % length === 0)
    : lengths.find((length) => (to - from) / length <= MOST_SPANS);
  return found ?? lengths.at(-1) ?? PERIODS[0].length;
}

type HistogramName = "duration" | "ttft" | "overhead";

/** What a line comes to; its histograms once there is something for them. */
class Sum {
  readonly counts = new Float64Array(COUNTS.length);
  #histograms: Readonly<Record<HistogramName, Uint32Array>> | null = null;

  /** @param label number of a word, or a status. */
  constructor(readonly start: number, readonly label: number) {}

  get histograms(): Readonly<Record<HistogramName, Uint32Array>> {
    return this.#histograms ??= {
      duration: new Uint32Array(BUCKETS),
      ttft: new Uint32Array(BUCKETS),
      overhead: new Uint32Array(BUCKETS),
    };
  }

  add({ counts }: Sum): void {
    for (let i = 0; i < COUNTS.length; i++) this.counts[i] = (this.counts[i] ?? 0) + (counts[i] ?? 0);
  }
}

/** The label of groups that are too many; no word has it as its number. */
const REST_LABEL = -1;
const REQUESTS = COUNTS.indexOf("requests");

/** Lines of an answer while they are added up: counts first, then histograms. */
export class LineSums {
  /** By their start, then by their label. */
  readonly #sums = new Map<number, Map<number, Sum>>();
  /** Labels that are too many. */
  #rest: ReadonlySet<number> = new Set();

  /** Leaves so many groups, those with the most requests; what is added from now on of the others is of their rest. */
  leave(groups: number): void {
    const requests = new Map<number, number>();
    for (const { label, counts } of this.#all) {
      requests.set(label, (requests.get(label) ?? 0) + (counts[REQUESTS] ?? 0));
    }
    const byRequests = [...requests].sort(([one, a], [other, b]) => b - a || one - other);
    this.#rest = new Set(byRequests.slice(groups).map(([label]) => label));
    if (this.#rest.size === 0) return;
    for (const sums of this.#sums.values()) {
      for (const [label, sum] of sums) {
        if (!this.#rest.has(label)) continue;
        sums.delete(label);
        this.#sumOf(sum.start, REST_LABEL).add(sum);
      }
    }
  }

  /** The line that a row is part of, by its columns `began` and `label`. */
  of(row: Readonly<Record<string, unknown>>): Sum {
    const label = Number(row["label"]);
    return this.#sumOf(Number(row["began"]), this.#rest.has(label) ? REST_LABEL : label);
  }

  #sumOf(start: number, label: number): Sum {
    let sums = this.#sums.get(start);
    if (sums === undefined) this.#sums.set(start, sums = new Map());
    let sum = sums.get(label);
    if (sum === undefined) sums.set(label, sum = new Sum(start, label));
    return sum;
  }

  /** Adds the counts of a row. */
  count(row: Readonly<Record<string, unknown>>): void {
    const { counts } = this.of(row);
    for (let i = 0; i < COUNTS.length; i++) counts[i] = (counts[i] ?? 0) + Number(row[COUNTS[i] as string]);
  }

  get labels(): number[] {
    return [...new Set(this.#all.map(({ label }) => label))].filter((label) => label !== REST_LABEL);
  }

  /** By their start, then by their group. */
  lines(nameOf: (label: number) => string): StatisticsLine[] {
    return this.#all.sort((a, b) => a.start - b.start || a.label - b.label).map((sum) => ({
      start: sum.start,
      name: sum.label === REST_LABEL ? REST : nameOf(sum.label),
      counts: Object.fromEntries(COUNTS.map((name, i) => [name, sum.counts[i] ?? 0])) as Counts,
      duration: sparse(sum.histograms.duration),
      ttft: sparse(sum.histograms.ttft),
      overhead: sparse(sum.histograms.overhead),
    }));
  }

  get #all(): Sum[] {
    return [...this.#sums.values()].flatMap((sums) => [...sums.values()]);
  }
}
