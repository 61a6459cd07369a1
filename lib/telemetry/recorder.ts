import type { Clock } from "../clock.ts";
import { Exchange, type ExchangeContent, type ExchangeSink } from "./exchange.ts";
import { requestTexts } from "./projections/request_texts.ts";
import { OpenExchanges } from "./open_exchanges.ts";

/** Makes something of a finished Exchange. What it throws is counted and goes no further. */
export interface Projection {
  project(exchange: Exchange): void;
}

export interface RecorderOptions {
  readonly clock: Clock;
  /** What limits and budgets go by: its cost, and who is to pay. At once, since the next request is judged by it. */
  readonly counters: readonly Projection[];
  /**
   * Metrics, log line, spans: they wait until the answer is out, and for one another. Code that runs once in a while
   * costs twice what it costs when it has just run. Others may come to stand in it.
   */
  readonly projections: readonly Projection[];
  readonly onSlow: (request: OpenRequest) => void;
  /** Hears of the first projection that throws; the others are only counted. */
  readonly onFailure: (error: unknown) => void;
  /** Finished Exchanges that may wait; default 4,096. */
  readonly maxQueued?: number;
}

/** What another configuration may change of a recorder. */
export interface RecorderSettings {
  /** A request that is open for longer, milliseconds, is told of once; 0: none is. */
  readonly slowMs: number;
  /** Makes what keeps a request's contents; absent: they are not kept. */
  readonly content?: ((exchange: Exchange) => ExchangeContent) | undefined;
}

/** How far an open request is. */
export type Stage = "received" | "storing" | "queued" | "waiting" | "answering" | "streaming";

/** A request that has not ended. */
export interface OpenRequest {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly ageMs: number;
  readonly stage: Stage;
  readonly requestedModel: string;
  /** Provider and model that it waits for; empty where none is called. */
  readonly provider: string;
  readonly model: string;
  readonly attempts: number;
}

const MAX_QUEUED = 4096;
/**
 * How long a turn takes at most. By time and not by number: records that wait for several turns outlive several
 * collections of garbage, each of which copies them, and are no longer at hand when they are read.
 */
const TURN_BUDGET_MS = 1;
/**
 * So many go through a projection before the next one has its turn: by then its code is where the processor has it
 * at hand. Looking at the clock is not free either, so that is done once for them.
 */
const TOGETHER = 8;
/**
 * Time between two turns. One timer serves all requests. Each turn wakes a loop that would sleep, which with one
 * connection costs as much as several records do, and what it does the processor has forgotten meanwhile: so there
 * are few of them.
 */
const TURN_INTERVAL_MS = 10;
/** The same while many records come: nobody is woken then, and whoever is answered does not wait for all of them. */
const BUSY_INTERVAL_MS = 2;
/** More records than this in a turn are many, and in a turn of the busy ones fewer than this are not any more. */
const MANY = 80;
const FEW = 12;
/** Turns without work after which the timer stops: making one costs more than some turns that find nothing. */
const MAX_IDLE_TURNS = 10;
const SLOW_CHECK_INTERVAL_MS = 500;
const ENDED_CHECK_INTERVAL_MS = 250;

/**
 * Holds every Exchange from its beginning to its last projection. Ended ones are accounted for at once and projected
 * in small turns after their answers are out. Nothing is lost on the way: when ended requests come faster than
 * turns, the surplus is projected where it ends. Nothing here throws into a request.
 */
