/** SDKs of several providers, unmodified, each on its provider's row before a server as strict as the provider. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { createDeepSeek } from "@ai-sdk/deepseek";
import { createGroq } from "@ai-sdk/groq";
import { createMistral } from "@ai-sdk/mistral";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { createXai } from "@ai-sdk/xai";
import { APICallError, generateText, jsonSchema, Output, stepCountIs, streamText, tool } from "ai";
import OpenAI from "openai";
import { GatewayProcess } from "../e2e/gateway_process.ts";
import { present } from "./gateway.ts";
import { STRICT_TYPES, strictProviders } from "./strict_providers.ts";

const WEATHER = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
} as const;
const PERSON = jsonSchema<{ name: string }>({
  type: "object",
  properties: { name: { type: "string" } },
  required: ["name"],
  additionalProperties: false,
});

/** A model's name at the provider: xAI's quirks go by it, the mock's behaviour stands behind its `@`. */
const MODELS: Readonly<Record<string, string>> = { xai: "grok-4-fast" };

function config(origin: string): string {
  const providers = STRICT_TYPES.map((type) =>
    `  ${type}: { type: ${type}, base_url: "${origin}/${type}/v1", api_key: upstream-key }`
  );
  const models = STRICT_TYPES.flatMap((type) => [
    `  ${type}: "${type}/${MODELS[type] ?? "mock-model"}"`,
    `  ${type}-wrong: "${type}/mock-wrong@status=400"`,
    `  ${type}-busy: "${type}/mock-busy@status=429,retry_after=1"`,
  ]);
  return `
server: { drain_delay: 0s }
retry: { attempts: 1 }
providers:
${providers.join("\n")}
models:
${models.join("\n")}
`;
}

Deno.test("providers' own SDKs through the gateway", async (t) => {
  await using upstream = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, strictProviders());
  const { port } = upstream.addr as Deno.NetAddr;
  await using gateway = await GatewayProcess.start({ config: config(`http://127.0.0.1:${port}`) });
  const options = { baseURL: `${gateway.url}/v1`, apiKey: "any" };
  const clients = {
    groq: createGroq(options),
    mistral: createMistral(options),
    deepseek: createDeepSeek(options),
    // It speaks the responses API.
    xai: createXai(options),
    openai_compatible: createOpenAICompatible({
      ...options,
      name: "gateway",
      includeUsage: true,
      supportsStructuredOutputs: true,
    }),
  };

  for (const [type, client] of Object.entries(clients)) {
    const model = client(type);

    await t.step(`${type}: generates`, async () => {
      const { text, usage, finishReason } = await generateText({
        model,
        prompt: "Hello, world!",
        seed: 7,
        maxOutputTokens: 400,
      });
      assert(text.includes("Hello, world!"), text);
      assertEquals(finishReason, "stop");
      assert((usage.inputTokens ?? 0) > 0 && (usage.outputTokens ?? 0) > 0);
    });

    await t.step(`${type}: streams, with its usage`, async () => {
      const result = streamText({ model, prompt: "Hello, stream!" });
      const text = (await Array.fromAsync(result.textStream)).join("");
      assert(text.includes("Hello, stream!"), text);
      const usage = await result.usage;
      assert((usage.inputTokens ?? 0) > 0 && (usage.outputTokens ?? 0) > 0);
    });

    await t.step(`${type}: runs a tool and gives its result back`, async () => {
      const { text, toolResults, steps } = await generateText({
        model,
        prompt: "Use get_weather for Berlin",
        tools: {
          get_weather: tool({
            description: "The weather of a city",
            inputSchema: jsonSchema<{ city: string }>({ ...WEATHER, required: [...WEATHER.required] }),
            execute: () => "21 degrees",
          }),
        },
        stopWhen: stepCountIs(2),
      });
      assertEquals(steps.length, 2);
      assert(text.includes("21 degrees") || toolResults.length > 0, text);
    });

    await t.step(`${type}: gives an object`, async () => {
      const { output } = await generateText({
        model,
        system: "Answer as JSON.",
        prompt: "A person",
        output: Output.object({ schema: PERSON }),
      });
      // DeepSeek has no schemas: its SDK puts them into the prompt, which the mock does not heed.
      if (type !== "deepseek") assertEquals(typeof output.name, "string");
    });

    await t.step(`${type}: tells an error`, async () => {
      const failure = async (name: string) => {
        const error = await assertRejects(
          () => generateText({ model: client(`${type}-${name}`), prompt: "x", maxRetries: 0 }),
          Error,
        );
        // They bring several versions of the class.
        if (!APICallError.isInstance(error)) throw error;
        return error;
      };
      assertEquals((await failure("wrong")).statusCode, 400);
      const busy = await failure("busy");
      assertEquals([busy.statusCode, busy.responseHeaders?.["retry-after"]], [429, "1"]);
    });
  }

  const openai = new OpenAI({ baseURL: options.baseURL, apiKey: "any", maxRetries: 0 });

  for (const type of STRICT_TYPES) {
    await t.step(`OpenAI's SDK with all that it has, on ${type}`, async () => {
      const messages: OpenAI.ChatCompletionMessageParam[] = [
        { role: "developer", content: "Be brief." },
        { role: "user", name: "ada", content: "Use get_weather for Berlin" },
      ];
      const request = {
        model: type,
        tools: [{ type: "function" as const, function: { name: "get_weather", parameters: WEATHER } }],
        max_completion_tokens: 400,
        seed: 7,
        user: "u1",
        store: false,
        presence_penalty: 0.1,
        logit_bias: { "1": 1 },
      };
      const { choices: [first] } = await openai.chat.completions.create({ ...request, messages });
      const { message } = present(first);
      const call = present(message.tool_calls?.[0]);
      // As clients hand an answer back: whole, with what another provider put there.
      const earlier = { ...message, reasoning_content: "Look it up." };
      const stream = openai.chat.completions.stream({
        ...request,
        stream_options: { include_usage: true },
        messages: [...messages, earlier, { role: "tool", tool_call_id: call.id, content: "21 degrees" }],
      });
      const answer = await stream.finalChatCompletion();
      assertEquals(answer.choices[0]?.finish_reason, "stop");
      assert(answer.choices[0]?.message.content?.includes("21 degrees"));
    });
  }
});
