import { BUCKETS, sparse } from "../duration_histogram.ts";
import { COUNTS, type Counts, type StatisticsLine, type StatisticsQuery } from "../request_store.ts";
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

interface Sum {
  readonly start: number;
  /** Number of a word, or a status. */
  readonly label: number;
  readonly counts: Float64Array;
  readonly duration: Uint32Array;
  readonly ttft: Uint32Array;
  readonly overhead: Uint32Array;
}

/** Lines of an answer while they are added up. */
export class LineSums {
  /** By their start, then by their label. */
  readonly #sums = new Map<number, Map<number, Sum>>();

  /** The line that a row is part of, by its columns `began` and `label`. */
  of(row: Readonly<Record<string, unknown>>): Sum {
    const start = Number(row["began"]);
    const label = Number(row["label"]);
    let sums = this.#sums.get(start);
    if (sums === undefined) this.#sums.set(start, sums = new Map());
    let sum = sums.get(label);
    if (sum === undefined) sums.set(label, sum = emptySum(start, label));
    return sum;
  }

  /** Adds the counts of a row. */
  count(row: Readonly<Record<string, unknown>>): void {
    const { counts } = this.of(row);
    for (let i = 0; i < COUNTS.length; i++) counts[i] = (counts[i] ?? 0) + Number(row[COUNTS[i] as string]);
  }

  get labels(): number[] {
    return [...new Set(this.#all.map(({ label }) => label))];
  }

  /** By their start, then by their group. */
  lines(nameOf: (label: number) => string): StatisticsLine[] {
    return this.#all.sort((a, b) => a.start - b.start || a.label - b.label).map((sum) => ({
      start: sum.start,
      name: nameOf(sum.label),
      counts: Object.fromEntries(COUNTS.map((name, i) => [name, sum.counts[i] ?? 0])) as Counts,
      duration: sparse(sum.duration),
      ttft: sparse(sum.ttft),
      overhead: sparse(sum.overhead),
    }));
  }

  get #all(): Sum[] {
    return [...this.#sums.values()].flatMap((sums) => [...sums.values()]);
  }
}

function emptySum(start: number, label: number): Sum {
  return {
    start,
    label,
    counts: new Float64Array(COUNTS.length),
    duration: new Uint32Array(BUCKETS),
    ttft: new Uint32Array(BUCKETS),
    overhead: new Uint32Array(BUCKETS),
  };
}
