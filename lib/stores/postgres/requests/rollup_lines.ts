import { sparse } from "../../duration_histogram.ts";
import { COUNTS } from "../../request_store.ts";
import { othersOf } from "../../requests/other_labels.ts";
import { linesOf, type Period, PERIODS, RollupSums, type Sums } from "../../requests/rollup_sums.ts";
import type { PostgresClient, Value } from "../postgres_client.ts";
import { type BatchRow, pause } from "./batch_rows.ts";
import type { Names } from "./names.ts";
import { HISTOGRAMS, LABELS, LINES } from "./statements.ts";

const DIMENSIONS_OF_WORDS = ["model", "provider", "key", "team"] as const;

/** What batches add to the figures: a bounded number of lines for each span of time. */
export class RollupLines {
  readonly #client: PostgresClient;
  readonly #names: Names;
  readonly #sums = new RollupSums();
  /** Lines of the spans of time that the last batch was in; those of other processes as they were before it. */
  #known = new Map<string, Set<string>>();

  constructor(client: PostgresClient, names: Names) {
    this.#client = client;
    this.#names = names;
  }

  /**
   * The lists of `APPEND`, of rows whose words have numbers.
   * @param now Unix milliseconds: what is not kept for so long is not counted.
   */
  async of(rows: readonly BatchRow[], now: number): Promise<Value[]> {
    await this.#learn(rows);
    try {
      for (const [index, { exchange, columns }] of rows.entries()) {
        const { ended, slow, fallback, words: [model, provider, key, team] } = columns;
        this.#sums.add(exchange, {
          ended,
          slow,
          fallback,
          model: this.#names.numberOf("model", model?.value ?? ""),
          provider: this.#names.numberOf("provider", provider?.value ?? ""),
          key: this.#names.numberOf("key", key?.value ?? ""),
          team: this.#names.numberOf("team", team?.value ?? ""),
        }, now);
        await pause(index + 1);
      }
      return await this.#lists(now);
    } finally {
      this.#sums.forget();
    }
  }

  /** What lines there are in the spans of time of these rows. */
  async #learn(rows: readonly BatchRow[]): Promise<void> {
    const known = new Map<string, Set<string>>();
    const lengths: number[] = [];
    const starts: number[] = [];
    for (const { length } of PERIODS) {
      for (const start of new Set(rows.map(({ columns }) => startOf(columns.ended, length)))) {
        const before = this.#known.get(`${length} ${start}`);
        known.set(`${length} ${start}`, before ?? new Set());
        if (before !== undefined) continue;
        lengths.push(length);
        starts.push(start);
      }
    }
    this.#known = known;
    if (lengths.length === 0) return;
    for (const row of await this.#client.run(LINES, [lengths, starts])) {
      const [length, start, ...labels] = LABELS.map((name) => Number(row[name]));
      known.get(`${length} ${start}`)?.add(labels.join(" "));
    }
  }

  async #lists(now: number): Promise<Value[]> {
    const added: { readonly period: Period; readonly sums: Sums; readonly fits: boolean }[] = [];
    for (const { period, sums } of linesOf(this.#sums.seconds, now)) {
      // A copy: the next period's are made of these.
      added.push({ period, sums: sums.as(sums.labels), fits: this.#fits(period, sums) });
    }
    if (added.some(({ fits }) => !fits)) await this.#names.addOthers(DIMENSIONS_OF_WORDS);
    // Lines that became one of others may be the same: a statement adds to each once.
    const lines = new Map<string, { readonly period: Period; readonly sums: Sums }>();
    for (const { period, sums, fits } of added) {
      if (!fits) sums.labels = othersOf(sums.labels, (field, value) => this.#names.numberOf(field, value));
      const key = `${period.length} ${sums.startOf(period.length)} ${sums.labels.join(" ")}`;
      const before = lines.get(key);
      if (before === undefined) lines.set(key, { period, sums });
      else before.sums.add(sums);
    }
    const all = [...lines.values()];
    return [
      all.map(({ period }) => period.length),
      all.map(({ period, sums }) => sums.startOf(period.length)),
      ...LABELS.slice(2).map((_, i) => all.map(({ sums }) => sums.labels[i] ?? 0)),
      ...COUNTS.map((name, i) => all.map(({ sums }) => counted(name, sums.counts[i] ?? 0))),
      ...HISTOGRAMS.map((name) => all.map(({ sums }) => pairsOf(sums[name]))),
    ];
  }

  /** Whether a line may stand for itself: there are not as many as there may be. */
  #fits({ length, most }: Period, sums: Sums): boolean {
    const known = this.#known.get(`${length} ${sums.startOf(length)}`);
    const key = sums.labels.join(" ");
    if (known === undefined || known.has(key)) return true;
    if (known.size >= most) return false;
    known.add(key);
    return true;
  }
}

/** Providers tell of tokens what they like: the column has whole numbers. */
function counted(name: (typeof COUNTS)[number], count: number): number {
  return name === "cost_usd" ? count : Math.min(Math.round(count), Number.MAX_SAFE_INTEGER);
}

function startOf(time: number, length: number): number {
  return Math.floor(time / length) * length;
}

/** As the server reads a list of lists. */
function pairsOf(histogram: Uint32Array): string {
  const list = sparse(histogram);
  const pairs: string[] = [];
  for (let i = 0; i + 1 < list.length; i += 2) pairs.push(`{${list[i]},${list[i + 1]}}`);
  return `{${pairs.join(",")}}`;
}
