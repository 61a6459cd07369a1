/** AWS's own client against the mock: what the gateway's codec is tried on is what Bedrock's clients understand. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  type ConverseStreamOutput,
  ThrottlingException,
  ValidationException,
} from "@aws-sdk/client-bedrock-runtime";
import { createMockHandler } from "../../lib/providers/mock.ts";
import { present } from "./gateway.ts";

const MODEL = "anthropic.claude-sonnet-4-5-20250929-v1:0";
const HELLO = [{ role: "user" as const, content: [{ text: "Hello, world!" }] }];

Deno.test("AWS's client of Bedrock understands the mock", async (t) => {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, createMockHandler({}));
  const client = new BedrockRuntimeClient({
    region: "us-east-1",
    endpoint: `http://127.0.0.1:${server.addr.port}`,
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" },
    maxAttempts: 1,
  });

  await t.step("whole", async () => {
    const answer = await client.send(new ConverseCommand({ modelId: MODEL, messages: HELLO }));
    assertEquals([answer.stopReason, answer.output?.message?.role], ["end_turn", "assistant"]);
    assert(answer.output?.message?.content?.[0]?.text?.includes("Hello, world!"));
    assert((answer.usage?.inputTokens ?? 0) > 0 && (answer.usage?.outputTokens ?? 0) > 0);
  });

  await t.step("streamed", async () => {
    const { stream } = await client.send(new ConverseStreamCommand({ modelId: MODEL, messages: HELLO }));
    const events: ConverseStreamOutput[] = [];
    for await (const event of present(stream)) events.push(event);
    const text = events.map((event) => event.contentBlockDelta?.delta?.text ?? "").join("");
    assert(text.includes("Hello, world!"));
    assertEquals(events[0]?.messageStart?.role, "assistant");
    assertEquals(events.at(-2)?.messageStop?.stopReason, "end_turn");
    assert((events.at(-1)?.metadata?.usage?.outputTokens ?? 0) > 0);
  });

  await t.step("thinking and calls", async () => {
    const { stream } = await client.send(
      new ConverseStreamCommand({
        modelId: MODEL,
        messages: [{ role: "user", content: [{ text: "Weather in Berlin?" }] }],
        additionalModelRequestFields: { thinking: { type: "enabled", budget_tokens: 2000 } },
        toolConfig: {
          tools: [{
            toolSpec: {
              name: "get_weather",
              inputSchema: {
                json: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
              },
            },
          }],
        },
      }),
    );
    let [thought, signature, input, name] = ["", "", "", ""];
    for await (const { contentBlockStart, contentBlockDelta } of present(stream)) {
      name = contentBlockStart?.start?.toolUse?.name ?? name;
      input += contentBlockDelta?.delta?.toolUse?.input ?? "";
      thought += contentBlockDelta?.delta?.reasoningContent?.text ?? "";
      signature += contentBlockDelta?.delta?.reasoningContent?.signature ?? "";
    }
    assertEquals([name, typeof JSON.parse(input).city], ["get_weather", "string"]);
    assert(thought !== "" && signature !== "");
  });

  await t.step("errors, and an exception in a stream", async () => {
    const ask = (behaviour: string) =>
      client.send(new ConverseStreamCommand({ modelId: `${MODEL}@${behaviour}`, messages: HELLO }));
    await assertRejects(() => ask("status=429"), ThrottlingException);
    await assertRejects(() => ask("status=400"), ValidationException);
    const { stream } = await ask("error_event_after=2");
    await assertRejects(
      async () => {
        for await (const _ of present(stream));
      },
      Error,
      "The model failed",
    );
  });

  client.destroy();
});
