import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  dotProduct,
  MAX_EMBEDDED,
  NGRAM_DIMENSIONS,
  ngramVector,
} from "../../../lib/stages/embedding/ngram_vectors.ts";

const near = (a: string, b: string) => dotProduct(ngramVector(a), ngramVector(b));

Deno.test("ngramVector() is of unit length, or all zeros, for any text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
    const vector = ngramVector(text);
    assertEquals(vector.length, NGRAM_DIMENSIONS);
    const length = dotProduct(vector, vector);
    assert(length === 0 || Math.abs(length - 1) < 1e-4, String(length));
  }));
});

Deno.test("ngramVector() of a text is always the same, whatever its case", () => {
  assertEquals(ngramVector("Sort a list"), ngramVector("sort a LIST"));
  assertAlmostEquals(near("Solve the equation", "solve the equation!"), 1, 1e-5);
});

for (
  const [text, nearer, farther] of [
    ["write a function that sorts a list", "a function for sorting lists", "a recipe for onion soup"],
    ["derivative of x squared", "what is the derivate of a square", "who was the king of France"],
    ["schreibe eine Sortierfunktion", "Sortierfunktionen schreiben", "Rezept für Zwiebelsuppe"],
    ["如何学习机器学习", "机器学习入门", "洋葱汤的做法"],
    ["データベースの設計", "データベース入門", "玉ねぎのスープ"],
  ] as const
) {
  Deno.test(`ngramVector(): "${text}" is nearer to what shares its words`, () => {
    assert(near(text, nearer) > near(text, farther) + 0.1, `${near(text, nearer)} ${near(text, farther)}`);
  });
}

Deno.test("ngramVector() looks at the beginning of a long text", () => {
  const words = "word ".repeat(MAX_EMBEDDED / 5 + 1);
  assertEquals(ngramVector(words), ngramVector(`${words} and something else altogether`));
});

Deno.test("dotProduct() of vectors of different models is 0", () => {
  assertEquals(dotProduct(new Float32Array([1, 0]), new Float32Array([1, 0, 0])), 0);
});
