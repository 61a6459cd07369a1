import type { Clock } from "../../clock.ts";
import { GatewayError } from "../../errors.ts";
import { recordError } from "../../stages/upstream/call_record.ts";
import type { Endable, OpenAnswers } from "../../stages/upstream/open_answers.ts";
import {
  StreamOutput,
  type StreamOutputOptions,
  type StreamSource,
} from "../../stages/upstream/stream_output.ts";
import type { InstrumentedRuns } from "../../stores/instrumented_runs.ts";
import type { EventPage } from "../../stores/run_store.ts";
import type { Client, Exchange, Outcome } from "../../telemetry/exchange.ts";
import { openaiResponses } from "../../wire/openai_responses.ts";
import type { RunChanges } from "./run_changes.ts";

export interface FollowerOptions {
  readonly clock: Clock;
  readonly runs: InstrumentedRuns;
  readonly changes: RunChanges;
  readonly openAnswers: OpenAnswers;
  readonly output: StreamOutputOptions;
}

/** After so long another process's run is looked at again; our own say when they change, and rarely do not. */
export const REMOTE_POLL_MS = 250;
export const LOCAL_POLL_MS = 5000;
/** Events that are read at a time. */
export const PAGE = 200;

const encoder = new TextEncoder();

/** What a client follows. */
export interface Followed {
  readonly owner: string;
  readonly id: string;
  /** Events with higher numbers are shown. */
  readonly after: number;
  /** Milliseconds without news after which the store is asked again. */
  readonly poll: number;
}

/** A client that is shown a run's events: those that are stored at once, the others as they come, up to the last. */
export class Follower implements StreamSource, Endable {
  place = -1;
  readonly #exchange: Exchange;
  readonly #options: FollowerOptions;
  readonly #output: StreamOutput;
  readonly #client: Client | null;
  #over = false;
  #after: number;
  /** Called when the client reads again. */
  #resume: (() => void) | null = null;

  private constructor(exchange: Exchange, after: number, options: FollowerOptions) {
    this.#after = after;
    this.#exchange = exchange;
    this.#options = options;
    this.#client = exchange.client;
    this.#output = new StreamOutput(options.output, this, openaiResponses.framing.ping);
    exchange.deferred = true;
    options.openAnswers.add(this);
  }

  /**
   * Begins to show. From here on the stream finishes the Exchange.
   * @param first the first page, where it was read already.
   */
  static follow(
    exchange: Exchange,
    followed: Followed,
    first: EventPage | null,
    options: FollowerOptions,
  ): ReadableStream<Uint8Array<ArrayBuffer>> {
    const follower = new Follower(exchange, followed.after, options);
    if (exchange.client !== null) {
      exchange.client.onGone = () => follower.abandoned();
      if (exchange.client.gone) follower.abandoned();
    }
    follower.#show(followed, first);
    return follower.#output.body;
  }

  async #show({ owner, id, poll }: Followed, first: EventPage | null): Promise<void> {
    const { runs } = this.#options;
    try {
      for (let page = first; !this.#over; page = null) {
        // What changes while the page is read is news all the same.
        const news = this.#news(id, poll);
        try {
          page ??= await runs.events(null, owner, id, this.#after, PAGE);
          if (page === null) throw deleted(id);
          if (!this.#write(page)) await this.#resumed();
          this.#after = page.events.at(-1)?.sequence ?? this.#after;
          if (page.events.length > 0) continue;
          if (page.finished) return this.#end("success", 200);
          await news.come;
        } finally {
          news.forget();
        }
      }
    } catch (cause) {
      this.fail(
        cause instanceof GatewayError
          ? cause
          : new GatewayError("internal_error", "The gateway failed.", { cause }),
      );
    }
  }

  resume(): void {
    this.#resume?.();
  }

  abandoned(): void {
    if (this.#over) return;
    this.#exchange.cancelStage = "streaming";
    this.#end("cancelled", 499);
  }

  stalled(): void {
    this.#client?.abort();
    this.abandoned();
  }

  /** Ends the stream by an error event. */
  fail(error: GatewayError): void {
    if (this.#over) return;
    recordError(this.#exchange, error);
    const { status } = error;
    this.#output.write(encoder.encode(openaiResponses.encodeErrorEvent(error, status, this.#after + 1)));
    this.#end(status < 500 ? "rejected" : "error", status);
  }

  /** @returns false where the client does not keep up. */
  #write(page: EventPage): boolean {
    const text = page.events.map((event) => event.text).join("");
    if (text === "" || this.#over) return true;
    if (Number.isNaN(this.#exchange.firstByteAt)) this.#exchange.firstByteAt = this.#options.clock.now();
    return this.#output.write(encoder.encode(text));
  }

  #news(id: string, poll: number): { readonly come: Promise<void>; forget(): void } {
    const { changes, output } = this.#options;
    const { promise: come, resolve } = Promise.withResolvers<void>();
    const forget = (): void => {
      output.deadlines.cancel(deadline);
      stop();
      resolve();
    };
    const stop = changes.wait(id, resolve);
    const deadline = output.deadlines.after(poll, resolve);
    return { come, forget };
  }

  #resumed(): Promise<void> {
    return new Promise((resolve) => this.#resume = resolve);
  }

  #end(outcome: Outcome, status: number): void {
    this.#over = true;
    const exchange = this.#exchange;
    const now = this.#options.clock.now();
    this.#options.openAnswers.delete(this);
    this.#output.close();
    this.#resume?.();
    exchange.responseBytes = this.#output.bytes;
    exchange.sentStatus = 200;
    if (exchange.firstByteAt >= 0) exchange.phases.relay = now - exchange.firstByteAt;
    exchange.finish(outcome, status, now);
  }
}

function deleted(id: string): GatewayError {
  return new GatewayError("response_not_found", `Response with id '${id}' was deleted.`, {
    param: "response_id",
  });
}
