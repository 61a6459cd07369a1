import { Deadlines } from "../../lib/deadlines.ts";
import { InstrumentedProvider } from "../../lib/providers/instrumented_provider.ts";
import type { UpstreamTimeouts } from "../../lib/providers/provider.ts";
import { ModelRequest } from "../../lib/stages/model_request.ts";
import type { Target } from "../../lib/stages/model_table.ts";
import type { Answer, StreamedAnswer, WholeAnswer } from "../../lib/stages/stage.ts";
import { OpenAnswers } from "../../lib/stages/upstream/open_answers.ts";
import { RetryBudget, type RetryOptions } from "../../lib/stages/upstream/retry_policy.ts";
import { upstreamRequest, type UpstreamRequestOptions } from "../../lib/stages/upstream_request.ts";
import { type Client, Exchange } from "../../lib/telemetry/exchange.ts";
import type { JsonObject } from "../../lib/wire/canonical.ts";
import type { Codec } from "../../lib/wire/codec.ts";
import { openaiChat } from "../../lib/wire/openai_chat.ts";
import { CODECS } from "../wire/codecs.ts";
import { ManualClock } from "../manual_clock.ts";
import type { ScriptedProvider } from "./scripted_provider.ts";

export { CODECS };

/** A client that leaves when the test says so. */
export class FakeClient implements Client {
  sending = false;
  closing = false;
  gone = false;
  onGone: (() => void) | null = null;
  aborted = 0;

  leave(): void {
    this.gone = true;
    this.onGone?.();
  }

  abort(): void {
    this.aborted++;
  }
}

export interface BenchOptions {
  /** The first one is the first choice. */
  readonly providers: readonly ScriptedProvider[];
  readonly codec?: Codec;
  readonly body?: JsonObject;
  readonly retry?: Partial<RetryOptions>;
  readonly budget?: RetryBudget;
  readonly stream?: Partial<UpstreamRequestOptions["stream"]>;
  readonly random?: () => number;
  readonly timeouts?: Partial<UpstreamTimeouts>;
}

/** The upstream stage on scripted providers, a clock that stands still, and one request. */
export class StageBench {
  readonly clock: ManualClock = new ManualClock();
  readonly deadlines: Deadlines;
  readonly openAnswers: OpenAnswers = new OpenAnswers();
  readonly client: FakeClient = new FakeClient();
  /** Each Exchange that was finished, as often as it was. */
  readonly finished: Exchange[] = [];
  readonly exchange: Exchange;
  readonly request: ModelRequest;
  readonly options: UpstreamRequestOptions;

  constructor(options: BenchOptions) {
    const codec = options.codec ?? openaiChat;
    this.deadlines = new Deadlines(this.clock, 1);
    this.exchange = new Exchange(0, this.clock.wall(), {
      finished: (exchange) => this.finished.push(exchange),
    });
    this.exchange.client = this.client;
    const body = options.body ??
      { model: "asked", stream: true, messages: [{ role: "user", content: "Hi" }] };
    const { model = "asked", stream, ...rest } = body;
    const inPath = codec.modelInPath === true;
    const bytes = new TextEncoder().encode(JSON.stringify(inPath ? rest : body));
    this.exchange.requestBytes = bytes.length;
    const named = { model: String(model), stream: stream === true };
    this.request = new ModelRequest(codec, bytes, inPath ? named : null);
    this.request.targets = options.providers.map((provider): Target => ({
      provider: new InstrumentedProvider(provider, this.clock),
      model: `${provider.name}-model`,
      weight: 1,
      timeouts: options.timeouts ?? {},
    }));
    this.options = {
      clock: this.clock,
      deadlines: this.deadlines,
      random: options.random ?? (() => 1),
      codecs: CODECS,
      retry: { attempts: 2, baseDelay: 100, maxDelay: 1000, maxRetryAfter: 5000, ...options.retry },
      budget: options.budget ?? new RetryBudget(1, this.clock),
      openAnswers: this.openAnswers,
      stream: {
        commitAfter: 5000,
        pingInterval: 0,
        writeStall: 0,
        maxEventBytes: 1 << 20,
        highWaterMark: 64 * 1024,
        ...options.stream,
      },
    };
  }

  run(): Promise<Answer> {
    return upstreamRequest(this.options).run(this.exchange, this.request) as Promise<Answer>;
  }

  async whole(): Promise<WholeAnswer> {
    const answer = await this.run();
    if (answer.kind !== "whole") throw new Error(`Cannot read a ${answer.kind} answer whole`);
    return answer;
  }

  async streamed(): Promise<StreamedAnswer> {
    const answer = await this.run();
    if (answer.kind !== "stream") throw new Error(`Cannot read a ${answer.kind} answer as a stream`);
    return answer;
  }

  /** Everything that the client is sent. */
  async text(): Promise<string> {
    return await new Response((await this.streamed()).body).text();
  }

  /** Lets everything happen that waits for nothing, then time pass, then again. */
  async pass(ms: number): Promise<void> {
    await turn();
    this.clock.advance(ms);
    await turn();
  }
}

/** A turn of the event loop, after all microtasks. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** A promise that a script waits for, and what settles it. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  return { opened, open };
}
