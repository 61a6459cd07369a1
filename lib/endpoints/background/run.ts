import type { Clock } from "../../clock.ts";
import { GatewayError } from "../../errors.ts";
import { recordError } from "../../stages/upstream/call_record.ts";
import type { ModelRequest } from "../../stages/model_request.ts";
import type { Answer } from "../../stages/stage.ts";
import type { InstrumentedItems } from "../../stores/instrumented_items.ts";
import type { InstrumentedRuns } from "../../stores/instrumented_runs.ts";
import type { StoredEvent } from "../../stores/run_store.ts";
import type { Exchange } from "../../telemetry/exchange.ts";
import type { JsonObject } from "../../wire/canonical.ts";
import { SseParser } from "../../wire/sse.ts";
import { addToConversation, type Turn } from "../turn.ts";
import { EventLog } from "./event_log.ts";
import type { RunEvents } from "./run_events.ts";
import type { RunClient } from "./run_exchange.ts";
import { failedResponse, inProgress, type RunResponse } from "./run_response.ts";

/** The last event of a stream has all that was answered: as much as a whole answer may have. */
const MAX_EVENT_BYTES = 128 * 1024 * 1024;

const decoder = new TextDecoder();

/** What a run is about. */
export interface RunTask {
  /** The run's own. */
  readonly exchange: Exchange;
  readonly client: RunClient;
  readonly turn: Turn;
  readonly request: ModelRequest;
  /** The response as it was acknowledged. */
  readonly response: RunResponse;
  /** Its events, the first ones of which are stored; null where it is not streamed. */
  readonly events: RunEvents | null;
  /** Asks for the answer. */
  readonly answer: () => Promise<Answer>;
}

export interface RunOptions {
  readonly clock: Clock;
  readonly runs: InstrumentedRuns;
  readonly items: InstrumentedItems;
  /** Bytes of events that are kept of a run. */
  readonly maxEventBytes: number;
  /** Something of this run can be read that could not be before. */
  readonly onChange: (id: string) => void;
  /** A response could not be stored: somebody has to try again. */
  readonly onUnstored: (unstored: Unstored) => void;
}

/** How a run ended, where the store did not take it. */
export interface Unstored {
  readonly owner: string;
  readonly id: string;
  readonly response: JsonObject;
  readonly events: readonly StoredEvent[];
}

/** One response that is made in the background, from its slot to its end. */
export class Run {
  readonly id: string;
  readonly owner: string;
  readonly #task: RunTask;
  readonly #options: RunOptions;
  readonly #log: EventLog | null;
  /** Why it must not begin. */
  #refused: GatewayError | null = null;
  /** How it ended is being written. */
  #sealed = false;

  constructor(task: RunTask, options: RunOptions) {
    const { exchange, response, turn, events, client } = task;
    this.id = response.id;
    this.owner = turn.owner;
    this.#task = task;
    this.#options = options;
    this.#log = events === null ? null : new EventLog({
      runs: options.runs,
      exchange,
      owner: this.owner,
      id: this.id,
      maxBytes: options.maxEventBytes,
      onWritten: () => options.onChange(this.id),
      onOver: () => client.leave(),
    });
  }

  /** Ends it early: somebody else has said in the store how. */
  leave(): void {
    this.#task.client.leave();
  }

  /**
   * Ends it early with this response. @returns false where it was over already.
   * @param exchange of the request that wants it.
   */
  async end(exchange: Exchange, response: RunResponse): Promise<boolean> {
    if (this.#sealed) return false;
    this.#sealed = true;
    try {
      return await this.#finish(exchange, response, await this.#lastEvents(response));
    } catch (error) {
      this.#sealed = false;
      throw error;
    }
  }

  /** Lets it not begin; it fails for this reason. */
  refuse(error: GatewayError): void {
    this.#refused ??= error;
  }

  /** Does it. Never rejects. */
  async work(): Promise<void> {
    const { exchange, request, response, answer, client } = this.#task;
    const { runs } = this.#options;
    try {
      if (this.#refused !== null) throw this.#refused;
      if (client.gone) throw cancelled();
      if (!await runs.update(exchange, this.owner, this.id, inProgress(response))) throw cancelled();
      request.beforeEnd = (final) => this.#store({ ...final, id: this.id });
      const given = await answer();
      if (given.kind === "stream") {
        await this.#read(given.body);
      } else {
        // An answer that no provider gave was not stored yet.
        if (!this.#sealed) await this.#store({ ...JSON.parse(decoder.decode(given.body)), id: this.id });
        exchange.finish("success", 200, this.#options.clock.now());
      }
    } catch (cause) {
      await this.#failed(cause);
    }
    this.#options.onChange(this.id);
  }

  /** The answer is whole: what it says is stored, in the order in which it may be read. */
  async #store(final: RunResponse): Promise<void> {
    const { exchange, turn, events } = this.#task;
    const { runs, items } = this.#options;
    await addToConversation(exchange, turn, items, final);
    if (events === null) {
      this.#sealed = true;
      try {
        await this.#finish(exchange, final, []);
      } catch (error) {
        this.#sealed = false;
        throw error;
      }
    } else {
      // The last events of a stream are yet to be read: they seal it.
      await runs.update(exchange, this.owner, this.id, final);
    }
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const { events } = this.#task;
    const log = this.#log;
    if (events === null || log === null) throw new Error("Cannot read a stream that nobody asked for");
    const parser = new SseParser((event) => {
      const kept = events.push(event);
      if (kept !== null) log.add(kept);
    }, { maxEventBytes: MAX_EVENT_BYTES });
    for await (const chunk of body) parser.push(chunk);
    // One that was cancelled has no ending, and whoever did has said so.
    if (this.#task.client.gone && events.ending === null) return;
    const cut = failedResponse(this.#task.response, "server_error", "The answer ended early.");
    await this.#seal(null, events.ending ?? cut);
  }

  async #failed(cause: unknown): Promise<void> {
    const { exchange, response } = this.#task;
    const error = cause instanceof GatewayError
      ? cause
      : new GatewayError("internal_error", "The gateway failed.", { cause });
    if (error.code === "client_closed_request") {
      exchange.cancelStage ||= "before_headers";
      exchange.finish("cancelled", 499, this.#options.clock.now());
      return;
    }
    const code = error.upstreamCode ?? error.code;
    await this.#seal(exchange.finished ? null : exchange, failedResponse(response, code, error.message));
    recordError(exchange, error);
    exchange.finish(error.status < 500 ? "rejected" : "error", error.status, this.#options.clock.now());
  }

  /** Writes how it ended, with all events that were not written yet. */
  async #seal(exchange: Exchange | null, response: RunResponse): Promise<void> {
    if (this.#sealed) return;
    this.#sealed = true;
    const events = await this.#lastEvents(response);
    try {
      await this.#finish(exchange, response, events);
    } catch {
      this.#options.onUnstored({ owner: this.owner, id: this.id, response, events });
    }
  }

  #finish(exchange: Exchange | null, response: RunResponse, events: StoredEvent[]): Promise<boolean> {
    return this.#options.runs.finish(exchange, this.owner, this.id, response, events);
  }

  /** What was not written yet, and the event that ends it. */
  async #lastEvents(response: RunResponse): Promise<StoredEvent[]> {
    const { events } = this.#task;
    return events === null ? [] : [...await this.#log?.rest() ?? [], events.end(response)];
  }
}

function cancelled(): GatewayError {
  return new GatewayError("client_closed_request", "The response was cancelled.");
}
