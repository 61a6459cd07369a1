import { GatewayError } from "../../errors.ts";
import type { Deadlines } from "../../deadlines.ts";
import { PassedKey } from "../../providers/credentials/passed_key.ts";
import type { UpstreamRequest } from "../../providers/provider.ts";
import { type Client, type Exchange, ModelCall, type Operation } from "../../telemetry/exchange.ts";
import { newSpanId } from "../../telemetry/ids.ts";
import { attemptEnd, nobodyAvailable, NOTHING_SENT } from "../backends/attempt_end.ts";
import { type FallbackReason, fallbackReason } from "../backends/fallback_reason.ts";
import type { RoutedRequest } from "../json_request.ts";
import type { Target } from "../model_table.ts";
import type { UpstreamAttempt } from "./attempt.ts";
import { AttemptOrder, type AttemptOrderOptions } from "./attempt_order.ts";
import { endCall, judgeAttempt } from "./call_record.ts";
import { type AttemptFailure, clientGone } from "./failure.ts";
import type { Hedge } from "./hedge.ts";
import type { Raced } from "./hedge_race.ts";
import { answeredBy, hedgedAttempts } from "./hedged_attempts.ts";
import type { Endable, OpenAnswers } from "./open_answers.ts";

/** Where a call stands that a stage makes for its own work. */
export interface CallPlace {
  readonly parentSpanId: string;
}

export interface CallRunOptions extends AttemptOrderOptions {
  readonly deadlines: Deadlines;
  readonly openAnswers: OpenAnswers;
  /** Whether a provider is told which endpoint and model were chosen. */
  readonly routingHeaders?: boolean;
}

/**
 * One logical call of a provider, whatever it is asked for: the attempts one after the other, the waits between
 * them, and what ends them early. Heirs say what an attempt sends and what becomes of its answer.
 */
export abstract class CallRun<Options extends CallRunOptions> implements Endable {
  place = -1;
  protected readonly exchange: Exchange;
  protected readonly options: Options;
  protected readonly call: ModelCall;
  /** The client neither asked for it nor sees what becomes of it. */
  protected readonly isInner: boolean;
  /** Why it has to stop, for a reason that is not a provider's. */
  protected stopped: GatewayError | null = null;
  /** The attempt under way. */
  #attempt: UpstreamAttempt | null = null;
  /** The client's own key, the same for every attempt; `undefined`: nobody has asked for it. */
  #passedKey: PassedKey | null | undefined;
  /** Targets for refusals of one reason; null: there are none. */
  protected rescue: RoutedRequest["rescue"] = null;
  /** When another target is asked besides; null: never. */
  protected hedge: Hedge | null = null;
  /** Why the answer broke off that another target shall go on with: what the client is told if none can. */
  #broken: GatewayError | null = null;
  #race: { cancel(why: GatewayError): void } | null = null;
  /** Null until there was one: few calls have any. */
  #rescuedFrom: Set<FallbackReason> | null = null;
  /** Ends a wait between two attempts. */
  #wake: (() => void) | null = null;

  /** @param inner for a stage's own call; null: the call answers the client. */
  constructor(exchange: Exchange, operation: Operation, options: Options, inner: CallPlace | null = null) {
    this.exchange = exchange;
    this.isInner = inner !== null;
    this.options = options;
    this.call = new ModelCall(operation);
    this.call.startedAt = options.clock.now();
    if (exchange.traced) this.call.spanId = newSpanId();
    if (inner === null) {
      this.call.parameters = exchange.parameters;
      exchange.call = this.call;
    } else {
      this.call.parentSpanId = inner.parentSpanId;
      exchange.innerCalls.push(this.call);
    }
  }

  /**
   * Tries targets in order until one answers.
   * @param begin makes an attempt at a target and sends it.
   * @param mayRetry whether all can be taken back still; where not, whoever took over ends the call.
   * @param repeatable whether what failed so may be asked again though the provider may have done it.
   * @throws {GatewayError} the last failure.
   */
  protected async attempts<Attempt extends UpstreamAttempt>(
    targets: readonly Target[],
    begin: (target: Target) => Attempt,
    mayRetry: () => boolean = always,
    repeatable: (failure: AttemptFailure) => boolean = always,
  ): Promise<Attempt> {
    const [first, ...rest] = targets;
    try {
      if (first === undefined) {
        throw new GatewayError("no_target_available", "No provider is available for this model.");
      }
      const order = new AttemptOrder(first, rest, this.options);
      let last: AttemptFailure | null = null;
      for (;;) {
        if (this.stopped !== null) throw this.stopped;
        const { backend } = order.target;
        // Its breaker opened, or it rests, since the targets were put into order.
        if (backend !== undefined && !backend.enter(this.call)) {
          if (order.skip()) continue;
          throw this.#broken ?? last?.error ?? nobodyAvailable(targets);
        }
        const first = this.#begin(order.target, begin);
        const { attempt, failure } = this.hedge === null
          ? { attempt: first, failure: await first.done }
          : await this.#hedged(first, order, begin, this.hedge);
        judgeAttempt(attempt.record, failure);
        attempt.target.backend?.leave(attemptEnd(attempt.record, failure));
        if (failure === null) return attempt;
        let next = failure;
        if (!mayRetry() || !repeatable(failure)) {
          if (this.stopped !== null || !this.goesOn(attempt)) throw this.#broken ?? failure.error;
          this.#broken ??= failure.error;
          // Who refuses to go on may be followed by one who does not.
          if (failure.advice === "never") next = { ...failure, advice: "elsewhere" };
        }
        last = next;
        const wait = this.#rescued(order, next) ? 0 : order.next(next);
        if (wait === null) throw this.#broken ?? failure.error;
        if (wait > 0) await this.#pause(wait);
      }
    } catch (error) {
      if (mayRetry()) this.endFailed(error);
      throw error;
    }
  }

