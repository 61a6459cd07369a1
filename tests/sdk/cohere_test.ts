import { assert, assertEquals, assertRejects } from "@std/assert";
import { CohereClientV2, CohereError } from "cohere-ai";
import { present, SdkGateway, UPSTREAMS } from "./gateway.ts";

const TOOLS = [{
  type: "function" as const,
  function: {
    name: "get_weather",
    description: "The weather of a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
}];

Deno.test("cohere's SDK", async (t) => {
  await using setup = await SdkGateway.start();
  const cohere = new CohereClientV2({ token: "any", environment: setup.url, maxRetries: 0 });

  for (const upstream of UPSTREAMS) {
    const model = `model-${upstream}`;

    await t.step(`chats on ${upstream}`, async () => {
      const { message, finishReason, usage } = await cohere.chat({
        model,
        messages: [{ role: "system", content: "Be brief." }, { role: "user", content: "Hello, world!" }],
        maxTokens: 400,
        p: 0.9,
      });
      const [content] = present(message.content);
      assert(content?.type === "text" && content.text.includes("Hello, world!"));
      assertEquals(finishReason, "COMPLETE");
      assert((usage?.tokens?.inputTokens ?? 0) > 0 && (usage?.tokens?.outputTokens ?? 0) > 0);
    });

    await t.step(`streams on ${upstream}`, async () => {
      const stream = await cohere.chatStream({
        model,
        messages: [{ role: "user", content: "Hello, stream!" }],
      });
      let text = "";
      let last = "";
      for await (const event of stream) {
        if (event.type === "content-delta") text += event.delta?.message?.content?.text ?? "";
        if (event.type === "message-end") last = event.delta?.finishReason ?? "";
      }
      assert(text.includes("Hello, stream!"), text);
      assertEquals(last, "COMPLETE");
    });

    await t.step(`calls a tool and gives its result back on ${upstream}`, async () => {
      const asked = { role: "user" as const, content: "Use get_weather for Berlin" };
      const { message, finishReason } = await cohere.chat({ model, messages: [asked], tools: TOOLS });
      assertEquals(finishReason, "TOOL_CALL");
      const call = present(message.toolCalls?.[0]);
      assertEquals(call.function?.name, "get_weather");
      const answer = await cohere.chat({
        model,
        tools: TOOLS,
        messages: [
          asked,
          { role: "assistant", toolPlan: message.toolPlan ?? "I will look.", toolCalls: [call] },
          { role: "tool", toolCallId: call.id ?? "", content: "21 degrees" },
        ],
      });
      const [content] = present(answer.message.content);
      assert(content?.type === "text" && content.text.includes("21 degrees"), JSON.stringify(answer.message));
    });

    await t.step(`gives an object on ${upstream}`, async () => {
      const { message } = await cohere.chat({
        model,
        messages: [{ role: "user", content: "A person" }],
        responseFormat: {
          type: "json_object",
          jsonSchema: {
            type: "object",
            properties: { name: { type: "string" } },
            required: ["name"],
            additionalProperties: false,
          },
        },
      });
      const [content] = present(message.content);
      assertEquals(typeof JSON.parse(content?.type === "text" ? content.text : "{}").name, "string");
    });

    await t.step(`tells an error of ${upstream}`, async () => {
      const ask = (name: string) =>
        cohere.chat({ model: `${name}-${upstream}`, messages: [{ role: "user", content: "x" }] });
      const wrong = await assertRejects(() => ask("wrong"), CohereError);
      assertEquals(wrong.statusCode, 400);
      assert(typeof (wrong.body as { message?: unknown }).message === "string");
      assertEquals((await assertRejects(() => ask("busy"), CohereError)).statusCode, 429);
    });
  }
});
