/** What people with a virtual key see of it in OpenAI's and Anthropic's SDKs. */
import Anthropic from "@anthropic-ai/sdk";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import OpenAI, { AuthenticationError, PermissionDeniedError } from "openai";
import { call, made, MASTER } from "../e2e/key_client.ts";
import { GatewayProcess } from "../e2e/gateway_process.ts";

const CONFIG = `
server: { drain_delay: 0s }
providers: { mock: { type: mock } }
models: { cheap: mock/cheap, dear: mock/dear }
auth: { master_key: ${MASTER} }
keys: { store: memory }
`;

Deno.test("SDKs work with a virtual key, and their errors say what it may not", async () => {
  await using gateway = await GatewayProcess.start({ config: CONFIG });
  const { key, id } = await made(gateway, "keys", { models: ["cheap"] });
  const openai = new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: key, maxRetries: 0 });
  const messages = [{ role: "user" as const, content: "Hello!" }];
  const answer = await openai.chat.completions.create({ model: "cheap", messages });
  assert(answer.choices[0]?.message.content?.includes("Hello!"));
  let text = "";
  for await (
    const chunk of await openai.chat.completions.create({ model: "cheap", messages, stream: true })
  ) {
    text += chunk.choices[0]?.delta.content ?? "";
  }
  assertEquals(text, answer.choices[0]?.message.content);
  assertEquals((await openai.models.list()).data.map((model) => model.id), ["cheap"]);
  const stored = await openai.responses.create({ model: "cheap", input: "Hello!" });
  assertEquals((await openai.responses.retrieve(stored.id)).id, stored.id);
  const denied = await assertRejects(
    () => openai.chat.completions.create({ model: "dear", messages }),
    PermissionDeniedError,
  );
  assertEquals([denied.status, denied.code, denied.param], [403, "model_not_allowed", "model"]);
  assertStringIncludes(denied.message, "may not use the model 'dear'. It may use: cheap.");

  const anthropic = new Anthropic({ baseURL: gateway.url, apiKey: key, maxRetries: 0 });
  const said = await anthropic.messages.create({ model: "cheap", max_tokens: 50, messages });
  assertEquals(said.type, "message");
  const refused = await assertRejects(
    () => anthropic.messages.create({ model: "dear", max_tokens: 50, messages }),
    Anthropic.PermissionDeniedError,
  );
  assertStringIncludes(refused.message, '"type":"permission_error"');

  await call(gateway, "POST", `/admin/v1/keys/${id}/disable`);
  const off = await assertRejects(() => openai.models.list(), AuthenticationError);
  assertStringIncludes(off.message, "This API key is disabled.");
});
