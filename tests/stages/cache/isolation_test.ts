/** No tenant is ever given what another was answered: 100,000 probes over 20 tenants. */
import { assertEquals } from "@std/assert";
import { seededRandom } from "../../../lib/providers/mock/seeded_random.ts";
import { ngramEmbedder } from "../../../lib/stages/embedding/embedder.ts";
import type { Embedder } from "../../../lib/stages/embedding/embedder.ts";
import type { UpstreamHandle, UpstreamHandler, UpstreamRequest } from "../../../lib/providers/provider.ts";
import { ScriptedProvider } from "../scripted_provider.ts";
import { WHOLE } from "../scripts.ts";
import { turn } from "../stage_bench.ts";
import { CacheBench } from "./cache_bench.ts";

const PROBES = 100_000;
const TENANTS = 20;
const MODELS = 3;
const AT_A_TIME = 200;
const TOPICS = [
  "the capital of France",
  "a chocolate cake",
  "the speed of light",
  "train tickets",
  "red shoes",
];
const FRAMES = ["Tell me about", "tell me about", "Tell me, about", "What is", "what is"];

/** A provider that answers with the model's name that it was sent, which tells here who asked. */
class Mirror extends ScriptedProvider {
  constructor() {
    super("up", ["openai_chat"], []);
  }

  override send(request: UpstreamRequest, handler: UpstreamHandler): UpstreamHandle {
    this.requests.push(request);
    const message = { role: "assistant", content: request.model, refusal: null };
    const choices = [{ index: 0, message, logprobs: null, finish_reason: "stop" }];
    handler.onResponse(200, { get: () => null, entries: () => [] });
    handler.onData(new TextEncoder().encode(JSON.stringify({ ...WHOLE.openai_chat, choices })));
    handler.onEnd();
    return { abort() {}, pause() {}, resume() {} };
  }
}

/** Takes everything for the same, so that nothing but the scope keeps answers apart. */
const careless: Embedder = {
  name: "careless",
  lexical: false,
  embed: (_exchange, _run, texts) => texts.map(() => Float32Array.of(1)),
};

const KINDS: readonly [name: string, embedder: Embedder | null, probes: number][] = [
  ["exact", null, PROBES],
  ["semantic, by n-grams", ngramEmbedder, PROBES / 10],
  ["semantic, where every question is taken for the same", careless, PROBES],
];

for (const [name, embedder, probes] of KINDS) {
  Deno.test(`${probes} probes over ${TENANTS} tenants, ${name}: no crossed answer`, async () => {
    const random = seededRandom(20260101);
    const pick = (count: number) => Math.floor(random() * count);
    const bench = new CacheBench({
      provider: new Mirror(),
      options: { semantic: embedder === null ? null : { embedder, threshold: 0.7 } },
    });
    const results = new Map<string, number>();
    let crossed = 0;

    async function probe(): Promise<void> {
      const owner = `tenant-${pick(TENANTS)}`;
      const model = `model-${pick(MODELS)}`;
      const temperature = pick(2);
      const place = `${owner} ${model} ${temperature}`;
      const content = `${FRAMES[pick(FRAMES.length)]} ${TOPICS[pick(TOPICS.length)]} ${pick(4)}`;
      const asked = bench.ask({ model, temperature, messages: [{ role: "user", content }] }, { owner });
      asked.request.targets = asked.request.targets.map((target) => ({ ...target, model: place }));
      const answer = JSON.parse(await asked.text());
      if (answer.choices[0].message.content !== place) crossed++;
      results.set(asked.exchange.cache, (results.get(asked.exchange.cache) ?? 0) + 1);
    }

    for (let done = 0; done < probes; done += AT_A_TIME) {
      await Promise.all(Array.from({ length: AT_A_TIME }, probe));
      if (done % 10_000 === 0) await turn();
    }
    assertEquals(crossed, 0);
    const hits = (results.get("hit") ?? 0) + (results.get("semantic_hit") ?? 0) +
      (results.get("shared") ?? 0);
    // Most were answered from the cache, so that it could have crossed them.
    assertEquals(hits > probes * 0.8, true, JSON.stringify([...results]));
    assertEquals(hits + (results.get("miss") ?? 0), probes);
  });
}
