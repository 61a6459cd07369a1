import { assert, assertEquals, assertRejects } from "@std/assert";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { embed, embedMany, generateImage, generateSpeech, streamText, transcribe } from "ai";
import { SdkGateway, UPSTREAMS } from "./gateway.ts";

Deno.test("the AI SDK: embeddings, images, speech, transcriptions, and leaving", async (t) => {
  await using setup = await SdkGateway.start();
  const openai = createOpenAI({ baseURL: `${setup.url}/v1`, apiKey: "any" });
  const google = createGoogleGenerativeAI({ baseURL: `${setup.url}/v1beta`, apiKey: "any" });

  for (const [name, client] of Object.entries({ openai, google })) {
    for (const upstream of ["openai", "gemini"]) {
      await t.step(`${name} embeds on ${upstream}`, async () => {
        const model = client.embeddingModel(`model-${upstream}`);
        const one = await embed({ model, value: "One" });
        const two = await embedMany({ model, values: ["One", "Two"] });
        assertEquals(two.embeddings.length, 2);
        assertEquals(two.embeddings[0], one.embedding);
        assert(two.embeddings[1]?.join() !== one.embedding.join());
      });
    }
  }

  await t.step("makes an image", async () => {
    const { image } = await generateImage({ model: openai.image("model-openai"), prompt: "a pixel" });
    assert(image.uint8Array.length > 0);
  });

  await t.step("speaks and transcribes", async () => {
    const { audio } = await generateSpeech({ model: openai.speech("model-openai"), text: "Hello, world!" });
    assertEquals(audio.uint8Array.length, 1300);
    const heard = await transcribe({ model: openai.transcription("model-openai"), audio: audio.uint8Array });
    assert(heard.text.includes("1300 bytes"), heard.text);
  });

  for (const upstream of UPSTREAMS) {
    await t.step(`leaves in the middle of a stream of ${upstream}`, async () => {
      const abort = new AbortController();
      const { fullStream } = streamText({
        model: openai.chat(`paced-${upstream}`),
        prompt: "Go on and on",
        abortSignal: abort.signal,
      });
      const kinds = new Set<string>();
      for await (const part of fullStream) {
        kinds.add(part.type);
        if (part.type === "text-delta") abort.abort();
      }
      assert(kinds.has("abort"), [...kinds].join());
      const line = await setup.gateway.log((line) =>
        line["event"] === "request.cancelled" && line["requested_model"] === `paced-${upstream}`
      );
      assertEquals(line["status"], 499);
    });
  }

  await t.step("hears which models have no embeddings", async () => {
    await assertRejects(
      () => embed({ model: openai.embeddingModel("model-anthropic"), value: "x", maxRetries: 0 }),
      Error,
      "anthropic",
    );
  });
});
