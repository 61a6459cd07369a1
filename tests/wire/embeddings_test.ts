/** Embeddings as OpenAI has them: what is asked, what is answered, and vectors in both encodings. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { GatewayError } from "../../lib/errors.ts";
import type { JsonObject } from "../../lib/wire/canonical.ts";
import { encodingFormatOf } from "../../lib/wire/embeddings.ts";
import {
  decodeEmbeddingsRequest,
  encodeEmbeddingsResponse,
  observeEmbeddings,
  withVectorsAs,
} from "../../lib/wire/embeddings/openai.ts";
import { vectorFromBase64, vectorToBase64 } from "../../lib/wire/embeddings/vector.ts";
import { needsOpenaiSchema, validator } from "./openai_schema.ts";
import { exchanges, recordings } from "./recordings.ts";
import { needsRecordings } from "./shared.ts";

Deno.test("a vector survives base64, to the precision of its floats", () => {
  fc.assert(fc.property(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true })), (vector) => {
    const back = vectorFromBase64(vectorToBase64(vector));
    assertEquals(back.map(Math.fround), vector.map((each) => each === 0 ? each : Math.fround(each)));
  }));
});

Deno.test("a vector in base64 is what OpenAI's SDK reads: 32-bit floats, little-endian", () => {
  assertEquals(vectorToBase64([1, -2.5]), btoa(String.fromCharCode(0, 0, 128, 63, 0, 0, 32, 192)));
  assertEquals(vectorFromBase64(vectorToBase64([0.1])), [0.100000001], "no more digits than tell a float");
});

for (const text of ["AAA", "AAAA", "****", "AAAAAA=A"]) {
  Deno.test(`vectorFromBase64() refuses ${JSON.stringify(text)}`, () => {
    assertThrows(() => vectorFromBase64(text), TypeError);
  });
}

const INPUTS: readonly [body: JsonObject, inputs: unknown][] = [
  [{ input: "a" }, ["a"]],
  [{ input: ["a", "b"] }, ["a", "b"]],
  [{ input: [1, 2] }, [[1, 2]]],
  [{ input: [[1, 2], [3]] }, [[1, 2], [3]]],
];

for (const [body, inputs] of INPUTS) {
  Deno.test(`decodeEmbeddingsRequest() reads the inputs of ${JSON.stringify(body)}`, () => {
    assertEquals(decodeEmbeddingsRequest(body, "m").inputs, inputs);
  });
}

const REFUSED: readonly [body: JsonObject, param: string][] = [
  [{}, "input"],
  [{ input: [] }, "input"],
  [{ input: 1 }, "input"],
  [{ input: ["a", 1] }, "input"],
  [{ input: [1.5] }, "input"],
  [{ input: [[]] }, "input"],
  [{ input: "a", dimensions: 0 }, "dimensions"],
  [{ input: "a", dimensions: "3" }, "dimensions"],
];

for (const [body, param] of REFUSED) {
  Deno.test(`decodeEmbeddingsRequest() refuses ${JSON.stringify(body)}`, () => {
    const error = assertThrows(() => decodeEmbeddingsRequest(body, "m"), GatewayError);
    assertEquals([error.status, error.param], [400, param]);
  });
}

Deno.test("decodeEmbeddingsRequest() keeps what it does not know", () => {
  const { others, dimensions, user } = decodeEmbeddingsRequest(
    { model: "x", input: "a", dimensions: 3, user: "u", encoding_format: "float", truncate: "END" },
    "m",
  );
  assertEquals([others, dimensions, user], [{ truncate: "END" }, 3, "u"]);
});

Deno.test({
  name: "encodeEmbeddingsResponse() gives what OpenAI's schema describes",
  ...needsOpenaiSchema(),
  fn() {
    const body = encodeEmbeddingsResponse({ vectors: [[0.5, 1], [2, 3]], inputTokens: 4 }, "float", "m");
    assertEquals(validator("CreateEmbeddingResponse")(body), []);
    assertEquals(observeEmbeddings(body).usage, { input: 4, output: NaN });
    const packed = encodeEmbeddingsResponse({ vectors: [[0.5, 1]] }, "base64", "m");
    assertEquals(withVectorsAs(packed, "float")?.["data"], [{
      object: "embedding",
      index: 0,
      embedding: [0.5, 1],
    }]);
  },
});

Deno.test("withVectorsAs() leaves an answer alone that is as it was asked for", () => {
  const floats = { data: [{ embedding: [1, 2] }] };
  assertEquals(withVectorsAs(floats, "float"), null);
  assertEquals(withVectorsAs({ data: [{ embedding: "AACAPw==" }] }, "base64"), null);
  assertEquals(withVectorsAs({ object: "list" }, "float"), null);
  assertThrows(() => withVectorsAs({ data: [{ embedding: "!" }] }, "float"), TypeError);
});

Deno.test({
  name: "recorded embeddings: tokens are read, and vectors survive the other encoding",
  ...needsRecordings,
  fn() {
    const answers = [
      ...exchanges("embeddings-").filter((it) => it.status === 200).map((
        it,
      ): [string, JsonObject, JsonObject] => [
        it.name,
        JSON.parse(it.response),
        it.request,
      ]),
      ...recordings("openai/embedding").map((
        it,
      ): [string, JsonObject, JsonObject] => [it.name, it.body ?? {}, {}]),
    ];
    assert(answers.length >= 5);
    for (const [name, body, request] of answers) {
      const observed = observeEmbeddings(body);
      assert((observed.usage?.input ?? 0) > 0 && observed.model !== "", name);
      const asked = encodingFormatOf(request["encoding_format"]);
      assertEquals(withVectorsAs(body, asked), null, name);
      const turned = withVectorsAs(body, asked === "float" ? "base64" : "float");
      const back = withVectorsAs(turned ?? {}, asked);
      if (asked === "base64") assertEquals(back, body, name);
      else assertEquals(floatsOf(back ?? {}), floatsOf(body), name);
    }
  },
});

Deno.test({
  name: "recorded refusals of embeddings are seen as errors",
  ...needsRecordings,
  fn() {
    const refused = exchanges("embeddings-").filter((it) => it.status !== 200);
    assert(refused.length > 0);
    for (const { name, response } of refused) {
      assert(observeEmbeddings(JSON.parse(response)).error !== null, name);
    }
  },
});

/** All vectors as floats of 32 bits. */
function floatsOf(body: JsonObject): number[][] {
  const data = body["data"] as { embedding: number[] }[];
  return data.map(({ embedding }) => embedding.map(Math.fround));
}
