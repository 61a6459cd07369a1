import type { Clock } from "../../clock.ts";
import type { Exchange, ModelCall } from "../../telemetry/exchange.ts";
import type { ClientFormat, Usage, WireFormat } from "../../wire/canonical.ts";
import type { Codec } from "../../wire/codec.ts";
import { encodeContext } from "../encode_context.ts";
import type { ModelRequest } from "../model_request.ts";
import type { Target } from "../model_table.ts";
import { AnswerSoFar } from "./answer_so_far.ts";
import { recordGivenUp, setAside } from "./call_record.ts";
import { continuedRequest } from "./continued_request.ts";
import type { PreparedRequest } from "./prepare_request.ts";
import { StreamAttempt } from "./stream_attempt.ts";
import { Translation } from "./translator.ts";

/**
 * How a stream says that another target goes on: by a field of its JSON and, in SSE, by a comment. Google's SDKs refuse
 * fields that they do not know, and clients of its older API do not read comments: that format is not gone on with,
 * nor is AWS's, which has neither.
 */
const TELLS: Readonly<Partial<Record<ClientFormat, "field" | "comment">>> = {
  openai_chat: "field",
  openai_responses: "field",
  anthropic_messages: "field",
  cohere_chat: "field",
  ollama_chat: "field",
  ollama_generate: "field",
  google_interactions: "comment",
};

/** Whether it is wanted, and nobody looks at the answer, or keeps it, as what one model said. */
export function mayContinue({ request: asked }: Exchange, request: ModelRequest): boolean {
  const { continues, codec, guard, tap } = request;
  if (continues === "never" || guard !== null || tap !== null || TELLS[codec.format] === undefined) {
    return false;
  }
  const word = asked?.headers.get("x-gateway-continue")?.trim().toLowerCase();
  return continues === "always" ? word !== "off" : word === "on";
}

/** What it takes for another target to go on with a stream that broke off. */
export class Continuation {
  /** What the client has of the answer, once it broke off. */
  #soFar: AnswerSoFar | null = null;
  /** What broke off, until another attempt takes its place. */
  #leftOff: StreamAttempt | null = null;

  constructor(
    private readonly exchange: Exchange,
    private readonly call: ModelCall,
    private readonly request: ModelRequest,
    private readonly codecs: Readonly<Record<WireFormat, Codec>>,
    private readonly clock: Clock,
  ) {}

  /** The answer that a new attempt is a piece of. What was given up before anything of it went out is none. */
  answer(): AnswerSoFar {
    if (this.#soFar !== null) return this.#soFar;
    const { codec, framing } = this.request;
    const encoder = codec.eventEncoder(encodeContext(this.request, this.clock));
    return new AnswerSoFar(encoder, framing, TELLS[codec.format] === "field");
  }

  /** An attempt broke off, part of whose answer is out. @returns whether another target can go on with it. */
  breakOff(attempt: unknown): boolean {
    if (!(attempt instanceof StreamAttempt) || !(attempt.translator instanceof Translation)) return false;
    const { soFar } = attempt.translator;
    if (soFar?.continuable !== true) return false;
    this.#soFar = soFar;
    if (attempt.answering) this.#leftOff = attempt;
    return true;
  }

  /** The request for a target that goes on; null: nothing broke off. @throws {GatewayError} where it cannot. */
  prepare(target: Target): PreparedRequest | null {
    const soFar = this.#soFar;
    if (soFar === null) return null;
    const { exchange, call, request } = this;
    const tokens = exchange.innerCalls.filter(({ parentSpanId }) => parentSpanId === call.spanId)
      .reduce((sum, { chunks }) => sum + chunks, call.chunks);
    const { prepared, cut } = continuedRequest(exchange, request, target, this.codecs, {
      text: soFar.text,
      tokens,
    });
    soFar.goOn({ provider: target.provider.name, model: target.model }, this.#setAside(), cut);
    return prepared;
  }

  /** Gives what broke off a record of its own. @returns what it must have cost. */
  #setAside(): Usage {
    const attempt = this.#leftOff;
    if (attempt === null || attempt.record === null) return { input: 0, output: 0 };
    this.#leftOff = null;
    const { exchange, call } = this;
    const { system } = attempt.target.provider;
    const aside = setAside(exchange, call, attempt.record, system, this.clock.now());
    aside.chunks = call.chunks;
    aside.firstChunkAt = call.firstChunkAt;
    aside.lastChunkAt = call.lastChunkAt;
    aside.longestGapMs = call.longestGapMs;
    call.chunks = 0;
    call.firstChunkAt = call.lastChunkAt = call.longestGapMs = NaN;
    recordGivenUp(aside, attempt.seen, exchange.requestBytes);
    return { input: aside.inputTokens, output: aside.outputTokens };
  }
}
