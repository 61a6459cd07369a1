/** The cache's stage before the upstream's, on scripted providers, a clock that stands still, and any number of requests. */
import { Deadlines } from "../../../lib/deadlines.ts";
import { InstrumentedProvider } from "../../../lib/providers/instrumented_provider.ts";
import { AnswerCache } from "../../../lib/stages/cache/answer_cache.ts";
import { AnswerKeys } from "../../../lib/stages/cache/answer_key.ts";
import { cacheLookup, type CacheLookupOptions } from "../../../lib/stages/cache/cache_lookup.ts";
import { CachePolicy, type CachePolicyOptions } from "../../../lib/stages/cache/cache_policy.ts";
import { ModelRequest } from "../../../lib/stages/model_request.ts";
import { type Answer, runStages, type Stage } from "../../../lib/stages/stage.ts";
import { OpenAnswers } from "../../../lib/stages/upstream/open_answers.ts";
import { RetryBudget } from "../../../lib/stages/upstream/retry_policy.ts";
import { upstreamRequest, type UpstreamRequestOptions } from "../../../lib/stages/upstream_request.ts";
import type { CacheStore } from "../../../lib/stores/cache_store.ts";
import { MemoryCacheStore } from "../../../lib/stores/memory_cache_store.ts";
import { Exchange } from "../../../lib/telemetry/exchange.ts";
import type { JsonObject } from "../../../lib/wire/canonical.ts";
import type { ClientCodec } from "../../../lib/wire/codec.ts";
import { openaiChat } from "../../../lib/wire/openai_chat.ts";
import { CODECS } from "../../wire/codecs.ts";
import { ManualClock } from "../../manual_clock.ts";
import type { ScriptedProvider } from "../scripted_provider.ts";
import { FakeClient } from "../stage_bench.ts";
import { principal } from "../../principal.ts";

export interface CacheBenchOptions {
  readonly provider: ScriptedProvider;
  readonly store?: CacheStore;
  readonly policy?: Partial<CachePolicyOptions>;
  readonly maxAnswerBytes?: number;
  readonly stream?: Partial<UpstreamRequestOptions["stream"]>;
  readonly options?: Partial<Pick<CacheLookupOptions, "semantic" | "singleFlight" | "ttl" | "timeout">>;
}

export interface Asking {
  readonly codec?: ClientCodec;
  readonly owner?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly query?: string;
}

/** One request on its way. */
export class Asked {
  readonly client: FakeClient = new FakeClient();
  constructor(
    readonly exchange: Exchange,
    readonly request: ModelRequest,
    private readonly stages: readonly Stage[],
    private readonly clock: ManualClock,
  ) {
    exchange.client = this.client;
  }

  answer(): Promise<Answer> {
    return runStages(this.stages, this.exchange, this.request, this.clock);
  }

  /** All that the client is sent. */
  async text(): Promise<string> {
    const answer = await this.answer();
    return await new Response(answer.body as BodyInit).text();
  }
}

export class CacheBench {
  readonly clock: ManualClock = new ManualClock();
  readonly deadlines: Deadlines;
  readonly openAnswers: OpenAnswers = new OpenAnswers();
  readonly cache: AnswerCache;
  readonly keys: AnswerKeys = new AnswerKeys("secret", "1");
  readonly finished: Exchange[] = [];
  readonly #provider: ScriptedProvider;
  readonly #stages: readonly Stage[];

  constructor({ provider, store, policy, options, maxAnswerBytes, stream }: CacheBenchOptions) {
    const { clock, openAnswers } = this;
    this.#provider = provider;
    this.deadlines = new Deadlines(clock, 1);
    const { deadlines } = this;
    this.cache = new AnswerCache({
      store: store ?? new MemoryCacheStore({ maxEntries: 100_000, maxBytes: 1 << 30, clock }),
      secret: "secret",
      maxAnswerBytes: maxAnswerBytes ?? 1 << 20,
      maxQuestions: 10_000,
      clock,
    });
    const upstream: UpstreamRequestOptions = {
      clock,
      deadlines,
      openAnswers,
      random: () => 1,
      codecs: CODECS,
      retry: { attempts: 0, baseDelay: 100, maxDelay: 1000, maxRetryAfter: 5000 },
      budget: new RetryBudget(1, clock),
      stream: {
        commitAfter: 5000,
        pingInterval: 0,
        writeStall: 0,
        maxEventBytes: 1 << 20,
        highWaterMark: 64 * 1024,
        ...stream,
      },
    };
    this.#stages = [
      cacheLookup({
        ...upstream,
        cache: this.cache,
        keys: this.keys,
        policy: new CachePolicy({ models: [], maxTemperature: null, toolCalls: false, ...policy }),
        ttl: 60_000,
        timeout: 1000,
        singleFlight: true,
        semantic: null,
        ...options,
      }),
      upstreamRequest(upstream),
    ];
  }

  /** A request that has not begun. */
  ask(body: JsonObject, asking: Asking = {}): Asked {
    const { codec = openaiChat, owner = "tenant", headers = {}, query = "" } = asking;
    const exchange = new Exchange(this.clock.now(), this.clock.wall(), {
      finished: (exchange) => this.finished.push(exchange),
    });
    exchange.principal = principal({ owner, keyTail: "1234", name: owner });
    exchange.request = new Request("http://gateway.test/", { headers });
    const { model = "asked", stream, ...rest } = body;
    const inPath = codec.modelInPath === true;
    const bytes = new TextEncoder().encode(JSON.stringify(inPath ? rest : body));
    const named = { model: String(model), stream: stream === true };
    const request = new ModelRequest(codec, bytes, inPath ? named : null);
    request.query = query;
    request.targets = [{
      provider: new InstrumentedProvider(this.#provider, this.clock),
      model: "up-model",
      weight: 1,
      timeouts: {},
    }];
    return new Asked(exchange, request, this.#stages, this.clock);
  }
}
