import { createExporter, type ExporterOptions } from "./exporters/create_exporter.ts";
import type { Delivery } from "./exporters/delivery.ts";
import type { Exporter } from "./exporters/exporter.ts";
import type { OtlpSignal } from "./exporters/signals.ts";
import type { OnFailure, PipelineSurroundings, Prepared, SignalPipeline } from "./pipeline.ts";

/** One way out: what waits for an exporter, and brings it there. */
export interface Outlet {
  readonly delivery: Delivery;
  /** Brings out what waits, for `ms` milliseconds at most, and closes the exporter. Never rejects. */
  shutdown(ms: number): Promise<void>;
}

/** One that is being flushed, since another takes its place. */
export interface Leaving<One> {
  readonly outlet: One;
  readonly done: Promise<void>;
}

export interface OutletOptions<One> {
  readonly exporters: readonly ExporterOptions[];
  /** What an outlet is made by besides its exporter: one of other settings is another. */
  readonly settings: unknown;
  /** @param leaving the one whose place it takes; null: there is none. */
  readonly make: (exporter: Exporter, leaving: Leaving<One> | null) => One;
}

/** What an outlet was made by, and the outlet; null where its exporter could not be made. */
interface Place<One> {
  readonly key: string;
  readonly outlet: One | null;
}

/** Time for what waits in an outlet that is replaced; it is what the end of the process gives it. */
const FLUSH_MS = 5_000;

const TITLES: Readonly<Record<OtlpSignal, string>> = { traces: "tracing", metrics: "metrics", logs: "logs" };

/**
 * A signal's ways out, which another configuration may replace while requests go on. What stays the same is left
 * alone, with what waits in it. What goes is flushed in the background, in its bounded time, and counts in the
 * signal's one account until then: so that closes at any moment.
 */
export class Outlets<One extends Outlet> implements SignalPipeline {
  readonly #signal: OtlpSignal;
  readonly #around: PipelineSurroundings;
  readonly #leaving = new Set<Leaving<One>>();
  #places: readonly Place<One>[] = [];

  constructor(signal: OtlpSignal, around: PipelineSurroundings) {
    this.#signal = signal;
    this.#around = around;
  }

  /** Those that are in use. */
  get all(): readonly One[] {
    return this.#places.flatMap(({ outlet }) => outlet === null ? [] : [outlet]);
  }

  get deliveries(): readonly Delivery[] {
    return this.all.map(({ delivery }) => delivery);
  }

  /**
   * Makes the exporters of other options.
   * @throws what `failed` throws; nothing has changed then.
   */
  prepare({ exporters, settings, make }: OutletOptions<One>, failed: OnFailure): Prepared<readonly One[]> {
    const left = [...this.#places];
    const made: Exporter[] = [];
    const abort = () => made.forEach((exporter) => exporter.close());
    const next = exporters.map((options) => {
      const key = JSON.stringify([options, settings]);
      const same = left.findIndex((place) => place.key === key);
      if (same >= 0) return { key, kept: left.splice(same, 1)[0] as Place<One> };
      try {
        const exporter = this.#create(options);
        made.push(exporter);
        return { key, exporter };
      } catch (error) {
        try {
          failed(`Failed to initialise ${TITLES[this.#signal]}: ${reasonOf(error)}`);
        } catch (refusal) {
          abort();
          throw refusal;
        }
        return { key, kept: { key, outlet: null } };
      }
    });
    const commit = () => {
      const leaving = left.flatMap(({ outlet }) => outlet === null ? [] : [this.#leave(outlet)]);
      this.#places = next.map(({ key, kept, exporter }): Place<One> =>
        exporter === undefined ? kept : { key, outlet: make(exporter, leaving.shift() ?? null) }
      );
      return this.all;
    };
    return { commit, abort };
  }

  async shutdown(ms: number): Promise<void> {
    const timer = setTimeout(() => {
      for (const { outlet } of this.#leaving) outlet.delivery.abort();
    }, ms);
    await Promise.all([
      ...this.all.map((outlet) => outlet.shutdown(ms)),
      ...[...this.#leaving].map(({ done }) => done),
    ]);
    clearTimeout(timer);
  }

  #create(options: ExporterOptions): Exporter {
    const { scope, print } = this.#around;
    return createExporter(options, this.#signal, { userAgent: `${scope.name}/${scope.version}`, print });
  }

  #leave(outlet: One): Leaving<One> {
    const leaving = { outlet, done: outlet.shutdown(FLUSH_MS) };
    this.#leaving.add(leaving);
    leaving.done.then(() => this.#leaving.delete(leaving));
    return leaving;
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
