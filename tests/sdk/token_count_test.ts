/** The SDKs' own ways to count tokens, unmodified, whoever counts. */
import Anthropic from "@anthropic-ai/sdk";
import { assert, assertEquals } from "@std/assert";
import { GoogleGenAI } from "@google/genai";
import OpenAI from "openai";
import { SdkGateway, UPSTREAMS } from "./gateway.ts";

Deno.test("SDKs count tokens on every provider", async () => {
  await using setup = await SdkGateway.start();
  const anthropic = new Anthropic({ baseURL: setup.url, apiKey: "k", maxRetries: 0 });
  const openai = new OpenAI({ baseURL: `${setup.url}/v1`, apiKey: "k", maxRetries: 0 });
  const google = new GoogleGenAI({ apiKey: "k", httpOptions: { baseUrl: setup.url } });
  for (const upstream of UPSTREAMS) {
    const model = `model-${upstream}`;
    const counts = [
      (await anthropic.messages.countTokens({ model, messages: [{ role: "user", content: "Hello there" }] }))
        .input_tokens,
      (await openai.responses.inputTokens.count({ model, input: "Hello there" })).input_tokens,
      (await google.models.countTokens({ model, contents: "Hello there" })).totalTokens ?? 0,
    ];
    for (const tokens of counts) assert(tokens > 3 && tokens < 60, `${model}: ${counts}`);
  }
});

Deno.test("SDKs throw their own errors where tokens cannot be counted", async () => {
  await using setup = await SdkGateway.start();
  const anthropic = new Anthropic({ baseURL: setup.url, apiKey: "k", maxRetries: 0 });
  const messages = [{ role: "user" as const, content: "Hi" }];
  const error = await anthropic.messages.countTokens({ model: "nobody", messages }).catch((error) => error);
  assertEquals([error instanceof Anthropic.NotFoundError, error.status], [true, 404]);
  const busy = await anthropic.messages.countTokens({ model: "busy-anthropic", messages }).catch((error) =>
    error
  );
  assertEquals(busy instanceof Anthropic.RateLimitError, true);
});
