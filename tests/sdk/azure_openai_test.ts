import { assert, assertEquals, assertRejects } from "@std/assert";
import OpenAI, { AuthenticationError, AzureOpenAI, NotFoundError, toFile } from "openai";
import { SdkGateway } from "./gateway.ts";

const CONFIG = `
pass_through: { provider: openai }
auth: { keys: [{ name: app, key: azure-client-key }] }
`;

Deno.test("openai's SDK for Azure", async (t) => {
  await using setup = await SdkGateway.start(CONFIG);
  const options = { endpoint: setup.url, apiVersion: "2024-10-21", maxRetries: 0 };
  const client = new AzureOpenAI({ ...options, apiKey: "azure-client-key" });
  const model = "model-openai";

  await t.step("asks a deployment, whole and streamed", async () => {
    for (const deployment of [model, "model-anthropic"]) {
      const messages = [{ role: "user" as const, content: "Hello, Azure!" }];
      const answer = await client.chat.completions.create({ model: deployment, messages });
      assert(answer.choices[0]?.message.content?.includes("Hello, Azure!"));
      let text = "";
      for await (
        const chunk of await client.chat.completions.create({ model: deployment, messages, stream: true })
      ) {
        text += chunk.choices[0]?.delta.content ?? "";
      }
      assertEquals(text, answer.choices[0]?.message.content);
    }
    const line = await setup.gateway.log((it) => it.event === "request.end");
    assertEquals(line.path, `/openai/deployments/${model}/chat/completions`);
  });

  await t.step("the deployment counts, whatever the body names", async () => {
    const answer = await fetch(`${setup.url}/openai/deployments/${model}/embeddings?api-version=2024-10-21`, {
      method: "POST",
      headers: { "api-key": "azure-client-key", "content-type": "application/json" },
      body: JSON.stringify({ model: "another", input: "x", dimensions: 2 }),
    });
    assertEquals([answer.status, (await answer.json()).model], [200, "mock-model"]);
  });

  await t.step("completions, embeddings, images", async () => {
    const completion = await client.completions.create({ model, prompt: "Hello" });
    assertEquals(completion.object, "text_completion");
    const embedding = await client.embeddings.create({ model, input: "x", dimensions: 3 });
    assertEquals(embedding.data[0]?.embedding.length, 3);
    const image = await client.images.generate({ model, prompt: "a pixel" });
    assertEquals(image.data?.length, 1);
  });

  await t.step("audio: a form names the deployment's model, or none", async () => {
    const file = await toFile(new Uint8Array(100), "a.mp3");
    const asked = await client.audio.transcriptions.create({ model, file });
    assert(asked.text.includes("100 bytes"));
    const form = new FormData();
    form.append("file", new File([new Uint8Array(100)], "b.mp3"));
    const url = `${setup.url}/openai/deployments/${model}/audio/transcriptions?api-version=2024-10-21`;
    const answer = await fetch(url, {
      method: "POST",
      headers: { "api-key": "azure-client-key" },
      body: form,
    });
    const text = await answer.text();
    assert(answer.status === 200 && text.includes("b.mp3 has 100 bytes"), text);
  });

  await t.step("what is asked of no deployment", async () => {
    const file = await client.files.create({
      file: await toFile(new Uint8Array(10), "x.jsonl"),
      purpose: "batch",
    });
    assertEquals((await Array.fromAsync(client.files.list())).map(({ id }) => id), [file.id]);
    const models = await Array.fromAsync(client.models.list());
    assert(models.some(({ id }) => id === model));
    const response = await client.responses.create({ model, input: "Hello" });
    assert(response.output_text.includes("Hello"));
  });

  await t.step("OpenAI's own SDK at Azure's new paths", async () => {
    const next = new OpenAI({
      baseURL: `${setup.url}/openai/v1/`,
      apiKey: "azure-client-key",
      maxRetries: 0,
    });
    const answer = await next.responses.create({ model, input: "Hello" });
    assertEquals((await next.responses.retrieve(answer.id)).id, answer.id);
    const chat = await next.chat.completions.create({ model, messages: [{ role: "user", content: "x" }] });
    assertEquals(chat.object, "chat.completion");
  });

  await t.step("a wrong key and an unknown deployment are refused", async () => {
    const stranger = new AzureOpenAI({ ...options, apiKey: "another-key" });
    await assertRejects(() => stranger.embeddings.create({ model, input: "x" }), AuthenticationError);
    await assertRejects(
      () => client.embeddings.create({ model: "model-opena", input: "x" }),
      NotFoundError,
      "Did you mean 'model-openai'?",
    );
  });
});
