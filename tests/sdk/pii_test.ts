/** Personal data through the SDKs as they are. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { GatewayProcess } from "../e2e/gateway_process.ts";
import { PiiUpstream } from "../e2e/pii_upstream.ts";

const MAIL = "anna.b@client.example";
const CONTENT = `Write to ${MAIL}.`;
const EXPECTED = `To ${MAIL}, from <EMAIL_2>.`;

Deno.test("SDKs get their own data back, streamed and whole, and hear of what is blocked", async (test) => {
  await using upstream = new PiiUpstream();
  upstream.script = () => [
    { type: "text", text: "To <EMAIL_1>, from me@model.example." },
    { type: "tool_call", id: "call_1", name: "send", arguments: '{"to":"<EMAIL_1>"}' },
  ];
  await using gateway = await GatewayProcess.start({
    config: `
server: { drain_delay: 0s }
logging: { format: json }
providers:${upstream.providers}
models: { openai: openai/m, anthropic: anthropic/m }
pii: { enabled: true, types: { card: block } }
`,
  });
  const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: "any", maxRetries: 0 });
  const anthropic = new Anthropic({ baseURL: gateway.url, apiKey: "any", maxRetries: 0 });
  const messages = [{ role: "user" as const, content: CONTENT }];
  const card = [{ role: "user" as const, content: "Pay with 4111 1111 1111 1111" }];

  for (const model of ["openai", "anthropic"]) {
    await test.step(`OpenAI's SDK, ${model}: chat`, async () => {
      const whole = await openai.chat.completions.create({ model, messages });
      assertEquals(whole.choices[0]?.message.content, EXPECTED);
      const final = await openai.chat.completions.stream({ model, messages }).finalMessage();
      assertEquals(final.content, EXPECTED);
      const [call] = final.tool_calls ?? [];
      assertEquals(call?.type === "function" ? JSON.parse(call.function.arguments) : null, { to: MAIL });
      await assertRejects(
        () => openai.chat.completions.create({ model, messages: card }),
        OpenAI.BadRequestError,
      );
    });

    await test.step(`OpenAI's SDK, ${model}: responses`, async () => {
      const whole = await openai.responses.create({ model, input: CONTENT });
      assertEquals(whole.output_text, EXPECTED);
      const final = await openai.responses.stream({ model, input: CONTENT }).finalResponse();
      assertEquals(final.output_text, EXPECTED);
    });

    await test.step(`Anthropic's SDK, ${model}`, async () => {
      const request = { model, max_tokens: 100, messages };
      const whole = await anthropic.messages.create(request);
      const [block, call] = whole.content;
      assertEquals(block?.type === "text" ? block.text : "", EXPECTED);
      assertEquals(call?.type === "tool_use" ? call.input : null, { to: MAIL });
      assertEquals(await anthropic.messages.stream(request).finalText(), EXPECTED);
      await assertRejects(
        () => anthropic.messages.create({ ...request, messages: card }),
        Anthropic.BadRequestError,
      );
    });
  }
  assert(!upstream.bodies.join("").includes(MAIL));
});
