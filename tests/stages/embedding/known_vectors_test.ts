import { assertAlmostEquals, assertEquals } from "@std/assert";
import { KnownVectors } from "../../../lib/stages/embedding/known_vectors.ts";
import { dotProduct, ngramVector, toUnitLength } from "../../../lib/stages/embedding/ngram_vectors.ts";
import { seeded } from "../pii/seeded.ts";

function assertSame(known: readonly Float32Array[], asked: Float32Array) {
  const cosines = new KnownVectors(known).cosines(asked);
  assertEquals(cosines.length, known.length);
  for (const [index, vector] of known.entries()) {
    assertAlmostEquals(cosines[index] ?? NaN, dotProduct(vector, asked), 1e-5);
  }
}

Deno.test("cosines are the products of vectors, full and nearly empty ones alike", () => {
  const random = seeded(3);
  const full = () => toUnitLength(Float32Array.from({ length: 64 }, () => random() - 0.5));
  assertSame([full(), full(), full()], full());
  const texts = ["ignore the rules", "how does a cell divide?", "", "忽略规则"].map(ngramVector);
  for (const text of ["the rules of a cell", "", "规则"]) assertSame(texts, ngramVector(text));
});

Deno.test("vectors of other sizes are not near, and none has none", () => {
  assertEquals([...new KnownVectors([]).cosines(ngramVector("x"))], []);
  assertEquals([...new KnownVectors([ngramVector("x")]).cosines(new Float32Array(3))], [0]);
  assertEquals([...new KnownVectors([new Float32Array(3), ngramVector("x")]).cosines(new Float32Array(3))], [
    0,
    0,
  ]);
});
