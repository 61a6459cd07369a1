import { assert, assertEquals, assertRejects } from "@std/assert";
import Anthropic from "@anthropic-ai/sdk";
import { present, SdkGateway, UPSTREAMS } from "./gateway.ts";

const WEATHER = {
  name: "get_weather",
  description: "The weather of a city",
  input_schema: {
    type: "object" as const,
    properties: { city: { type: "string" } },
    required: ["city"],
  },
};

Deno.test("Anthropic's SDK: messages", async (t) => {
  await using setup = await SdkGateway.start();
  const client = new Anthropic({ baseURL: setup.url, apiKey: "any", maxRetries: 0 });

  for (const upstream of UPSTREAMS) {
    const model = `model-${upstream}`;

    await t.step(`answers on ${upstream}`, async () => {
      const answer = await client.messages.create({
        model,
        max_tokens: 500,
        system: "Be kind.",
        messages: [{ role: "user", content: "Hello, world!" }],
      });
      assertEquals([answer.type, answer.role, answer.stop_reason], ["message", "assistant", "end_turn"]);
      const [block] = answer.content;
      assert(block?.type === "text" && block.text.includes("Hello, world!"));
      assert(answer.usage.input_tokens > 0 && answer.usage.output_tokens > 0);
    });

    await t.step(`streams on ${upstream}, the same text as whole`, async () => {
      const request = {
        model,
        max_tokens: 500,
        messages: [{ role: "user" as const, content: "Hello, stream!" }],
      };
      const whole = await client.messages.create(request);
      const stream = client.messages.stream(request);
      const types = new Set<string>();
      stream.on("streamEvent", (event) => types.add(event.type));
      const final = await stream.finalMessage();
      const [expected] = whole.content;
      assertEquals(await stream.finalText(), expected?.type === "text" ? expected.text : "");
      assertEquals(final.stop_reason, "end_turn");
      assert(final.usage.output_tokens > 0);
      for (
        const type of ["message_start", "content_block_start", "content_block_delta", "content_block_stop"]
      ) {
        assert(types.has(type), type);
      }
    });

    await t.step(`calls a tool on ${upstream} and uses its result`, async () => {
      const question = { role: "user" as const, content: "Weather in Berlin?" };
      const first = await client.messages.create({
        model,
        max_tokens: 500,
        messages: [question],
        tools: [WEATHER],
        tool_choice: { type: "any" },
      });
      assertEquals(first.stop_reason, "tool_use");
      const use = present(first.content.find((block) => block.type === "tool_use"));
      assertEquals(typeof (use.input as { city: unknown }).city, "string");
      const second = await client.messages.create({
        model,
        max_tokens: 500,
        tools: [WEATHER],
        messages: [
          question,
          { role: "assistant", content: first.content },
          { role: "user", content: [{ type: "tool_result", tool_use_id: use.id, content: "21 degrees" }] },
        ],
      });
      const [block] = second.content;
      assert(block?.type === "text" && block.text.includes("21 degrees"));
    });

    await t.step(`streams a tool call on ${upstream}`, async () => {
      const final = await client.messages.stream({
        model,
        max_tokens: 500,
        messages: [{ role: "user", content: "Weather in Berlin?" }],
        tools: [WEATHER],
        tool_choice: { type: "tool", name: "get_weather" },
      }).finalMessage();
      const use = final.content.find((block) => block.type === "tool_use");
      assertEquals(use?.name, "get_weather");
      assertEquals(typeof (use?.input as { city: unknown }).city, "string");
    });

    await t.step(`thinks on ${upstream} when asked`, async () => {
      const answer = await client.messages.create({
        model,
        max_tokens: 4000,
        thinking: { type: "enabled", budget_tokens: 2000 },
        messages: [{ role: "user", content: "Think" }],
      });
      assert(answer.content.some((block) => block.type === "text"));
    });

    await t.step(`maps errors of ${upstream}`, async () => {
      const ask = (name: string) =>
        client.messages.create({ model: name, max_tokens: 50, messages: [{ role: "user", content: "x" }] });
      const limited = await assertRejects(() => ask(`busy-${upstream}`), Anthropic.RateLimitError);
      assertEquals((limited.error as { type?: string }).type, "error");
      await assertRejects(() => ask(`wrong-${upstream}`), Anthropic.BadRequestError);
      await assertRejects(() => ask(`down-${upstream}`), Anthropic.InternalServerError);
    });

    await t.step(`hears of a stream of ${upstream} that breaks`, async () => {
      for (const name of ["broken", "failing"]) {
        const stream = client.messages.stream({
          model: `${name}-${upstream}`,
          max_tokens: 500,
          messages: [{ role: "user", content: "Say a few words more than three, please." }],
        });
        await assertRejects(() => stream.finalMessage(), Anthropic.APIError);
      }
    });

    await t.step(`lets the client go in the middle of a stream of ${upstream}`, async () => {
      const stream = await client.messages.create({
        model: `paced-${upstream}`,
        max_tokens: 5000,
        messages: [{ role: "user", content: "Go on and on" }],
        stream: true,
      });
      let deltas = 0;
      for await (const event of stream) if (event.type === "content_block_delta" && ++deltas === 3) break;
      const line = await setup.gateway.log((line) =>
        line["event"] === "request.cancelled" && line["requested_model"] === `paced-${upstream}`
      );
      assertEquals(line["status"], 499);
    });
  }

  await t.step("answers errors in Anthropic's shape", async () => {
    const error = await assertRejects(
      () =>
        client.messages.create({
          model: "no-such",
          max_tokens: 5,
          messages: [{ role: "user", content: "x" }],
        }),
      Anthropic.NotFoundError,
    );
    assertEquals((error.error as { error: { type: string } }).error.type, "not_found_error");
  });

  await t.step("lists models in Anthropic's shape", async () => {
    const models = await Array.fromAsync(client.models.list());
    assert(models.some((model) => model.id === "model-anthropic" && model.type === "model"));
  });
});
