import type { Exchange, StageFacts, StageRun } from "../../telemetry/exchange.ts";
import { eventsOf } from "../../wire/answers/events_of.ts";
import type { ChatResponse } from "../../wire/canonical.ts";
import type { Embedder } from "../embedding/embedder.ts";
import type { ModelRequest } from "../model_request.ts";
import { recordedStage } from "../recorded_stage.ts";
import type { Answer, Stage } from "../stage.ts";
import type { AnswerCache } from "./answer_cache.ts";
import type { AnswerKey, AnswerKeys, Question } from "./answer_key.ts";
import { type CacheDirectives, cacheDirectives } from "./cache_directives.ts";
import type { CachePolicy } from "./cache_policy.ts";
import type { Flight } from "./flight.ts";
import { Recording } from "./recording.ts";
import { replay, type ReplayOptions } from "./replay.ts";

export interface CacheLookupOptions extends ReplayOptions {
  readonly cache: AnswerCache;
  readonly keys: AnswerKeys;
  readonly policy: CachePolicy;
  /** Milliseconds that an answer is kept. */
  readonly ttl: number;
  /** Milliseconds that a look-up may take; then it is a miss. */
  readonly timeout: number;
  /** Requests for an answer that is being made wait for it. */
  readonly singleFlight: boolean;
  /** Null: only the very same question is answered from the cache. */
  readonly semantic: {
    readonly embedder: Embedder;
    /** The least cosine. */
    readonly threshold: number;
  } | null;
}

/** What became of a request at the cache: `exchange.cache`, and the header `x-gateway-cache`. */
export type CacheResult = "hit" | "semantic_hit" | "shared" | "miss" | "bypass";

/** One request at the cache. */
interface Lookup {
  readonly request: ModelRequest;
  readonly key: AnswerKey;
  readonly directives: CacheDirectives;
  /** The answer's, kept or under way. */
  readonly flight: Flight;
  /** Somebody else's request brings the answer. */
  readonly follows: boolean;
  result: CacheResult;
  question: Question | null;
  vector: Float32Array | null;
}

type Facts = StageFacts["cache_lookup"];

/**
 * Answers a request from the cache, or has its answer kept; of requests for the same answer at the same time one goes
 * on, and the others get what it gets as it comes. A cache that fails is a miss.
 */
export function cacheLookup(options: CacheLookupOptions): Stage {
  const { cache, keys, policy, semantic, singleFlight } = options;

  const search = recordedStage<"cache_lookup", Lookup>(
    "cache_lookup",
    "cache",
    async (exchange, lookup, run) => {
      return { facts: lookup.follows ? follow(lookup) : await lookUp(exchange, lookup, run) };
    },
    { clock: options.clock, deadlines: options.deadlines, deadline: options.timeout, onFailure: "open" },
  );

  /** Another request looked it up. */
  function follow(lookup: Lookup): Facts {
    lookup.result = lookup.flight.state === "ended" ? "hit" : "shared";
    return { hit: true, kind: "exact", key: lookup.key.key };
  }

  async function lookUp(exchange: Exchange, lookup: Lookup, run: StageRun<"cache_lookup">): Promise<Facts> {
    const { key, directives: { read, maxAge } } = lookup;
    if (!read) return { hit: false, kind: "exact", key: key.key };
    const exact = await cache.find(exchange, run, key, maxAge);
    if (exact !== null) return found(lookup, exact, "exact");
    const nearby = await lookUpNearby(exchange, lookup, run);
    if (nearby !== null) return found(lookup, nearby, "semantic");
    return { hit: false, kind: lookup.vector === null ? "exact" : "semantic", key: key.key };
  }

  async function lookUpNearby(
    exchange: Exchange,
    lookup: Lookup,
    run: StageRun<"cache_lookup">,
  ): Promise<ChatResponse | null> {
    if (semantic === null) return null;
    const { embedder, threshold } = semantic;
    const question = keys.question(exchange, lookup.request, lookup.key, embedder.name);
    if (question === null) return null;
    const [vector] = await embedder.embed(exchange, run, [question.text]);
    // Without words there is nothing to compare.
    if (vector === undefined || !vector.some((each) => each !== 0)) return null;
    lookup.question = question;
    lookup.vector = vector;
    const near = cache.questions.nearest(question.scope, vector, threshold);
    // Whoever asked the nearest question, it was under the same owner.
    if (near === null || near.owner !== lookup.key.owner) return null;
    return await cache.find(exchange, run, near, lookup.directives.maxAge);
  }

  /** The answer goes to all who asked the same meanwhile. */
  function found(lookup: Lookup, answer: ChatResponse, kind: Facts["kind"]): Facts {
    // Too late where the look-up's time was over, and the answer is being made.
    if (lookup.flight.state === "looking") {
      lookup.result = kind === "exact" ? "hit" : "semantic_hit";
      lookup.flight.push(eventsOf(answer), 0);
      lookup.flight.end();
    }
    return { hit: true, kind, key: lookup.key.key };
  }

  /** Has what the request is answered shown to those who wait for it, and kept. */
  function record(lookup: Lookup): void {
    const { request, key, directives, flight } = lookup;
    flight.make();
    const keep = (answer: ChatResponse) => {
      if (!directives.write || !policy.keeps(answer)) return;
      const { question, vector } = lookup;
      cache.keep(key, answer, options.ttl).then((kept) => {
        if (kept && question !== null && vector !== null) cache.questions.add(question.scope, vector, key);
      });
    };
    const { framing, codec } = request;
    const { maxEventBytes } = options.stream;
    request.tap = new Recording(flight, { codec, framing, maxEventBytes, keep });
  }

  function begin(exchange: Exchange, request: ModelRequest, directives: CacheDirectives): Lookup {
    const key = keys.of(exchange, request);
    const joined = singleFlight && directives.read ? cache.flightOf(key) : null;
    const flight = joined ?? cache.begin(key, singleFlight && directives.read && directives.write);
    return {
      request,
      key,
      directives,
      flight,
      follows: joined !== null,
      result: "miss",
      question: null,
      vector: null,
    };
  }

  async function run(exchange: Exchange, request: ModelRequest): Promise<Answer | null> {
    const directives = cacheDirectives(exchange.request?.headers ?? null);
    if (!directives.read && !directives.write || !policy.admits(exchange, request)) {
      return told(exchange, "bypass");
    }
    let lookup = begin(exchange, request, directives);
    while (lookup.follows) {
      await lookup.flight.lookedUp;
      if (lookup.flight.state !== "failed") break;
      // Its client left before anything was known: another one looks it up.
      lookup = begin(exchange, request, directives);
    }
    try {
      await search.run(exchange, lookup);
    } catch (error) {
      lookup.flight.fail(error);
      throw error;
    }
    told(exchange, lookup.result);
    if (lookup.result === "miss") {
      record(lookup);
      return null;
    }
    exchange.costUsd = 0;
    return await replay(exchange, request, lookup.flight, options);
  }

  return {
    name: "cache_lookup",
    phase: null,
    run(exchange, request) {
      return policy.concerns(request) ? run(exchange, request) : null;
    },
  };
}

function told(exchange: Exchange, result: CacheResult): null {
  exchange.cache = result;
  return null;
}
