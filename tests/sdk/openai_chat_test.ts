import { assert, assertEquals, assertRejects } from "@std/assert";
import OpenAI, {
  APIConnectionError,
  APIUserAbortError,
  BadRequestError,
  NotFoundError,
  RateLimitError,
} from "openai";
import { present, SdkGateway, UPSTREAMS } from "./gateway.ts";

const WEATHER = {
  type: "function",
  function: {
    name: "get_weather",
    description: "The weather of a city",
    parameters: {
      type: "object",
      properties: { city: { type: "string" } },
      required: ["city"],
      additionalProperties: false,
    },
  },
} as const;

Deno.test("openai's SDK: chat completions", async (t) => {
  await using setup = await SdkGateway.start();
  const client = new OpenAI({ baseURL: `${setup.url}/v1`, apiKey: "any", maxRetries: 0 });

  for (const upstream of UPSTREAMS) {
    const model = `model-${upstream}`;

    await t.step(`answers on ${upstream}`, async () => {
      const answer = await client.chat.completions.create({
        model,
        messages: [{ role: "system", content: "Be kind." }, { role: "user", content: "Hello, world!" }],
      });
      assertEquals(answer.object, "chat.completion");
      assertEquals(answer.choices[0]?.finish_reason, "stop");
      assert(answer.choices[0]?.message.content?.includes("Hello, world!"));
      assert((answer.usage?.prompt_tokens ?? 0) > 0 && (answer.usage?.completion_tokens ?? 0) > 0);
      const usage = present(answer.usage);
      assertEquals(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
    });

    await t.step(`streams on ${upstream}, the same text as whole`, async () => {
      const request = { model, messages: [{ role: "user" as const, content: "Hello, stream!" }] };
      const whole = await client.chat.completions.create(request);
      let text = "";
      let finish: string | null = null;
      for await (const chunk of await client.chat.completions.create({ ...request, stream: true })) {
        assertEquals(chunk.usage ?? null, null, "usage was not asked for");
        assert(chunk.choices.length > 0, "the usage chunk is not the client's");
        text += chunk.choices[0]?.delta.content ?? "";
        finish = chunk.choices[0]?.finish_reason ?? finish;
      }
      assertEquals(text, whole.choices[0]?.message.content);
      assertEquals(finish, "stop");
    });

    await t.step(`gives usage at the end of a stream on ${upstream} when asked`, async () => {
      const stream = await client.chat.completions.create({
        model,
        messages: [{ role: "user", content: "Count" }],
        stream: true,
        stream_options: { include_usage: true },
      });
      const chunks = await Array.fromAsync(stream);
      const last = chunks.at(-1);
      assertEquals(last?.choices, []);
      assert((last?.usage?.completion_tokens ?? 0) > 0);
    });

    await t.step(`calls a tool on ${upstream} and uses its result`, async () => {
      const first = await client.chat.completions.create({
        model,
        messages: [{ role: "user", content: "Weather in Berlin?" }],
        tools: [WEATHER],
        tool_choice: { type: "function", function: { name: "get_weather" } },
      });
      const message = present(first.choices[0]?.message);
      const call = present(message.tool_calls?.find((each) => each.type === "function"));
      assertEquals(call.function.name, "get_weather");
      assertEquals(typeof JSON.parse(call.function.arguments).city, "string");
      const second = await client.chat.completions.create({
        model,
        messages: [
          { role: "user", content: "Weather in Berlin?" },
          message,
          { role: "tool", tool_call_id: call.id, content: "21 degrees" },
        ],
        tools: [WEATHER],
      });
      assert(second.choices[0]?.message.content?.includes("21 degrees"));
    });

    await t.step(`streams a tool call on ${upstream}`, async () => {
      const stream = client.chat.completions.stream({
        model,
        messages: [{ role: "user", content: "Weather in Berlin?" }],
        tools: [WEATHER],
        tool_choice: "required",
      });
      const final = await stream.finalChatCompletion();
      const call = present(final.choices[0]?.message.tool_calls?.find((each) => each.type === "function"));
      assertEquals(typeof JSON.parse(call.function.arguments).city, "string");
      assertEquals(final.choices[0]?.finish_reason, "tool_calls");
    });

    await t.step(`gives structured output on ${upstream}`, async () => {
      const answer = await client.chat.completions.parse({
        model,
        messages: [{ role: "user", content: "A person" }],
        response_format: {
          type: "json_schema",
          json_schema: {
            name: "person",
            strict: true,
            schema: {
              type: "object",
              properties: { name: { type: "string" }, age: { type: "integer" } },
              required: ["name", "age"],
              additionalProperties: false,
            },
          },
        },
      });
      const person = JSON.parse(answer.choices[0]?.message.content ?? "");
      assertEquals([typeof person.name, typeof person.age], ["string", "number"]);
    });

    await t.step(`reads an image on ${upstream}`, async () => {
      const pixel =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
      const answer = await client.chat.completions.create({
        model,
        messages: [{
          role: "user",
          content: [
            { type: "text", text: "What is this?" },
            { type: "image_url", image_url: { url: `data:image/png;base64,${pixel}` } },
          ],
        }],
      });
      assert(answer.choices[0]?.message.content?.includes("What is this?"));
    });

    await t.step(`maps errors of ${upstream}`, async () => {
      const ask = (name: string) =>
        client.chat.completions.create({ model: name, messages: [{ role: "user", content: "x" }] });
      const limited = await assertRejects(() => ask(`busy-${upstream}`), RateLimitError);
      assertEquals(limited.headers?.get("retry-after"), "1");
      assertEquals(limited.headers?.get("x-should-retry"), "false");
      await assertRejects(() => ask(`wrong-${upstream}`), BadRequestError);
      const down = await assertRejects(() => ask(`down-${upstream}`), OpenAI.InternalServerError);
      assertEquals(down.headers?.get("x-gateway-attempts"), "2");
    });

    await t.step(`hears of a stream of ${upstream} that breaks`, async () => {
      for (const name of ["broken", "failing"]) {
        // What breaks before the gateway let content go is an HTTP error, after that an event of the stream.
        const read = async () =>
          await Array.fromAsync(
            await client.chat.completions.create({
              model: `${name}-${upstream}`,
              messages: [{ role: "user", content: "Say a few words more than three, please." }],
              stream: true,
            }),
          );
        await assertRejects(read, OpenAI.APIError);
      }
    });

    await t.step(`lets the client go in the middle of a stream of ${upstream}`, async () => {
      const stream = await client.chat.completions.create({
        model: `paced-${upstream}`,
        messages: [{ role: "user", content: "Go on and on" }],
        stream: true,
      });
      let chunks = 0;
      for await (const _ of stream) if (++chunks === 3) break;
      const line = await setup.gateway.log((line) =>
        line["event"] === "request.cancelled" && line["requested_model"] === `paced-${upstream}`
      );
      assertEquals(line["status"], 499);
      assertEquals(line["usage_estimated"], true);
      assert(Number(line["output_tokens"]) > 0);
    });

    await t.step(`lets the client go before ${upstream} says anything`, async () => {
      const abort = new AbortController();
      const reached = setup.reached("mock-slow@ttft=30s");
      const pending = client.chat.completions.create({
        model: `slow-${upstream}`,
        messages: [{ role: "user", content: "x" }],
        stream: true,
      }, { signal: abort.signal });
      await reached;
      abort.abort();
      await assertRejects(() => pending, APIUserAbortError);
      const line = await setup.gateway.log((line) =>
        line["event"] === "request.cancelled" && line["requested_model"] === `slow-${upstream}`
      );
      assertEquals(line["status"], 499);
    });
  }

  await t.step("names the nearest model when there is none of that name", async () => {
    const error = await assertRejects(
      () =>
        client.chat.completions.create({ model: "model-opnai", messages: [{ role: "user", content: "x" }] }),
      NotFoundError,
    );
    assertEquals(error.code, "model_not_found");
    assert(error.message.includes("model-openai"), error.message);
  });

  await t.step("names what is wrong with a request", async () => {
    const error = await assertRejects(
      () => client.chat.completions.create({ model: "model-anthropic", messages: "x" as unknown as [] }),
      BadRequestError,
    );
    assertEquals(error.param, "messages");
  });

  await t.step("does not make the SDK retry what the gateway retried", async () => {
    const retrying = new OpenAI({ baseURL: `${setup.url}/v1`, apiKey: "any", maxRetries: 2 });
    const asked = "mock-down@status=503";
    const before = setup.asked.get(asked) ?? 0;
    await assertRejects(() =>
      retrying.chat.completions.create({ model: "down-chat", messages: [{ role: "user", content: "x" }] })
    );
    assertEquals((setup.asked.get(asked) ?? 0) - before, 2, "two attempts of the gateway, none of the SDK's");
  });

  await t.step("lists models", async () => {
    const names = (await Array.fromAsync(client.models.list())).map((model) => model.id);
    assert(names.includes("model-openai"));
    assertEquals((await client.models.retrieve("model-openai")).id, "model-openai");
  });

  await t.step("is not reached once it is gone", async () => {
    const nobody = new OpenAI({ baseURL: "http://127.0.0.1:1/v1", apiKey: "any", maxRetries: 0 });
    await assertRejects(() => nobody.models.list(), APIConnectionError);
  });
});
