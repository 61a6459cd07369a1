import { assert, assertEquals, assertRejects } from "@std/assert";
import OpenAI, { BadRequestError } from "openai";
import { SdkGateway } from "./gateway.ts";

Deno.test("openai's SDK: embeddings", async (t) => {
  await using setup = await SdkGateway.start();
  const client = new OpenAI({ baseURL: `${setup.url}/v1`, apiKey: "any", maxRetries: 0 });
  const model = "model-openai";

  await t.step("asks for base64 by default, and reads it", async () => {
    const answer = await client.embeddings.create({ model, input: "Hello", dimensions: 16 });
    assertEquals([answer.object, answer.data.length, answer.data[0]?.embedding.length], ["list", 1, 16]);
    const length = Math.hypot(...answer.data[0]?.embedding ?? []);
    assert(Math.abs(length - 1) < 1e-5, `a vector of length ${length}`);
    assert(answer.usage.prompt_tokens > 0);
  });

  await t.step("gets the same vector as numbers", async () => {
    const packed = await client.embeddings.create({ model, input: "Hello", dimensions: 4 });
    const plain = await client.embeddings.create({
      model,
      input: "Hello",
      dimensions: 4,
      encoding_format: "float",
    });
    assertEquals(plain.data[0]?.embedding.map(Math.fround), packed.data[0]?.embedding);
  });

  await t.step("sends batches of texts and of token ids", async () => {
    const texts = await client.embeddings.create({ model, input: ["a", "b", "c"], dimensions: 2 });
    assertEquals(texts.data.map(({ index }) => index), [0, 1, 2]);
    const tokens = await client.embeddings.create({ model, input: [[1, 2, 3], [4]], dimensions: 2 });
    assertEquals([tokens.data.length, tokens.usage.prompt_tokens], [2, 4]);
  });

  await t.step("embeds texts on Gemini, and hears that token ids are none", async () => {
    const gemini = { model: "model-gemini", dimensions: 8 };
    const answer = await client.embeddings.create({ ...gemini, input: ["a", "b"] });
    assertEquals(answer.data.map(({ embedding }) => embedding.length), [8, 8]);
    const error = await assertRejects(
      () => client.embeddings.create({ ...gemini, input: [[1, 2]] }),
      BadRequestError,
      "not token ids",
    );
    assertEquals(error.param, "input");
  });

  await t.step("says which models have none", async () => {
    const error = await assertRejects(
      () => client.embeddings.create({ model: "model-anthropic", input: "x" }),
      BadRequestError,
      "does not offer embeddings",
    );
    assertEquals([error.code, error.param], ["unsupported_operation", "model"]);
  });
});
