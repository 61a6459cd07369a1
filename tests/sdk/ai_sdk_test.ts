import { assert, assertEquals, assertRejects } from "@std/assert";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogleGenerativeAI } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { APICallError, generateText, jsonSchema, Output, stepCountIs, streamText, tool } from "ai";
import { SdkGateway, UPSTREAMS } from "./gateway.ts";

const person = jsonSchema<{ name: string }>({
  type: "object",
  properties: { name: { type: "string" } },
  required: ["name"],
  additionalProperties: false,
});

Deno.test("the AI SDK: @ai-sdk/openai (chat and responses), @ai-sdk/anthropic and @ai-sdk/google", async (t) => {
  await using setup = await SdkGateway.start();
  const openai = createOpenAI({ baseURL: `${setup.url}/v1`, apiKey: "any" });
  const anthropic = createAnthropic({ baseURL: `${setup.url}/v1`, apiKey: "any" });
  const google = createGoogleGenerativeAI({ baseURL: `${setup.url}/v1beta`, apiKey: "any" });
  const clients = {
    "openai.chat": openai.chat,
    "openai.responses": openai.responses,
    "anthropic": anthropic,
    "google": google,
  };

  for (const [name, client] of Object.entries(clients)) {
    for (const upstream of UPSTREAMS) {
      const model = client(`model-${upstream}`);

      await t.step(`${name} generates on ${upstream}`, async () => {
        const { text, usage, finishReason } = await generateText({ model, prompt: "Hello, world!" });
        assert(text.includes("Hello, world!"));
        assertEquals(finishReason, "stop");
        assert((usage.inputTokens ?? 0) > 0 && (usage.outputTokens ?? 0) > 0);
      });

      await t.step(`${name} streams on ${upstream}`, async () => {
        const result = streamText({ model, prompt: "Hello, stream!" });
        const text = (await Array.fromAsync(result.textStream)).join("");
        assert(text.includes("Hello, stream!"));
        assert(((await result.usage).outputTokens ?? 0) > 0);
      });

      await t.step(`${name} runs a tool on ${upstream}`, async () => {
        const { text, toolResults, steps } = await generateText({
          model,
          prompt: "Use get_weather for Berlin",
          tools: {
            get_weather: tool({
              description: "The weather of a city",
              inputSchema: jsonSchema<{ city: string }>({
                type: "object",
                properties: { city: { type: "string" } },
                required: ["city"],
                additionalProperties: false,
              }),
              execute: () => "21 degrees",
            }),
          },
          stopWhen: stepCountIs(2),
        });
        assertEquals(steps.length, 2);
        assert(text.includes("21 degrees") || toolResults.length > 0, text);
      });

      // For Anthropic's API it forces a call, which Ollama's own API has no way to do.
      const forces = name === "anthropic" && upstream === "ollama";
      await t.step({
        name: `${name} gives an object on ${upstream}`,
        ignore: forces,
        fn: async () => {
          const { output } = await generateText({
            model,
            prompt: "A person",
            output: Output.object({ schema: person }),
          });
          assertEquals(typeof output.name, "string");
        },
      });

      await t.step(`${name} tells an error of ${upstream}`, async () => {
        const error = await assertRejects(
          () => generateText({ model: client(`wrong-${upstream}`), prompt: "x", maxRetries: 0 }),
          APICallError,
        );
        assertEquals(error.statusCode, 400);
      });
    }
  }
});