  /** @param begin what it throws, the backend hears of as of nothing. */
  #begin<Attempt>(target: Target, begin: (target: Target) => Attempt): Attempt {
    try {
      return begin(target);
    } catch (error) {
      target.backend?.leave(NOTHING_SENT);
      throw this.#broken ?? error;
    }
  }

  /** An attempt, and others beside it where it takes too long. @returns the one that came to something. */
  async #hedged<Attempt extends UpstreamAttempt>(
    first: Attempt,
    order: AttemptOrder,
    begin: (target: Target) => Attempt,
    hedge: Hedge,
  ): Promise<Raced<Attempt>> {
    const { exchange, call, options: { clock, deadlines } } = this;
    const race = hedgedAttempts(first, {
      exchange,
      call,
      clock,
      deadlines,
      hedge,
      order,
      begin: (target) => this.#begin(target, begin),
    });
    this.#race = race;
    const raced = await race.over;
    this.#race = null;
    order.follow(raced.attempt.target);
    answeredBy(exchange, call, raced.attempt);
    return raced;
  }

  /** Goes on to the targets that are for this reason of a refusal, once each reason. */
  #rescued(order: AttemptOrder, { advice, error }: AttemptFailure): boolean {
    if (this.rescue === null || advice !== "never") return false;
    const reason = fallbackReason(error);
    const targets = reason === null ? undefined : this.rescue[reason];
    if (reason === null || targets === undefined || this.#rescuedFrom?.has(reason)) return false;
    (this.#rescuedFrom ??= new Set()).add(reason);
    return order.replace(targets);
  }

  /** Whether another target goes on with what an attempt left, though that cannot be taken back. */
  protected goesOn(_attempt: UpstreamAttempt): boolean {
    return false;
  }

  /** Sends what an attempt is about. */
  protected send<Attempt extends UpstreamAttempt>(
    target: Target,
    attempt: Attempt,
    request: UpstreamRequest,
  ): Attempt {
    const { provider } = target;
    this.#attempt = attempt;
    const passedKey = provider.passesKeys ? this.#passedKey ??= passedKeyOf(this.exchange) : null;
    attempt.passedKey = passedKey;
    const told = this.options.routingHeaders === true
      ? { ...request, headers: request.headers.concat(routingHeaders(target)) }
      : request;
    const outgoing = passedKey === null ? told : { ...told, passedKey };
    attempt.handle = provider.send(this.exchange, this.call, outgoing, attempt);
    return attempt;
  }

  /** Hears of the client's leaving before the answer was handed over; later its stream's `cancel` tells. */
  protected listen(left: () => void): Client | null {
    const { client } = this.exchange;
    if (client === null) return null;
    client.onGone = left;
    if (client.gone) left();
    return client;
  }

  protected readonly leave = (): void => this.fail(clientGone());

  /** Gives up, whatever is under way. */
  fail(error: GatewayError): void {
    this.stopped ??= error;
    if (this.#race === null) this.#attempt?.cancel(this.stopped);
    else this.#race.cancel(this.stopped);
    this.#wake?.();
  }

  /** Ends the call by a failure, unless it is ended. */
  protected endFailed(error: unknown): void {
    const { call, exchange } = this;
    if (exchange.finished || call.status !== "") return;
    const now = this.options.clock.now();
    const code = error instanceof GatewayError ? error.code : "internal_error";
    if (code === "client_closed_request") {
      if (!this.isInner) exchange.cancelStage = "before_headers";
      endCall(call, "cancelled", "", now);
    } else {
      endCall(call, "error", code, now);
    }
  }

  async #pause(ms: number): Promise<void> {
    const { clock } = this.options;
    const from = clock.now();
    await this.#wait(ms);
    this.call.pausedMs += clock.now() - from;
  }

  #wait(ms: number): Promise<void> {
    if (this.stopped !== null) return Promise.resolve();
    return new Promise((resolve) => {
      const deadline = this.options.deadlines.after(ms, resolve);
      this.#wake = () => {
        this.options.deadlines.cancel(deadline);
        resolve();
      };
    });
  }
}

/** As vLLM Semantic Router tells it. */
function routingHeaders({ provider, model }: Target): string[] {
  const endpoint = `${provider.serverAddress}:${provider.serverPort}`;
  return ["x-vsr-destination-endpoint", endpoint, "x-selected-model", encodeURI(model.toWellFormed())];
}

function passedKeyOf({ request, keyHeader, dialect, query }: Exchange): PassedKey | null {
  return request === null ? null : PassedKey.of(request.headers, keyHeader, dialect, query);
}

function always(): boolean {
  return true;
}
