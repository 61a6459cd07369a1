import { assert, assertEquals } from "@std/assert";
import OpenAI from "openai";
import { zodFunction, zodResponseFormat, zodResponsesFunction, zodTextFormat } from "openai/helpers/zod";
import { z } from "zod";
import { present, SdkGateway, UPSTREAMS } from "./gateway.ts";

const Person = z.object({ name: z.string(), age: z.number().int(), tags: z.array(z.string()) });
const City = z.object({ city: z.string() });
const QUESTION = "Use get_weather and find_population for Berlin";

Deno.test("openai's SDK: helpers for schemas and tools", async (t) => {
  await using setup = await SdkGateway.start();
  const client = new OpenAI({ baseURL: `${setup.url}/v1`, apiKey: "any", maxRetries: 0 });

  for (const upstream of UPSTREAMS) {
    const model = `model-${upstream}`;

    await t.step(
      `chat parses an answer into a schema of zod's on ${upstream}, whole and streamed`,
      async () => {
        const request = {
          model,
          messages: [{ role: "user" as const, content: "A person" }],
          response_format: zodResponseFormat(Person, "person"),
        };
        const whole = await client.chat.completions.parse(request);
        assert(Person.safeParse(whole.choices[0]?.message.parsed).success);
        const streamed = await client.chat.completions.stream(request).finalChatCompletion();
        assertEquals(streamed.choices[0]?.message.parsed, whole.choices[0]?.message.parsed);
      },
    );

    await t.step(`chat parses arguments of tools by zod on ${upstream}`, async () => {
      const answer = await client.chat.completions.parse({
        model,
        messages: [{ role: "user", content: QUESTION }],
        tools: ["get_weather", "find_population"].map((name) => zodFunction({ name, parameters: City })),
      });
      const calls = present(answer.choices[0]?.message.tool_calls).filter((call) => call.type === "function");
      assertEquals(calls.map((call) => call.function.name), ["get_weather", "find_population"]);
      assert(calls.every((call) => City.safeParse(call.function.parsed_arguments).success));
    });

    for (const stream of [false, true] as const) {
      await t.step(`chat runs tools on ${upstream}, ${stream ? "streamed" : "whole"}`, async () => {
        const asked: string[] = [];
        const tool = (name: string, result: string) =>
          zodFunction({
            name,
            parameters: City,
            function: ({ city }) => {
              asked.push(`${name} ${typeof city}`);
              return result;
            },
          });
        const request = {
          model,
          messages: [{ role: "user" as const, content: QUESTION }],
          tools: [tool("get_weather", "21 degrees"), tool("find_population", "3 million")],
        };
        const runner = stream
          ? client.chat.completions.runTools({ ...request, stream })
          : client.chat.completions.runTools(request);
        const text = present(await runner.finalContent());
        assertEquals(asked, ["get_weather string", "find_population string"]);
        assert(text.includes("21 degrees") && text.includes("3 million"), text);
      });
    }

    await t.step(`responses parse an answer and arguments by zod on ${upstream}`, async () => {
      const text = { format: zodTextFormat(Person, "person") };
      const whole = await client.responses.parse({ model, input: "A person", text });
      assert(Person.safeParse(whole.output_parsed).success);
      const streamed = await client.responses.stream({ model, input: "A person", text }).finalResponse();
      assertEquals(streamed.output_parsed, whole.output_parsed);
      const called = await client.responses.parse({
        model,
        input: "Use get_weather for Berlin",
        tools: [zodResponsesFunction({ name: "get_weather", parameters: City })],
      });
      const call = present(called.output.find((item) => item.type === "function_call"));
      assert(City.safeParse(call.parsed_arguments).success);
    });

    await t.step(`counts the tokens of a response's input on ${upstream}`, async () => {
      const short = await client.responses.inputTokens.count({ model, input: "Hello" });
      const long = await client.responses.inputTokens.count({ model, input: "Hello ".repeat(100) });
      assert(short.input_tokens > 0 && long.input_tokens > short.input_tokens);
    });
  }

  await t.step("gives the answer with its HTTP response", async () => {
    const { data, response, request_id } = await client.chat.completions
      .create({ model: "model-chat", messages: [{ role: "user", content: "x" }] }).withResponse();
    assert(data.choices[0]?.message.content);
    assertEquals(response.headers.get("x-gateway-provider"), "chat");
    await setup.gateway.log((line) => line["request_id"] === request_id && line["status"] === 200);
  });
});
