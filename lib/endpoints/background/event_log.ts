import type { InstrumentedRuns } from "../../stores/instrumented_runs.ts";
import type { StoredEvent } from "../../stores/run_store.ts";
import type { Exchange, StoreOperation } from "../../telemetry/exchange.ts";

export interface EventLogOptions {
  readonly runs: InstrumentedRuns;
  readonly exchange: Exchange;
  readonly owner: string;
  readonly id: string;
  /** Events beyond so many bytes of text are not kept; the last one always is. */
  readonly maxBytes: number;
  /** Events can be read that could not be before. */
  readonly onWritten: () => void;
  /** The run is over, whoever ended it. */
  readonly onOver: () => void;
}

/**
 * Keeps the events of a run: while some are written the next ones are collected, so that a fast stream costs the
 * store no more operations than a slow one.
 */
export class EventLog {
  readonly #options: EventLogOptions;
  #operation: StoreOperation | null = null;
  #pending: StoredEvent[] = [];
  #bytes = 0;
  #writing: Promise<void> | null = null;

  constructor(options: EventLogOptions) {
    this.#options = options;
  }

  add(event: StoredEvent): void {
    this.#bytes += event.text.length;
    if (this.#bytes > this.#options.maxBytes) return;
    this.#pending.push(event);
    this.#writing ??= this.#write();
  }

  /** What was not written yet, which the caller will write. */
  async rest(): Promise<StoredEvent[]> {
    await this.#writing;
    const rest = this.#pending;
    this.#pending = [];
    return rest;
  }

  async #write(): Promise<void> {
    const { runs, exchange, owner, id, onWritten, onOver } = this.#options;
    this.#operation ??= runs.appending(exchange, id);
    while (this.#pending.length > 0) {
      const batch = this.#pending;
      this.#pending = [];
      try {
        if (!await runs.append(this.#operation, owner, id, batch)) {
          onOver();
          break;
        }
        this.#operation.messageCount = (this.#operation.messageCount || 0) + batch.length;
        onWritten();
      } catch {
        // The store may be back when the next event comes, or the end.
        this.#pending = [...batch, ...this.#pending];
        break;
      }
    }
    this.#writing = null;
  }
}
