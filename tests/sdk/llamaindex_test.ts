import { assert, assertEquals, assertRejects } from "@std/assert";
import { OpenAI, OpenAIEmbedding, OpenAIResponses } from "@llamaindex/openai";
import { Document, Settings, tool, type ToolCallLLM, VectorStoreIndex } from "llamaindex";
import { z } from "zod";
import { SdkGateway, UPSTREAMS } from "./gateway.ts";

const weather = tool({
  name: "get_weather",
  description: "The weather of a city",
  parameters: z.object({ city: z.string() }),
  execute: () => "21 degrees",
});

Deno.test("LlamaIndex: OpenAI and OpenAIResponses", async (t) => {
  await using setup = await SdkGateway.start();
  const options = { apiKey: "any", baseURL: `${setup.url}/v1`, maxRetries: 0 };
  const clients: Record<"OpenAI" | "OpenAIResponses", (model: string) => ToolCallLLM> = {
    OpenAI: (model: string) => new OpenAI({ ...options, model, supportToolCall: true }),
    OpenAIResponses: (model: string) => new OpenAIResponses({ ...options, model, supportToolCall: true }),
  };

  for (const [name, client] of Object.entries(clients)) {
    for (const upstream of UPSTREAMS) {
      const llm = client(`model-${upstream}`);

      await t.step(`${name} chats on ${upstream}`, async () => {
        const { message } = await llm.chat({
          messages: [{ role: "system", content: "Be kind." }, { role: "user", content: "Hello, world!" }],
        });
        assert(String(message.content).includes("Hello, world!"));
      });

      await t.step(`${name} streams on ${upstream}`, async () => {
        const stream = await llm.chat({
          messages: [{ role: "user", content: "Hello, stream!" }],
          stream: true,
        });
        const text = (await Array.fromAsync(stream)).map(({ delta }) => delta).join("");
        assert(text.includes("Hello, stream!"), text);
      });

      await t.step(`${name} calls a tool on ${upstream} and uses its result`, async () => {
        const { newMessages, toolCalls } = await llm.exec({
          messages: [{ role: "user", content: "Use get_weather for Berlin" }],
          tools: [weather],
        });
        assertEquals(toolCalls.map((call) => call.name), ["get_weather"]);
        const { message } = await llm.chat({
          messages: [{ role: "user", content: "Use get_weather for Berlin" }, ...newMessages],
          tools: [weather],
        });
        assert(String(message.content).includes("21 degrees"), String(message.content));
      });

      await t.step(`${name} tells an error of ${upstream}`, async () => {
        const error = await assertRejects(
          () => client(`wrong-${upstream}`).chat({ messages: [{ role: "user", content: "x" }] }),
          Error,
        ) as Error & { status?: number };
        assertEquals(error.status, 400);
      });
    }
  }

  await t.step("an index of documents is made and asked", async () => {
    Settings.llm = clients.OpenAI("model-anthropic");
    Settings.embedModel = new OpenAIEmbedding({ ...options, model: "model-openai" });
    const index = await VectorStoreIndex.fromDocuments([
      new Document({ text: "The gateway was first started in Berlin." }),
    ]);
    const { message, sourceNodes } = await index.asQueryEngine().query({ query: "Where was it started?" });
    assert(String(message.content).includes("Where was it started?"));
    assertEquals(sourceNodes?.length, 1);
  });
});
