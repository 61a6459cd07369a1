import { assert, assertEquals, assertRejects } from "@std/assert";
import OpenAI, { BadRequestError, NotFoundError } from "openai";
import { present, SdkGateway, UPSTREAMS } from "./gateway.ts";

const WEATHER = {
  type: "function",
  name: "get_weather",
  description: "The weather of a city",
  strict: true,
  parameters: {
    type: "object",
    properties: { city: { type: "string" } },
    required: ["city"],
    additionalProperties: false,
  },
} as const;

Deno.test("openai's SDK: responses", async (t) => {
  await using setup = await SdkGateway.start();
  const client = new OpenAI({ baseURL: `${setup.url}/v1`, apiKey: "any", maxRetries: 0 });

  for (const upstream of UPSTREAMS) {
    const model = `model-${upstream}`;

    await t.step(`answers on ${upstream} and keeps the answer`, async () => {
      const answer = await client.responses.create({
        model,
        input: "Hello, world!",
        instructions: "Be kind.",
      });
      assertEquals(answer.status, "completed");
      assert(answer.output_text.includes("Hello, world!"));
      const kept = await client.responses.retrieve(answer.id);
      assertEquals(kept.output_text, answer.output_text);
      await client.responses.delete(answer.id);
      await assertRejects(() => client.responses.retrieve(answer.id), NotFoundError);
    });

    await t.step(`goes on from the previous response on ${upstream}`, async () => {
      const first = await client.responses.create({ model, input: "My name is Ada." });
      const second = await client.responses.create({
        model,
        input: "Go on.",
        previous_response_id: first.id,
      });
      assertEquals(second.previous_response_id, first.id);
      assert(
        (second.usage?.input_tokens ?? 0) > (first.usage?.input_tokens ?? 0),
        "the first turn went along",
      );
      const third = await client.responses.stream({
        model,
        input: "And on.",
        previous_response_id: second.id,
      })
        .finalResponse();
      assertEquals(third.previous_response_id, second.id);
      assert((third.usage?.input_tokens ?? 0) > (second.usage?.input_tokens ?? 0), "both turns went along");
    });

    await t.step(`keeps nothing on ${upstream} when told so`, async () => {
      const answer = await client.responses.create({ model, input: "Secret", store: false });
      await assertRejects(() => client.responses.retrieve(answer.id), NotFoundError);
      await assertRejects(
        () => client.responses.create({ model, input: "x", previous_response_id: answer.id }),
        BadRequestError,
      );
    });

    await t.step(`streams on ${upstream} with every event in order`, async () => {
      const stream = await client.responses.create({ model, input: "Hello, stream!", stream: true });
      const events = await Array.fromAsync(stream);
      assertEquals(events.map((event) => event.sequence_number), events.map((_, index) => index));
      assertEquals(events[0]?.type, "response.created");
      const last = present(events.findLast((event) => event.type === "response.completed"));
      assertEquals(events.at(-1), last);
      const text = events.map((event) => event.type === "response.output_text.delta" ? event.delta : "").join(
        "",
      );
      const kept = await client.responses.retrieve(last.response.id);
      assertEquals(text, kept.output_text);
    });

    await t.step(`calls a tool on ${upstream} and goes on with its result`, async () => {
      const first = await client.responses.create({
        model,
        input: "Weather in Berlin?",
        tools: [WEATHER],
        tool_choice: "required",
      });
      const call = present(first.output.find((item) => item.type === "function_call"));
      assertEquals(typeof JSON.parse(call.arguments).city, "string");
      const second = await client.responses.create({
        model,
        tools: [WEATHER],
        previous_response_id: first.id,
        input: [{ type: "function_call_output", call_id: call.call_id, output: "21 degrees" }],
      });
      assert(second.output_text.includes("21 degrees"), second.output_text);
    });

    await t.step(`streams a tool call on ${upstream}`, async () => {
      const final = await client.responses.stream({
        model,
        input: "Weather in Berlin?",
        tools: [WEATHER],
        tool_choice: { type: "function", name: "get_weather" },
      }).finalResponse();
      const call = final.output.find((item) => item.type === "function_call");
      assertEquals(call?.name, "get_weather");
    });

    await t.step(`gives structured output on ${upstream}`, async () => {
      const answer = await client.responses.create({
        model,
        input: "A person",
        text: {
          format: {
            type: "json_schema",
            name: "person",
            strict: true,
            schema: {
              type: "object",
              properties: { name: { type: "string" } },
              required: ["name"],
              additionalProperties: false,
            },
          },
        },
      });
      assertEquals(typeof JSON.parse(answer.output_text).name, "string");
    });

    await t.step(`reasons on ${upstream} when asked`, async () => {
      const answer = await client.responses.create({
        model,
        input: "Think",
        reasoning: { effort: "high", summary: "auto" },
      });
      assert((answer.usage?.output_tokens_details.reasoning_tokens ?? 0) >= 0);
      assertEquals(answer.status, "completed");
    });

    await t.step(`hears of a stream of ${upstream} that breaks`, async () => {
      for (const name of ["broken", "failing"]) {
        // What breaks before the gateway let content go is an HTTP error, after that an event of the stream.
        const read = async () =>
          await Array.fromAsync(
            await client.responses.create({
              model: `${name}-${upstream}`,
              input: "Say a few words more than three, please.",
              stream: true,
            }),
          );
        const outcome = await read().then(
          (events) => events.at(-1)?.type,
          (error: unknown) => error instanceof OpenAI.APIError ? "error" : error,
        );
        assert(outcome === "error" || outcome === "response.failed", `${name}: ${outcome}`);
      }
    });
  }

  await t.step("goes on with another provider's model in the middle", async () => {
    const first = await client.responses.create({ model: "model-openai", input: "My name is Ada." });
    const second = await client.responses.create({
      model: "model-anthropic",
      input: "Go on.",
      previous_response_id: first.id,
    });
    const third = await client.responses.create({
      model: "model-chat",
      input: "On.",
      previous_response_id: second.id,
    });
    assertEquals(third.previous_response_id, second.id);
  });

  await t.step("keeps a chain of 100 turns", async () => {
    let previous: string | null = null;
    let tokens = 0;
    for (let turn = 0; turn < 100; turn++) {
      const answer: OpenAI.Responses.Response = await client.responses.create({
        model: "model-openai",
        input: `Turn ${turn}`,
        previous_response_id: previous,
      });
      assertEquals(answer.previous_response_id ?? null, previous);
      assert((answer.usage?.input_tokens ?? 0) > tokens, `turn ${turn} knows all before it`);
      tokens = answer.usage?.input_tokens ?? 0;
      previous = answer.id;
    }
  });
});
