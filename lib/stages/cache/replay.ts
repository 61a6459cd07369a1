import type { Clock } from "../../clock.ts";
import type { Deadline } from "../../deadlines.ts";
import { GatewayError } from "../../errors.ts";
import { type Exchange, ModelCall } from "../../telemetry/exchange.ts";
import type { StreamEvent } from "../../wire/canonical.ts";
import { AnswerCollector } from "../../wire/answers/answer_collector.ts";
import type { EventEncoder, Observed } from "../../wire/codec.ts";
import { nothingObserved } from "../../wire/observed.ts";
import { encodeContext } from "../encode_context.ts";
import { jsonBytes } from "../json_request.ts";
import type { ModelRequest } from "../model_request.ts";
import type { Answer } from "../stage.ts";
import { clientGone } from "../upstream/failure.ts";
import { type AnswerView, StreamSession } from "../upstream/stream_session.ts";
import type { UpstreamRequestOptions } from "../upstream_request.ts";
import type { Flight, Follower } from "./flight.ts";

/** How answers are given that no provider is asked for. */
export type ReplayOptions = Pick<UpstreamRequestOptions, "clock" | "deadlines" | "openAnswers" | "stream">;

/** Gives a request an answer that is kept or made for another one: as a stream or whole, as it asks, and as its own. */
export function replay(
  exchange: Exchange,
  request: ModelRequest,
  flight: Flight,
  options: ReplayOptions,
): Promise<Answer> {
  const replay = request.stream
    ? new StreamReplay(exchange, request, flight, options)
    : new WholeReplay(exchange, request, flight, options.clock);
  return replay.answer();
}

/** Takes a flight's events one after the other. */
abstract class Replay implements Follower {
  taken = 0;
  readonly #failed: Promise<never>;
  #fail!: (error: unknown) => void;

  constructor(
    protected readonly exchange: Exchange,
    protected readonly request: ModelRequest,
    protected readonly flight: Flight,
  ) {
    this.#failed = new Promise((_, reject) => this.#fail = reject);
  }

  async answer(): Promise<Answer> {
    const { client } = this.exchange;
    if (client !== null) {
      client.onGone = () => this.onGone();
      if (client.gone) throw clientGone();
    }
    this.flight.join(this);
    this.onEvents();
    return await Promise.race([this.answered(), this.#failed]).finally(() => this.onAnswered());
  }

  onEvents(): void {
    try {
      this.#takeAll();
    } catch (error) {
      this.flight.leave(this);
      this.onFailed(error);
    }
  }

  #takeAll(): void {
    while (this.ready) {
      const event = this.flight.eventAfter(this.taken);
      if (event === undefined) break;
      this.taken++;
      if (event.type === "end") {
        this.flight.leave(this);
        this.complete();
        return;
      }
      this.take(event);
    }
    this.flight.caughtUp();
  }

  onFailed(error: unknown): void {
    // What a guardrail holds back from one it holds back from all.
    if (error instanceof GatewayError && error.code === "content_blocked") {
      this.exchange.securityAction = "blocked";
    }
    this.#fail(error);
  }

  /** The client left before the answer was handed over. */
  protected onGone(): void {
    this.flight.leave(this);
    this.exchange.cancelStage = "before_headers";
    this.#fail(clientGone());
  }

  protected onAnswered(): void {
    // Nothing to let go of.
  }

  /** Whether it can take more. */
  protected abstract readonly ready: boolean;
  protected abstract take(event: StreamEvent): void;
  protected abstract complete(): void;
  protected abstract answered(): Promise<Answer>;
}

class WholeReplay extends Replay {
  protected readonly ready = true;
  readonly #collector = new AnswerCollector();
  readonly #ended = Promise.withResolvers<void>();
  readonly #clock: Clock;

  constructor(exchange: Exchange, request: ModelRequest, flight: Flight, clock: Clock) {
    super(exchange, request, flight);
    this.#clock = clock;
  }

  protected take(event: StreamEvent): void {
    this.#collector.push(event);
  }

  protected complete(): void {
    this.#ended.resolve();
  }

  protected async answered(): Promise<Answer> {
    await this.#ended.promise;
    const { codec, beforeEnd } = this.request;
    const json = codec.encodeResponse(this.#collector.answer(), encodeContext(this.request, this.#clock));
    if (beforeEnd !== null) await beforeEnd(json);
    return { kind: "whole", body: jsonBytes(json) as Uint8Array<ArrayBuffer>, headers: null };
  }

  protected override onAnswered(): void {
    if (this.exchange.client !== null) this.exchange.client.onGone = null;
  }
}

class StreamReplay extends Replay implements AnswerView {
  readonly observed: Observed = nothingObserved();
  readonly #encoder: EventEncoder;
  readonly #session: StreamSession;
  readonly #options: ReplayOptions;
  #text = "";
  #content = false;
  #paused = false;
  #commit: Deadline | null = null;

  constructor(exchange: Exchange, request: ModelRequest, flight: Flight, options: ReplayOptions) {
    super(exchange, request, flight);
    const { clock, deadlines, openAnswers, stream } = options;
    this.#options = options;
    this.#encoder = request.codec.eventEncoder(encodeContext(request, clock));
    // What it would record is no call of a provider.
    const call = new ModelCall("generate_stream");
    const sessionOptions = { clock, deadlines, ...stream, estimates: false };
    this.#session = new StreamSession(exchange, request, call, request.codec, sessionOptions, openAnswers);
    this.#session.onAbandoned = () => flight.leave(this);
    this.#session.follow({ translator: this, handle: { resume: () => this.#resume() } });
  }

  get sequence(): number {
    return this.#encoder.sequence ?? 0;
  }

  final() {
    return this.#encoder.final();
  }

  end(): Uint8Array<ArrayBuffer> {
    return this.request.framing.bytes(this.#encoder.push({ type: "end" }));
  }

  override onFailed(error: unknown): void {
    if (!this.#session.isOpen) return super.onFailed(error);
    this.#session.fail(
      error instanceof GatewayError
        ? error
        : new GatewayError("internal_error", "Internal error.", { cause: error }),
    );
  }

  protected override onGone(): void {
    if (this.#session.isOpen) this.#session.abandoned();
    else super.onGone();
  }

  protected async answered(): Promise<Answer> {
    const { deadlines, stream: { commitAfter } } = this.#options;
    if (commitAfter > 0) this.#commit = deadlines.after(commitAfter, () => this.#session.commit());
    return { kind: "stream", body: await this.#session.opened, headers: null };
  }

  protected override onAnswered(): void {
    this.#options.deadlines.cancel(this.#commit);
  }

  protected get ready(): boolean {
    return !this.#paused;
  }

  protected complete(): void {
    this.#session.complete(this);
  }

  protected take(event: StreamEvent): void {
    const text = this.#encoder.push(event);
    if (text !== "") {
      this.#text += text;
    }
    // As long as nothing of it was said, an error can be one.
    this.#content ||= event.type.endsWith("_delta") || event.type === "finish";
    if (this.#content) this.#flow();
  }

  #flow(): void {
    this.#session.begin();
    if (this.#text === "") return;
    const bytes = this.request.framing.bytes(this.#text);
    this.#text = "";
    if (!this.#session.write(bytes)) this.#paused = true;
  }

  #resume(): void {
    this.#paused = false;
    this.onEvents();
  }
}
