import { assert, assertEquals, assertRejects } from "@std/assert";
import { GoogleGenAI } from "@google/genai";
import { present, SdkGateway, UPSTREAMS } from "./gateway.ts";

const WEATHER = {
  type: "function" as const,
  name: "get_weather",
  description: "The weather of a city",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
};

Deno.test("Google's SDK: interactions", async (t) => {
  await using setup = await SdkGateway.start();
  const client = new GoogleGenAI({ apiKey: "any", httpOptions: { baseUrl: setup.url } });

  for (const upstream of UPSTREAMS) {
    const model = `model-${upstream}`;

    await t.step(`answers on ${upstream}, is found again and deleted`, async () => {
      const made = await client.interactions.create({
        model,
        input: "Hello, world!",
        system_instruction: "Be kind.",
        generation_config: { temperature: 0.5, max_output_tokens: 500 },
      });
      assertEquals(made.status, "completed");
      assert(present(made.output_text).includes("Hello, world!"));
      assert((made.usage?.total_input_tokens ?? 0) > 0 && (made.usage?.total_output_tokens ?? 0) > 0);
      const found = await client.interactions.get(made.id, { include_input: true });
      assertEquals([found.id, found.output_text], [made.id, made.output_text]);
      assert(JSON.stringify(found.input).includes("Hello, world!"));
      await client.interactions.delete(made.id);
      await assertRejects(() => client.interactions.get(made.id));
    });

    await t.step(`streams on ${upstream}, the same text as whole`, async () => {
      const request = { model, input: "Hello, stream!" };
      const whole = await client.interactions.create(request);
      let text = "";
      const types: string[] = [];
      for await (const event of await client.interactions.create({ ...request, stream: true })) {
        types.push(event.event_type);
        if (event.event_type === "step.delta" && event.delta.type === "text") text += event.delta.text;
        if (event.event_type === "interaction.completed") {
          assertEquals(event.interaction.usage?.total_tokens, whole.usage?.total_tokens);
          const found = await client.interactions.get(event.interaction.id);
          assertEquals(found.output_text, whole.output_text);
        }
      }
      assertEquals(text, whole.output_text);
      assertEquals([types[0], types.at(-1)], ["interaction.created", "interaction.completed"]);
    });

    await t.step(`calls a function on ${upstream}, and goes on with its result alone`, async () => {
      const first = await client.interactions.create({
        model,
        input: "Weather in Berlin?",
        tools: [WEATHER],
        generation_config: { tool_choice: "any" },
      });
      assertEquals(first.status, "requires_action");
      const call = present(first.steps?.find((step) => step.type === "function_call"));
      assert(call.type === "function_call");
      assertEquals([call.name, typeof call.arguments["city"]], ["get_weather", "string"]);
      const second = await client.interactions.create({
        model,
        previous_interaction_id: first.id,
        tools: [WEATHER],
        input: [{ type: "function_result", call_id: call.id, name: call.name, result: "sunny, 20 degrees" }],
      });
      assertEquals(second.status, "completed");
      assert(present(second.output_text).includes("sunny, 20 degrees"), second.output_text);
    });

    await t.step(`answers by a schema on ${upstream}`, async () => {
      const schema = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };
      const made = await client.interactions.create({
        model,
        input: "A name",
        response_format: { type: "text", mime_type: "application/json", schema },
      });
      assertEquals(typeof JSON.parse(present(made.output_text)).name, "string");
    });

    await t.step(`thinks on ${upstream}, and keeps its thoughts for the next turn`, async () => {
      const made = await client.interactions.create({
        model,
        input: "Think!",
        generation_config: { thinking_level: "high", thinking_summaries: "auto" },
      });
      assert((made.usage?.total_thought_tokens ?? 0) >= 0);
      const next = await client.interactions.create({
        model,
        input: "And now?",
        previous_interaction_id: made.id,
      });
      assert(present(next.output_text).includes("And now?"));
    });
  }

  await t.step("an unknown interaction and an unknown model are errors in Google's shape", async () => {
    const request = { model: "model-chat", input: "x", previous_interaction_id: "v1_absent" };
    const error = await assertRejects(() => client.interactions.create(request), Error);
    assert(error.message.includes("v1_absent"), error.message);
    await assertRejects(() => client.interactions.create({ model: "nowhere", input: "x" }), Error, "nowhere");
  });
});
