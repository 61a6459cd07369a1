import { assert, assertEquals, assertRejects } from "@std/assert";
import OpenAI, { APIUserAbortError, BadRequestError } from "openai";
import { present, SdkGateway, UPSTREAMS } from "./gateway.ts";

Deno.test("openai's SDK: completions", async (t) => {
  await using setup = await SdkGateway.start();
  const client = new OpenAI({ baseURL: `${setup.url}/v1`, apiKey: "any", maxRetries: 0 });

  for (const upstream of UPSTREAMS) {
    const model = `model-${upstream}`;

    await t.step(`answers on ${upstream}`, async () => {
      const answer = await client.completions.create({ model, prompt: "Hello, world!", max_tokens: 100 });
      assertEquals([answer.object, answer.choices.length], ["text_completion", 1]);
      assertEquals(answer.choices[0]?.finish_reason, "stop");
      assert(answer.choices[0]?.text.includes("Hello, world!"));
      const usage = present(answer.usage);
      assert(usage.prompt_tokens > 0 && usage.completion_tokens > 0);
      assertEquals(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
    });

    await t.step(`streams on ${upstream}, the same text as whole, with the prompt before it`, async () => {
      const request = { model, prompt: "Hello, stream!", max_tokens: 100, echo: true };
      const whole = await client.completions.create(request);
      assert(whole.choices[0]?.text.startsWith("Hello, stream!"));
      let text = "";
      let finish: string | null = null;
      for await (const chunk of await client.completions.create({ ...request, stream: true })) {
        assert(chunk.choices.length > 0, "the usage chunk is not the client's");
        text += chunk.choices[0]?.text ?? "";
        finish = chunk.choices[0]?.finish_reason ?? finish;
      }
      assertEquals([text, finish], [whole.choices[0]?.text, "stop"]);
    });

    await t.step(`gives usage at the end of a stream on ${upstream} when asked`, async () => {
      const chunks = await Array.fromAsync(
        await client.completions.create({
          model,
          prompt: "Count",
          stream: true,
          stream_options: { include_usage: true },
        }),
      );
      assertEquals(chunks.at(-1)?.choices, []);
      assert((chunks.at(-1)?.usage?.completion_tokens ?? 0) > 0);
    });
  }

  await t.step("passes through what only completions know", async () => {
    const model = "model-openai";
    const several = await client.completions.create({ model, prompt: ["a", "b"], n: 2, max_tokens: 50 });
    assertEquals(several.choices.map(({ index }) => index), [0, 1, 2, 3]);
    const tokens = await client.completions.create({ model, prompt: [[1, 2], [3]], max_tokens: 50 });
    assertEquals(tokens.choices.length, 2);
    const sure = await client.completions.create({ model, prompt: "a", logprobs: 1, suffix: "z" });
    const logprobs = present(sure.choices[0]?.logprobs);
    assertEquals(logprobs.tokens?.length, logprobs.token_logprobs?.length);
  });

  await t.step("says what chat cannot be asked", async () => {
    const model = "model-anthropic";
    for (const extra of [{ prompt: ["a", "b"] }, { prompt: [1, 2] }, { prompt: "a", suffix: "b" }]) {
      const error = await assertRejects(
        () => client.completions.create({ model, ...extra }),
        BadRequestError,
        "answers completions by chat",
      );
      assertEquals(error.code, "unsupported_parameter");
    }
  });

  await t.step("names what chat drops", async () => {
    const { response } = await client.completions.create({
      model: "model-anthropic",
      prompt: "a",
      best_of: 3,
      seed: 1,
    }).withResponse();
    const dropped = response.headers.get("x-gateway-dropped-params")?.split(",") ?? [];
    assert(dropped.includes("best_of") && dropped.includes("seed"), dropped.join());
  });

  await t.step("a stream that the client leaves is counted as left", async () => {
    const stream = await client.completions.create({
      model: "paced-openai",
      prompt: "a",
      max_tokens: 1000,
      stream: true,
    });
    let chunks = 0;
    await assertRejects(async () => {
      for await (const _ of stream) {
        if (++chunks === 3) stream.controller.abort();
      }
      if (chunks >= 3) throw new APIUserAbortError();
    });
    const line = await setup.gateway.log((it) => it.event === "request.cancelled");
    assertEquals([line.path, line.status, line.usage_estimated], ["/v1/completions", 499, true]);
    assert(Number(line.output_tokens) >= 3);
  });
});