export class Recorder implements ExchangeSink {
  readonly #options: RecorderOptions;
  readonly #clock: Clock;
  readonly #maxQueued: number;
  readonly #live = new OpenExchanges();
  #queue: Exchange[] = [];
  /** Place in the queue of the next one to project. */
  #next = 0;
  #stopTurns: (() => void) | null = null;
  /** Milliseconds from one turn to the next. */
  #interval = TURN_INTERVAL_MS;
  #idleTurns = 0;
  #settings: RecorderSettings = { slowMs: 0 };
  #stopSlowCheck: (() => void) | null = null;
  #closed = false;
  #opened = 0;
  #projected = 0;
  #failures = 0;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#maxQueued = options.maxQueued ?? MAX_QUEUED;
  }

  /** Goes by these from now on; requests that are open keep what they began with of their contents. */
  configure(settings: RecorderSettings): void {
    this.#settings = settings;
    if (settings.slowMs > 0 && !this.#closed) {
      this.#stopSlowCheck ??= this.#clock.every(SLOW_CHECK_INTERVAL_MS, () => this.#reportSlow());
      return;
    }
    this.#stopSlowCheck?.();
    this.#stopSlowCheck = null;
  }

  /** Requests that have not ended. */
  get inFlight(): number {
    return this.#live.size;
  }

  /** Requests of clients that have not ended: without probes, scrapes, and what operators look at. */
  get clientsInFlight(): number {
    let open = 0;
    for (const exchange of this.#live) if (!exchange.background) open++;
    return open;
  }

  /** Answers that are streamed to clients and have not ended. */
  get openStreams(): number {
    let open = 0;
    for (const exchange of this.#live) if (exchange.deferred && !exchange.background) open++;
    return open;
  }

  /** Exchanges that were opened, and those whose projections are done. */
  get opened(): number {
    return this.#opened;
  }

  get projected(): number {
    return this.#projected;
  }

  /** Ended Exchanges that wait for their projections. */
  get queued(): number {
    return this.#queue.length - this.#next;
  }

  /** Projections that threw: bugs, each of which cost one line or span. */
  get failures(): number {
    return this.#failures;
  }

  /** Begins the record of a request that has just arrived. */
  open(): Exchange {
    const exchange = new Exchange(this.#clock.now(), this.#clock.wall(), this);
    const { content } = this.#settings;
    if (content !== undefined) exchange.content = content(exchange);
    this.#live.add(exchange);
    this.#opened++;
    return exchange;
  }

  /** Called by {@linkcode Exchange.finish}. */
  finished(exchange: Exchange): void {
    this.#live.delete(exchange);
    for (const counter of this.#options.counters) this.#project(counter, exchange);
    this.#queue.push(exchange);
    if (this.#closed) return this.drainAll();
    if (this.queued > this.#maxQueued) this.#turn();
    if (this.#stopTurns === null) this.#takeTurns(TURN_INTERVAL_MS);
  }

  /**
   * Projects all that waits: before a scrape, before the account of telemetry is shown, at the end of the process, and
   * after an uncaught error.
   */
  drainAll(): void {
    while (this.queued > 0) this.#projectSome();
    this.#settle();
  }

  /** The oldest open requests, at most `limit`. */
  openRequests(limit: number): OpenRequest[] {
    const now = this.#clock.now();
    const requests: OpenRequest[] = [];
    for (const exchange of this.#live) {
      if (requests.length >= limit) break;
      requests.push(openRequest(exchange, now));
    }
    return requests;
  }

  /** Resolves once all requests that are open now have ended. Looked at now and then: it costs requests nothing. */
  openOnesEnded(): Promise<void> {
    let open = [...this.#live];
    if (open.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const stop = this.#clock.every(ENDED_CHECK_INTERVAL_MS, () => {
        open = open.filter((exchange) => !exchange.finished);
        if (open.length > 0) return;
        stop();
        resolve();
      });
    });
  }

  /** Stops the timers, after projecting what waits. Records still open may yet end: they are projected at once. */
  close(): void {
    this.#closed = true;
    this.drainAll();
    this.#rest();
    this.#stopSlowCheck?.();
  }

  #takeTurns(interval: number): void {
    this.#stopTurns?.();
    this.#interval = interval;
    this.#stopTurns = this.#clock.every(interval, () => this.#nextTurn());
  }

  #nextTurn(): void {
    if (this.queued === 0 && this.#idleTurns++ >= MAX_IDLE_TURNS) return this.#rest();
    const found = this.queued;
    this.#turn();
    const many = found > MANY || (found >= FEW && this.#interval === BUSY_INTERVAL_MS);
    const interval = many || this.queued > 0 ? BUSY_INTERVAL_MS : TURN_INTERVAL_MS;
    if (interval !== this.#interval) this.#takeTurns(interval);
  }

  #turn(): void {
    const started = this.#clock.now();
    while (this.queued > 0) {
      this.#projectSome();
      if (this.#clock.now() - started > TURN_BUDGET_MS) break;
    }
    this.#settle();
  }

  #projectSome(): void {
    const some = this.#queue.slice(this.#next, this.#next + TOGETHER);
    this.#next += some.length;
    requestTexts.begin(some);
    for (const projection of this.#options.projections) {
      for (const exchange of some) this.#project(projection, exchange);
    }
    this.#projected += some.length;
  }

  #rest(): void {
    this.#stopTurns?.();
    this.#stopTurns = null;
  }

  /** Gives up what is projected. */
  #settle(): void {
    if (this.#next === 0) return;
    requestTexts.begin([]);
    this.#queue = this.#queue.slice(this.#next);
    this.#next = 0;
    this.#idleTurns = 0;
  }

  #project(projection: Projection, exchange: Exchange): void {
    try {
      projection.project(exchange);
    } catch (error) {
      if (this.#failures++ === 0) this.#options.onFailure(error);
    }
  }

  #reportSlow(): void {
    const now = this.#clock.now();
    for (const exchange of this.#live) {
      // They stand in the order of arrival: all others are younger.
      if (now - exchange.startedAt <= this.#settings.slowMs) break;
      // A run may take as long as it takes: nobody waits for its answer.
      if (exchange.slowLogged || exchange.background || exchange.runId !== "") continue;
      exchange.slowLogged = true;
      this.#options.onSlow(openRequest(exchange, now));
    }
  }
}

function openRequest(exchange: Exchange, now: number): OpenRequest {
  const { call } = exchange;
  return {
    requestId: exchange.requestId,
    method: exchange.method,
    path: exchange.path,
    ageMs: Math.round(now - exchange.startedAt),
    stage: stageOf(exchange),
    requestedModel: exchange.requestedModel,
    provider: call?.provider ?? "",
    model: call?.model ?? "",
    attempts: call?.attempts.length ?? 0,
  };
}

function stageOf(exchange: Exchange): Stage {
  const { call, storeOperations } = exchange;
  if (exchange.firstByteAt >= 0) return exchange.deferred ? "streaming" : "answering";
  const operation = storeOperations[storeOperations.length - 1];
  if (operation?.store === "conversation" && Number.isNaN(operation.endedAt)) return "storing";
  if (call === null) return "received";
  if (call.endedAt >= 0 || call.firstChunkAt >= 0) return "answering";
  const attempt = call.attempts[call.attempts.length - 1];
  return attempt !== undefined && attempt.startedAt >= 0 ? "waiting" : "queued";
}
