import { assert, assertAlmostEquals } from "@std/assert";
import { modelEmbedder, ngramEmbedder } from "../../../lib/stages/embedding/embedder.ts";
import { dotProduct, ngramVector } from "../../../lib/stages/embedding/ngram_vectors.ts";
import { Exchange } from "../../../lib/telemetry/exchange.ts";

const exchange = () => new Exchange(0, 0, { finished() {} });
const RUN = { spanId: "" };

Deno.test("the n-gram embedder answers at once", () => {
  const vectors = ngramEmbedder.embed(exchange(), RUN, ["one", "two"]);
  if (!Array.isArray(vectors)) throw new Error("Cannot compare: they have to be waited for");
  assertAlmostEquals(dotProduct(vectors[0] ?? new Float32Array(), ngramVector("one")), 1, 1e-5);
  assert(ngramEmbedder.lexical);
});

Deno.test("a model's vectors are brought to unit length", async () => {
  const asked: string[] = [];
  const embedder = modelEmbedder("small", {
    embed(_exchange, _run, model, texts) {
      asked.push(model, ...texts);
      return Promise.resolve([new Float32Array([3, 4])]);
    },
  });
  const [vector = new Float32Array()] = await embedder.embed(exchange(), RUN, ["one"]);
  assertAlmostEquals(dotProduct(vector, vector), 1, 1e-5);
  assert(!embedder.lexical && asked.join() === "small,one");
});
