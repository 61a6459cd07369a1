import { assert, assertEquals, assertRejects } from "@std/assert";
import OpenAI, { NotFoundError, toFile } from "openai";
import { present, SdkGateway } from "./gateway.ts";

const CONFIG = `
pass_through: { provider: openai }
`;

Deno.test("openai's SDK: moderations, images, audio, files, batches and vector stores", async (t) => {
  await using setup = await SdkGateway.start(CONFIG);
  const client = new OpenAI({ baseURL: `${setup.url}/v1`, apiKey: "any", maxRetries: 0 });
  const model = "model-openai";

  await t.step("moderations, with a model and without", async () => {
    const mild = await client.moderations.create({ model, input: "Hello" });
    assertEquals([mild.model, mild.results[0]?.flagged], ["mock-model", false]);
    const wild = await client.moderations.create({ input: ["Hello", "violence"] });
    assertEquals(wild.results.map(({ flagged }) => flagged), [false, true]);
    assertEquals(wild.model, "omni-moderation-latest");
  });

  await t.step("images, made and edited, whole and streamed", async () => {
    const made = await client.images.generate({ model, prompt: "a pixel", n: 2 });
    assertEquals(made.data?.length, 2);
    assert((made.usage?.input_tokens ?? 0) > 0);
    const image = await toFile(new Uint8Array(3000), "a.png", { type: "image/png" });
    const edited = await client.images.edit({ model, image, prompt: "grey" });
    assert(present(edited.data)[0]?.b64_json);
    const varied = await client.images.createVariation({ image });
    assertEquals(varied.data?.length, 1);
    const events = await Array.fromAsync(
      await client.images.generate({ model, prompt: "a pixel", stream: true, partial_images: 2 }),
    );
    assertEquals(events.map(({ type }) => type), [
      "image_generation.partial_image",
      "image_generation.partial_image",
      "image_generation.completed",
    ]);
  });

  await t.step("speech, as bytes and as events", async () => {
    const spoken = await client.audio.speech.create({ model, input: "Hello, world!", voice: "alloy" });
    assertEquals(spoken.headers.get("content-type"), "audio/mpeg");
    const bytes = new Uint8Array(await spoken.arrayBuffer());
    assertEquals(bytes.length, 1300);
    const streamed = await client.audio.speech.create({
      model,
      input: "Hello, world!",
      voice: "alloy",
      stream_format: "sse",
    });
    const text = await streamed.text();
    assert(text.includes("speech.audio.delta") && text.includes("speech.audio.done"), text);
  });

  await t.step("transcriptions of a file, with the model before and behind it", async () => {
    const file = await toFile(new Uint8Array(5000), "speech.mp3");
    const text = "The file speech.mp3 has 5000 bytes.";
    assertEquals((await client.audio.transcriptions.create({ model, file })).text, text);
    assertEquals((await client.audio.transcriptions.create({ file, model })).text, text);
    const plain = await client.audio.transcriptions.create({ file, model, response_format: "text" });
    assertEquals(plain as unknown, `${text}\n`);
    assertEquals((await client.audio.translations.create({ file, model })).text, text);
    let heard = "";
    for await (const event of await client.audio.transcriptions.create({ file, model, stream: true })) {
      if (event.type === "transcript.text.delta") heard += event.delta;
    }
    assertEquals(heard, text);
    const line = await setup.gateway.log((it) => it.path === "/v1/audio/transcriptions");
    assertEquals([line.model, line.requested_model, line.input_tokens], ["mock-model", model, 50]);
  });

  await t.step("files are uploaded, listed, looked up, read and deleted", async () => {
    const content = Array.from({ length: 1000 }, (_, i) => `{"line":${i}}`).join("\n");
    const file = await client.files.create({
      file: await toFile(bytesOf(content), "b.jsonl"),
      purpose: "batch",
    });
    assertEquals([file.filename, file.bytes, file.purpose], ["b.jsonl", content.length, "batch"]);
    const other = await client.files.create({
      file: await toFile(bytesOf("x"), "x.txt"),
      purpose: "user_data",
    });
    const listed = await Array.fromAsync(client.files.list({ purpose: "batch" }));
    assertEquals(listed.map(({ id }) => id), [file.id]);
    assertEquals((await client.files.retrieve(file.id)).id, file.id);
    assertEquals(await (await client.files.content(file.id)).text(), content);
    assertEquals((await client.files.delete(other.id)).deleted, true);
    await assertRejects(() => client.files.retrieve(other.id), NotFoundError, "No such File");
  });

  await t.step("batches are made, listed and cancelled", async () => {
    const file = await client.files.create({
      file: await toFile(bytesOf("{}"), "b.jsonl"),
      purpose: "batch",
    });
    const batch = await client.batches.create({
      input_file_id: file.id,
      endpoint: "/v1/chat/completions",
      completion_window: "24h",
    });
    assertEquals(batch.status, "validating");
    assertEquals((await Array.fromAsync(client.batches.list())).map(({ id }) => id), [batch.id]);
    assertEquals((await client.batches.retrieve(batch.id)).id, batch.id);
    assertEquals((await client.batches.cancel(batch.id)).status, "cancelling");
  });

  await t.step(
    "vector stores are made, searched and named in a request, and their files come and go",
    async () => {
      const file = await client.files.create({
        file: await toFile(bytesOf("of all things"), "a.txt"),
        purpose: "assistants",
      });
      const store = await client.vectorStores.create({ name: "knowledge" });
      const added = await client.vectorStores.files.createAndPoll(store.id, { file_id: file.id });
      assertEquals([added.id, added.status], [file.id, "completed"]);
      const batch = await client.vectorStores.fileBatches.create(store.id, { file_ids: [file.id] });
      assertEquals(batch.file_counts.completed, 1);
      const found = await Array.fromAsync(client.vectorStores.search(store.id, { query: "things" }));
      assertEquals(found.map(({ file_id }) => file_id), [file.id]);
      const answer = await client.responses.create({
        model,
        input: "Hi",
        tools: [{ type: "file_search", vector_store_ids: [store.id] }],
      });
      assertEquals(answer.status, "completed");
      assertEquals((await client.vectorStores.update(store.id, { name: "more" })).name, "more");
      assertEquals((await Array.fromAsync(client.vectorStores.list())).map(({ id }) => id), [store.id]);
      await client.vectorStores.files.delete(file.id, { vector_store_id: store.id });
      assertEquals(await Array.fromAsync(client.vectorStores.files.list(store.id)), []);
      assertEquals((await client.vectorStores.delete(store.id)).deleted, true);
      await assertRejects(() => client.vectorStores.retrieve(store.id), NotFoundError, "No vector store");
    },
  );

  await t.step("rerank, which OpenAI has not", async () => {
    const answer = await client.post<{ results: { index: number }[] }>("/rerank", {
      body: { model: "model-chat", query: "red apple", documents: ["a blue sky", "an apple, red"], top_n: 1 },
    });
    assertEquals(answer.results.map(({ index }) => index), [1]);
  });

  await t.step("a large upload goes on as it comes", async () => {
    const size = 48 * 1024 * 1024;
    const file = await toFile(new Uint8Array(size), "large.bin");
    assertEquals((await client.files.create({ file, purpose: "user_data" })).bytes, size);
    const line = await setup.gateway.log((it) => it.path === "/v1/files" && Number(it.duration_ms) > 0);
    assert(line.status === 200);
  });
});

Deno.test("openai's SDK: without a provider for them, files are refused by name", async () => {
  await using setup = await SdkGateway.start();
  const client = new OpenAI({ baseURL: `${setup.url}/v1`, apiKey: "any", maxRetries: 0 });
  const refused = await assertRejects(() => client.files.list(), NotFoundError, "pass_through.provider");
  assertEquals(refused.code, "unsupported_operation");
  await assertRejects(
    () => client.moderations.create({ input: "x" }),
    NotFoundError,
    "pass_through.provider",
  );
});

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
