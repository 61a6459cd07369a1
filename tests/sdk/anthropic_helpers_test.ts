import { assert, assertEquals, assertRejects } from "@std/assert";
import Anthropic from "@anthropic-ai/sdk";
import { betaZodTool } from "@anthropic-ai/sdk/helpers/beta/zod";
import { zodOutputFormat } from "@anthropic-ai/sdk/helpers/zod";
import { z } from "zod";
import { present, SdkGateway, UPSTREAMS } from "./gateway.ts";

const Person = z.object({ name: z.string(), age: z.number().int() });

Deno.test("Anthropic's SDK: helpers for schemas, tools and threads", async (t) => {
  await using setup = await SdkGateway.start();
  const client = new Anthropic({ baseURL: setup.url, apiKey: "any", maxRetries: 0 });
  const weather = betaZodTool({
    name: "get_weather",
    description: "The weather of a city",
    inputSchema: z.object({ city: z.string() }),
    run: () => "21 degrees",
  });

  for (const upstream of UPSTREAMS) {
    const request = (content: string) => ({
      model: `model-${upstream}`,
      max_tokens: 500,
      messages: [{ role: "user" as const, content }],
    });

    await t.step(`parses an answer into a schema of zod's on ${upstream}`, async () => {
      const answer = await client.messages.parse({
        ...request("A person"),
        output_config: { format: zodOutputFormat(Person) },
      });
      assert(Person.safeParse(answer.parsed_output).success);
    });

    for (const stream of [false, true]) {
      await t.step(`runs tools on ${upstream}, ${stream ? "streamed" : "whole"}`, async () => {
        // It would leave the conversation with Anthropic, and takes it back where it is refused.
        const runner = client.beta.messages.toolRunner({
          ...request("Use get_weather for Berlin"),
          tools: [weather],
          stream,
        });
        const { content: [block], usage } = await runner.runUntilDone();
        assert(block?.type === "text" && block.text.includes("21 degrees"));
        const whole = await client.beta.messages.create({
          ...runner.params,
          stream: false,
          thread: null,
          messages: runner.params.messages.slice(0, 3),
        });
        assertEquals(usage.input_tokens, whole.usage.input_tokens, "the whole conversation went along");
      });
    }

    await t.step(`refuses a thread on ${upstream}, which no provider here keeps`, async () => {
      const error = await assertRejects(
        () => client.beta.messages.create({ ...request("x"), thread: { type: "create" } }),
        Anthropic.BadRequestError,
      );
      const { details } = (error.error as { error: { details: { error_code: string } } }).error;
      assertEquals(details.error_code, "thread_unsupported_request");
    });

    await t.step(`counts tokens on ${upstream}`, async () => {
      const count = async (text: string) => {
        const { max_tokens: _, ...asked } = request(text);
        return (await client.messages.countTokens(asked)).input_tokens;
      };
      const short = await count("Hello");
      assert(short > 0 && await count("Hello ".repeat(100)) > short);
    });
  }

  await t.step("knows the request by the gateway's id", async () => {
    const message = await client.messages.create({
      model: "model-chat",
      max_tokens: 5,
      messages: [{ role: "user", content: "x" }],
    });
    const id = present(message._request_id);
    await setup.gateway.log((line) => line["request_id"] === id && line["status"] === 200);
  });
});
