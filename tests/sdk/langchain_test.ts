import { assert, assertEquals, assertRejects } from "@std/assert";
import { ChatAnthropic } from "@langchain/anthropic";
import { AIMessageChunk, HumanMessage, SystemMessage, type UsageMetadata } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import { ChatOpenAI, OpenAI, OpenAIEmbeddings } from "@langchain/openai";
import { z } from "zod";
import { present, SdkGateway, UPSTREAMS } from "./gateway.ts";

const weather = tool(() => "21 degrees", {
  name: "get_weather",
  description: "The weather of a city",
  schema: z.object({ city: z.string() }),
});
const population = tool(() => "3 million", {
  name: "find_population",
  description: "How many live in a city",
  schema: z.object({ city: z.string() }),
});
const Person = z.object({ name: z.string(), age: z.number().int() });

Deno.test("LangChain: ChatOpenAI (chat and responses) and ChatAnthropic", async (t) => {
  await using setup = await SdkGateway.start();
  const openai = { apiKey: "any", maxRetries: 0, configuration: { baseURL: `${setup.url}/v1` } };
  const clients = {
    "ChatOpenAI (chat)": (model: string) => new ChatOpenAI({ ...openai, model, streamUsage: true }),
    "ChatOpenAI (responses)": (model: string) => new ChatOpenAI({ ...openai, model, useResponsesApi: true }),
    "ChatAnthropic": (model: string) =>
      new ChatAnthropic({
        model,
        apiKey: "any",
        anthropicApiUrl: setup.url,
        maxTokens: 500,
        maxRetries: 0,
        streamUsage: true,
      }),
  };

  for (const [name, client] of Object.entries(clients)) {
    for (const upstream of UPSTREAMS) {
      const model = `model-${upstream}`;

      await t.step(`${name} answers on ${upstream}`, async () => {
        const answer = await client(model).invoke([
          new SystemMessage("Be kind."),
          new HumanMessage("Hello, world!"),
        ]);
        assert(answer.text.includes("Hello, world!"), answer.text);
        const { input_tokens, output_tokens, total_tokens } = usageOf(answer);
        assert(input_tokens > 0 && output_tokens > 0);
        assertEquals(total_tokens, input_tokens + output_tokens);
      });

      await t.step(`${name} streams on ${upstream}, with its usage`, async () => {
        let all = new AIMessageChunk("");
        let chunks = 0;
        for await (const chunk of await client(model).stream("Hello, stream!")) {
          all = all.concat(chunk);
          chunks++;
        }
        assert(chunks > 2);
        assert(all.text.includes("Hello, stream!"), all.text);
        assert(usageOf(all).output_tokens > 0);
      });

      await t.step(`${name} calls two tools at once on ${upstream} and uses their results`, async () => {
        const tools = [weather, population];
        const bound = client(model).bindTools(tools);
        const question = new HumanMessage("Use get_weather and find_population for Berlin");
        const first = await bound.invoke([question]);
        const calls = present(first.tool_calls);
        assertEquals(calls.map((call) => call.name).sort(), ["find_population", "get_weather"]);
        const results = await Promise.all(
          calls.map((call) => present(tools.find((each) => each.name === call.name)).invoke(call)),
        );
        const second = await bound.invoke([question, first, ...results]);
        assert(second.text.includes("21 degrees") && second.text.includes("3 million"), second.text);
      });

      await t.step(`${name} streams a tool call on ${upstream}`, async () => {
        let all = new AIMessageChunk("");
        for await (const chunk of await client(model).bindTools([weather]).stream("Use get_weather")) {
          all = all.concat(chunk);
        }
        const [call] = present(all.tool_calls);
        assertEquals(call?.name, "get_weather");
        assertEquals(typeof call?.args["city"], "string");
      });

      await t.step(`${name} gives structured output on ${upstream}`, async () => {
        // ChatAnthropic's default forces a call, which Ollama's own API has no way to do.
        const method = name === "ChatAnthropic" && upstream === "ollama" ? "jsonSchema" : undefined;
        const asked = client(model).withStructuredOutput(Person, {
          name: "person",
          ...method && { method },
        });
        assertEquals(Person.safeParse(await asked.invoke("A person")).success, true);
      });

      await t.step(`${name} tells an error of ${upstream}`, async () => {
        const failure = async (behaviour: string) =>
          await assertRejects(() => client(`${behaviour}-${upstream}`).invoke("x"), Error) as Error & {
            status?: number;
          };
        assertEquals((await failure("wrong")).status, 400);
        assertEquals((await failure("busy")).status, 429);
        assertEquals((await failure("down")).status, 503);
      });

      await t.step(`${name} leaves in the middle of a stream of ${upstream}`, async () => {
        const asked = `paced-${upstream}`;
        const before = setup.gateway.logs.length;
        const abort = new AbortController();
        await assertRejects(async () => {
          const stream = await client(asked).stream("Go on and on", { signal: abort.signal });
          for await (const _ of stream) abort.abort();
        });
        const line = await setup.gateway.log((line) =>
          setup.gateway.logs.indexOf(line) >= before &&
          line["event"] === "request.cancelled" && line["requested_model"] === asked
        );
        assertEquals(line["status"], 499);
      });
    }
  }

  await t.step("ChatOpenAI (responses) goes on from the previous response", async () => {
    const chat = clients["ChatOpenAI (responses)"]("model-anthropic");
    const first = await chat.invoke("My name is Ada.");
    const second = await chat.invoke("Go on.", {
      previous_response_id: String(first.response_metadata["id"]),
    });
    const tokens = (answer: typeof first) => usageOf(answer).input_tokens;
    assert(tokens(second) > tokens(first), "the first turn went along");
  });

  await t.step("ChatOpenAI answers several prompts at once", async () => {
    const answers = await clients["ChatOpenAI (chat)"]("model-openai").batch(["one", "two", "three"]);
    assertEquals(answers.map((each) => /"(.+)"/.exec(each.text)?.[1]), ["one", "two", "three"]);
  });

  await t.step("OpenAI completes", async () => {
    const completing = new OpenAI({ ...openai, model: "model-openai" });
    assert((await completing.invoke("Hello, world!")).includes("Hello, world!"));
  });

  await t.step("OpenAIEmbeddings embeds a query and documents", async () => {
    const embeddings = new OpenAIEmbeddings({ ...openai, model: "model-openai", dimensions: 8 });
    assertEquals((await embeddings.embedQuery("a")).length, 8);
    assertEquals((await embeddings.embedDocuments(["a", "b"])).map((each) => each.length), [8, 8]);
  });
});

/** The usage, which LangChain's types take for absent. */
function usageOf(message: { readonly usage_metadata?: unknown }): UsageMetadata {
  return present(message.usage_metadata as UsageMetadata | undefined);
}
