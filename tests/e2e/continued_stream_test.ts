/** A stream that breaks off and is gone on with by another target, as applications read it. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { STREAMS } from "../stages/scripts.ts";
import { FaultSetup, formatOf } from "./fault_setup.ts";

const SETTINGS = `  continued:
    targets: [chat/first, chat/second]
    policy: priority
    continue_streams: asked
  claude:
    targets: [anthropic/first, anthropic/claude-sonnet-4-5]
    policy: priority
    continue_streams: always
server: { drain_delay: 0s }
retry: { base_delay: 1ms }`;

function start(): Promise<FaultSetup> {
  return FaultSetup.start(async (call) => {
    const { prelude, content, finish, terminal } = STREAMS[formatOf(call)];
    await call.stream();
    if (call.json.model === "first") {
      await call.chunk(prelude + content("Hello"));
      return call.cut();
    }
    await call.chunk(prelude + content(" world") + finish + terminal);
    await call.end();
  }, SETTINGS);
}

Deno.test("OpenAI's and Anthropic's SDKs read one answer of two attempts, and its record has both", async () => {
  await using setup = await start();
  const openai = new OpenAI({ baseURL: `${setup.gateway.url}/v1`, apiKey: "k", maxRetries: 0 });
  const stream = await openai.chat.completions.create(
    { model: "continued", messages: [{ role: "user", content: "Hi" }], stream: true },
    { headers: { "x-gateway-continue": "on" } },
  );
  let text = "";
  const ids = new Set<string>();
  for await (const chunk of stream) {
    ids.add(chunk.id);
    text += chunk.choices[0]?.delta.content ?? "";
  }
  assertEquals([text, ids.size], ["Hello world", 1]);
  const claude = new Anthropic({ baseURL: setup.gateway.url, apiKey: "k", maxRetries: 0 });
  const message = await claude.messages.stream({
    model: "claude",
    max_tokens: 100,
    messages: [{ role: "user", content: "Hi" }],
  }).finalMessage();
  assertEquals(message.content.map((block) => block.type === "text" ? block.text : block.type), [
    "Hello world",
  ]);
  assertEquals(message.stop_reason, "end_turn");
  const metrics = await setup.metrics();
  const value = (start: string) => [...metrics].find(([name]) => name.startsWith(start))?.[1] ?? 0;
  assertEquals(value('gateway_continuations_total{provider="chat",model="second"'), 1);
  for (const model of ["first", "second"]) {
    assert(value(`provider_tokens_total{provider="chat",model="${model}",type="output"`) > 0, model);
  }
});

Deno.test("a stream that breaks off is not gone on with for a client that does not ask", async () => {
  await using setup = await start();
  const response = await fetch(setup.request("openai_chat", true, { model: "continued" }));
  const text = await response.text();
  assertStringIncludes(text, "Hello");
  assertStringIncludes(text, '"error"');
  assert(!text.includes("world"));
});
