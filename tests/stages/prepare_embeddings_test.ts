/** A request for embeddings on its way to providers of all kinds. */
import { assertEquals, assertRejects } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import { InstrumentedProvider } from "../../lib/providers/instrumented_provider.ts";
import type { OperationRow } from "../../lib/providers/provider.ts";
import { JsonRequest } from "../../lib/stages/json_request.ts";
import { type EmbeddingsCodecs, prepareEmbeddings } from "../../lib/stages/prepare_embeddings.ts";
import type { JsonObject } from "../../lib/wire/canonical.ts";
import { vectorToBase64 } from "../../lib/wire/embeddings/vector.ts";
import { nothingObserved } from "../../lib/wire/observed.ts";
import { ManualClock } from "../manual_clock.ts";
import { ScriptedProvider } from "./scripted_provider.ts";

function prepared(
  body: string,
  row: Partial<OperationRow> = {},
  model = "up",
  codecs: EmbeddingsCodecs = {},
) {
  const provider = new ScriptedProvider("p", [], [], { embeddings: { path: "/embeddings", ...row } });
  const target = {
    provider: new InstrumentedProvider(provider, new ManualClock()),
    model,
    weight: 1,
    timeouts: {},
  };
  const operation = prepareEmbeddings(new JsonRequest(new TextEncoder().encode(body)), target, codecs);
  const answer = (json: JsonObject) => {
    const bytes = new TextEncoder().encode(JSON.stringify(json));
    const converted = operation.convert(bytes, json);
    return { json: converted.json, same: converted.bytes === bytes };
  };
  return { body: new TextDecoder().decode(operation.request.body as Uint8Array), answer, operation };
}

Deno.test("prepareEmbeddings() passes the client's bytes on, with the target's name for the model", () => {
  const asked = '{ "input" : [1,2],"model":"asked", "x": 1e400 }';
  assertEquals(prepared(asked, {}, "asked").body, asked);
  assertEquals(prepared(asked).body, '{ "input" : [1,2],"model":"up", "x": 1e400 }');
});

Deno.test("prepareEmbeddings() passes the answer's bytes on where its vectors are as asked for", () => {
  const floats = { data: [{ object: "embedding", index: 0, embedding: [1, 2] }] };
  assertEquals(prepared('{"model":"m","input":"x"}').answer(floats), { json: floats, same: true });
});

Deno.test("prepareEmbeddings() turns vectors into the encoding that was asked for", () => {
  const packed = { data: [{ object: "embedding", index: 0, embedding: vectorToBase64([1, 2]) }] };
  const floats = { data: [{ object: "embedding", index: 0, embedding: [1, 2] }] };
  assertEquals(prepared('{"model":"m","input":"x"}').answer(packed).json, floats);
  const base64 = '{"model":"m","input":"x","encoding_format":"base64"}';
  assertEquals(prepared(base64).answer(floats).json, packed);
});

Deno.test("prepareEmbeddings() leaves out what the provider refuses, and tells of what is lost", () => {
  const asked = '{"model":"up","input":"x","encoding_format":"base64","dimensions":3}';
  const { body, operation } = prepared(asked, { refuses: ["encoding_format", "dimensions"] });
  assertEquals(JSON.parse(body), { model: "up", input: "x" });
  assertEquals(operation.dropped, ["dimensions"]);
});

Deno.test("prepareEmbeddings() speaks another wire where the provider's row names it", async () => {
  const codecs: EmbeddingsCodecs = {
    texts: {
      encodeRequest(request) {
        if (request.inputs.some((input) => typeof input !== "string")) {
          throw new GatewayError("unsupported_parameter", "Token ids cannot be sent.", { param: "input" });
        }
        return { body: { texts: [...request.inputs] as string[] }, dropped: Object.keys(request.others) };
      },
      decodeResponse: (body) => ({ vectors: body["vectors"] as number[][], inputTokens: 2 }),
      observeResponse: () => ({ ...nothingObserved(), usage: { input: 2, output: NaN } }),
    },
  };
  const { body, answer, operation } = prepared(
    '{"model":"m","input":["a","b"],"encoding_format":"base64","odd":1}',
    { wire: "texts" },
    "up",
    codecs,
  );
  assertEquals([JSON.parse(body), operation.dropped], [{ texts: ["a", "b"] }, ["odd"]]);
  assertEquals(answer({ vectors: [[1], [2]] }).json, {
    object: "list",
    data: [[1], [2]].map((vector, index) => ({
      object: "embedding",
      index,
      embedding: vectorToBase64(vector),
    })),
    model: "m",
    usage: { prompt_tokens: 2, total_tokens: 2 },
  });
  const error = await assertRejects(
    () =>
      Promise.resolve().then(() => prepared('{"model":"m","input":[1]}', { wire: "texts" }, "up", codecs)),
    GatewayError,
  );
  assertEquals(error.param, "input");
});
