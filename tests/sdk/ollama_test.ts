import { assert, assertEquals, assertRejects } from "@std/assert";
import { type ChatResponse, Ollama } from "ollama";
import { present, SdkGateway, UPSTREAMS } from "./gateway.ts";

const WEATHER = {
  type: "function",
  function: {
    name: "get_weather",
    description: "The weather of a city",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};

Deno.test("Ollama's SDK", async (t) => {
  await using setup = await SdkGateway.start();
  const client = new Ollama({ host: setup.url });

  for (const upstream of UPSTREAMS) {
    const model = `model-${upstream}`;

    await t.step(`answers on ${upstream}`, async () => {
      const answer = await client.chat({
        model,
        messages: [{ role: "system", content: "Be kind." }, { role: "user", content: "Hello, world!" }],
        options: { temperature: 0.2, num_predict: 500 },
      });
      assertEquals([answer.message.role, answer.done, answer.done_reason], ["assistant", true, "stop"]);
      assert(answer.message.content.includes("Hello, world!"));
      assert(answer.prompt_eval_count > 0 && answer.eval_count > 0);
      assert(!Number.isNaN(Date.parse(String(answer.created_at))));
    });

    await t.step(`streams on ${upstream}, the same text as whole`, async () => {
      const request = { model, messages: [{ role: "user", content: "Hello, stream!" }] };
      const whole = await client.chat(request);
      const chunks: ChatResponse[] = [];
      for await (const chunk of await client.chat({ ...request, stream: true })) chunks.push(chunk);
      assertEquals(chunks.map((chunk) => chunk.message.content).join(""), whole.message.content);
      const last = present(chunks.at(-1));
      assertEquals(chunks.map((chunk) => chunk.done), [...chunks.slice(1).map(() => false), true]);
      assertEquals([last.done_reason, last.prompt_eval_count], ["stop", whole.prompt_eval_count]);
    });

    await t.step(`calls a tool on ${upstream} and uses its result`, async () => {
      const question = { role: "user", content: "Weather in Berlin?" };
      for (const stream of [false, true]) {
        let message = { role: "", content: "" } as ChatResponse["message"];
        if (stream) {
          for await (
            const chunk of await client.chat({ model, messages: [question], tools: [WEATHER], stream })
          ) {
            if (chunk.message.tool_calls !== undefined) message = chunk.message;
          }
        } else {
          ({ message } = await client.chat({ model, messages: [question], tools: [WEATHER] }));
        }
        const call = present(message.tool_calls?.[0]);
        assertEquals([call.function.name, typeof call.function.arguments.city], ["get_weather", "string"]);
        const second = await client.chat({
          model,
          tools: [WEATHER],
          messages: [question, message, { role: "tool", content: "21 degrees", tool_name: "get_weather" }],
        });
        assert(second.message.content.includes("21 degrees"));
      }
    });

    // Anthropic's older models, which this name stands for, have no way to be told a schema.
    if (upstream !== "anthropic") {
      await t.step(`answers in a schema on ${upstream}`, async () => {
        const answer = await client.chat({
          model,
          messages: [{ role: "user", content: "Berlin" }],
          format: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
        });
        assertEquals(typeof JSON.parse(answer.message.content).city, "string");
      });
    }

    await t.step(`generates on ${upstream}, whole and streamed`, async () => {
      const request = { model, prompt: "Why is the sky blue?", system: "Be brief." };
      const whole = await client.generate(request);
      assert(whole.response?.includes("Why is the sky blue?") && whole.done);
      let text = "";
      for await (const chunk of await client.generate({ ...request, stream: true })) text += chunk.response;
      assertEquals(text, whole.response);
    });

    await t.step(`refuses what only Ollama can do with a prompt, on ${upstream}`, async () => {
      const ask = () => client.generate({ model, prompt: "x", suffix: "y", raw: true });
      if (upstream === "ollama") return assertEquals((await ask()).done, true);
      const error = await assertRejects(ask, Error, "has nothing for");
      assertEquals((error as { status_code?: number }).status_code, 400);
    });

    await t.step(`shows an image to ${upstream}`, async () => {
      const images = [Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0)];
      const answer = await client.chat({ model, messages: [{ role: "user", content: "What?", images }] });
      assert(answer.message.content.includes("an image"));
    });

    await t.step(`maps errors of ${upstream}`, async () => {
      const ask = (name: string) =>
        client.chat({ model: `${name}-${upstream}`, messages: [{ role: "user", content: "x" }] });
      for (const [name, status] of [["busy", 429], ["wrong", 400], ["down", 503]] as const) {
        const error = await assertRejects(() => ask(name), Error);
        assertEquals((error as { status_code?: number }).status_code, status);
      }
    });

    await t.step(`hears of a stream of ${upstream} that breaks`, async () => {
      for (const name of ["broken", "failing"]) {
        await assertRejects(async () => {
          const stream = await client.chat({
            model: `${name}-${upstream}`,
            messages: [{ role: "user", content: "Say a few words more than three, please." }],
            stream: true,
          });
          for await (const _ of stream);
        }, Error);
      }
    });

    await t.step(`lets the client go in the middle of a stream of ${upstream}`, async () => {
      const stream = await client.chat({
        model: `paced-${upstream}`,
        messages: [{ role: "user", content: "Go on and on" }],
        stream: true,
      });
      let chunks = 0;
      await assertRejects(async () => {
        for await (const _ of stream) if (++chunks === 3) stream.abort();
      }, Error);
      const line = await setup.gateway.log((line) =>
        line["event"] === "request.cancelled" && line["requested_model"] === `paced-${upstream}`
      );
      assertEquals(line["status"], 499);
    });
  }

  await t.step("thinks when asked", async () => {
    const answer = await client.chat({
      model: "model-ollama",
      think: true,
      messages: [{ role: "user", content: "Hm" }],
    });
    assert(answer.message.thinking?.includes("I will answer"));
    let thinking = "";
    const ask = { model: "model-openai", think: "high" as const, stream: true as const };
    for await (const chunk of await client.chat({ ...ask, messages: [{ role: "user", content: "Hm" }] })) {
      thinking += chunk.message.thinking ?? "";
    }
    // OpenAI shows no thoughts in chat completions; the mock does as OpenAI does.
    assertEquals(thinking, "");
  });

  await t.step("lists and shows models, and tells its version", async () => {
    const { models } = await client.list();
    assert(models.some((model) => model.name === "model-ollama" && model.model === "model-ollama"));
    const shown = await client.show({ model: "model-ollama" });
    assertEquals(shown.capabilities, ["completion", "tools", "vision", "thinking"]);
    assert(/^\d+\.\d+\.\d+$/.test((await client.version()).version));
  });

  await t.step("answers errors in Ollama's shape", async () => {
    for (
      const ask of [
        () => client.chat({ model: "model-olama", messages: [{ role: "user", content: "x" }] }),
        () => client.show({ model: "model-olama" }),
      ]
    ) {
      const error = await assertRejects(ask, Error, "Did you mean 'model-ollama'?");
      assertEquals((error as { status_code?: number }).status_code, 404);
    }
  });
});
