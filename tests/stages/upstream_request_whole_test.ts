/** Whole answers: what comes back, what is broken, and what is recorded of it. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import type { JsonObject, WireFormat } from "../../lib/wire/canonical.ts";
import { CHAT_FORMATS as FORMATS, UPSTREAM_FORMATS } from "../wire/codecs.ts";
import { CODECS, gate, StageBench, turn } from "./stage_bench.ts";
import { ScriptedProvider, SECRET, type Step } from "./scripted_provider.ts";
import { goodAnswer, modelToldBy, REQUESTS, WHOLE } from "./scripts.ts";

const JSON_BEGINS: Step = { response: 200, headers: { "content-type": "application/json" } };

function bench(client: WireFormat, ...providers: ScriptedProvider[]): StageBench {
  return new StageBench({ providers, codec: CODECS[client], body: REQUESTS[client], random: () => 0 });
}

function provider(format: WireFormat, ...scripts: Step[][]): ScriptedProvider {
  return new ScriptedProvider("up", [format], scripts);
}

for (const client of FORMATS) {
  for (const upstream of UPSTREAM_FORMATS) {
    Deno.test(`a whole answer of ${upstream} for ${client}`, async () => {
      const stage = bench(client, provider(upstream, goodAnswer(upstream)));
      const text = new TextDecoder().decode((await stage.whole()).body);
      if (client === upstream) assertEquals(text, JSON.stringify(WHOLE[upstream]), "the very bytes");
      else assertStringIncludes(text, "Hello world");
      const { call } = stage.exchange;
      assertEquals([call?.inputTokens, call?.outputTokens, call?.usageEstimated], [7, 3, false]);
      assertEquals([call?.finishReason, call?.responseModel, call?.status], [
        "stop",
        modelToldBy(upstream),
        "success",
      ]);
      assertEquals([stage.deadlines.size, stage.openAnswers.size], [0, 0]);
      assertEquals(stage.client.onGone, null);
    });
  }
}

const BROKEN: readonly [name: string, script: Step[], code: string, status: number][] = [
  [
    "breaks off",
    [JSON_BEGINS, { data: '{"id":' }, { error: "connection_reset" }],
    "upstream_connection_failed",
    502,
  ],
  ["goes silent", [JSON_BEGINS, { data: "{" }, { error: "timeout_between_chunks" }], "upstream_timeout", 504],
  ["is not JSON", [JSON_BEGINS, { data: "{broken" }, { end: true }], "upstream_invalid_response", 502],
  ["is empty", [JSON_BEGINS, { end: true }], "upstream_invalid_response", 502],
  ["is no object", [JSON_BEGINS, { data: "[1]" }, { end: true }], "upstream_invalid_response", 502],
  [
    "is a page",
    [{ response: 200, headers: { "content-type": "text/html" } }, { data: "<html>" }, { end: true }],
    "upstream_invalid_response",
    502,
  ],
  [
    "is an error after all",
    [JSON_BEGINS, { data: '{"error":{"message":"x","type":"server_error"}}' }, { end: true }],
    "upstream_error",
    502,
  ],
];

for (const [name, script, code, status] of BROKEN) {
  Deno.test(`an answer that ${name} is a failure, and tried again`, async () => {
    const up = provider("openai_chat", script);
    const stage = bench("openai_chat", up);
    const error = await assertRejects(() => stage.run(), GatewayError);
    assertEquals([error.code, error.status, up.requests.length], [code, status, 3]);
    assertEquals([stage.exchange.call?.status, stage.exchange.call?.errorType], ["error", code]);
    assertEquals(stage.exchange.call?.attempts.map((it) => it.status), ["error", "error", "error"]);

    const better = bench("openai_chat", provider("openai_chat", script, goodAnswer("openai_chat")));
    await better.whole();
    assertEquals(better.exchange.call?.attempts.map((it) => it.status), ["error", "success"]);
  });
}

Deno.test("an answer of the wrong shape is a failure where it has to be understood", async () => {
  const wrong: JsonObject = { id: "x", choices: "none" };
  const script: Step[] = [JSON_BEGINS, { data: JSON.stringify(wrong) }, { end: true }];
  const up = provider("openai_chat", script);
  const stage = bench("anthropic_messages", up);
  const error = await assertRejects(() => stage.run(), GatewayError);
  assertEquals([error.code, error.status, up.requests.length], ["upstream_invalid_response", 502, 3]);
  assertEquals(stage.exchange.call?.attempts.map((it) => it.status), ["error", "error", "error"]);
});

Deno.test("an answer that cannot be edited is the provider's fault, not the client's", async () => {
  const twice = `{"id":"resp_1","id":"resp_2",${JSON.stringify(WHOLE.openai_responses).slice(1)}`;
  const stage = bench(
    "openai_responses",
    provider("openai_responses", [JSON_BEGINS, { data: twice }, { end: true }]),
  );
  stage.request.echo = { previous_response_id: "resp_before" };
  const error = await assertRejects(() => stage.run(), GatewayError);
  assertEquals([error.code, error.status], ["upstream_invalid_response", 502]);
});

Deno.test("an answer over the size limit is given up", async () => {
  const piece = { data: "x".repeat(8 * 1024 * 1024) };
  const up = provider("openai_chat", [JSON_BEGINS, ...Array.from({ length: 17 }, () => piece)]);
  const stage = new StageBench({ providers: [up], body: REQUESTS.openai_chat, retry: { attempts: 0 } });
  const error = await assertRejects(() => stage.run(), GatewayError);
  assertStringIncludes(error.message, "size limit");
  assertEquals(up.aborted, [0]);
});

Deno.test("an error that a provider announces under 200 tells nothing secret", async () => {
  const data = JSON.stringify({ error: { message: `bad key ${SECRET}`, type: "invalid_request_error" } });
  const stage = bench("openai_chat", provider("openai_chat", [JSON_BEGINS, { data }, { end: true }]));
  const error = await assertRejects(() => stage.run(), GatewayError);
  assertEquals([error.status, error.code], [400, "invalid_request"]);
  assert(!error.message.includes(SECRET), error.message);
});

Deno.test("the client leaves a whole answer: the provider is let go", async () => {
  const never: Step = { wait: new Promise(() => {}) };
  for (const script of [[never], [JSON_BEGINS, { data: "{" }, never]] as Step[][]) {
    const up = provider("openai_chat", script);
    const stage = bench("openai_chat", up);
    const answer = stage.run();
    await turn();
    stage.client.leave();
    assertEquals((await assertRejects(() => answer, GatewayError)).code, "client_closed_request");
    assertEquals([stage.exchange.cancelStage, stage.exchange.call?.status], ["before_headers", "cancelled"]);
    assertEquals(stage.exchange.call?.attempts[0]?.status, "cancelled");
    assertEquals(up.aborted, [0]);
  }
});

Deno.test("a client that is gone already costs no request", async () => {
  const up = provider("openai_chat", goodAnswer("openai_chat"));
  const stage = bench("openai_chat", up);
  stage.client.gone = true;
  await assertRejects(() => stage.run(), GatewayError);
  assertEquals(up.requests.length, 0);
});

Deno.test("what is acknowledged is stored first, and an answer that cannot be stored is an error", async () => {
  const stored = gate();
  const stage = bench("openai_responses", provider("openai_responses", goodAnswer("openai_responses")));
  let final: unknown = null;
  stage.request.beforeEnd = (response) => {
    final = response;
    return stored.opened;
  };
  let answered = false;
  const answer = stage.whole().then((it) => {
    answered = true;
    return it;
  });
  await turn();
  assertEquals([answered, final !== null], [false, true]);
  stored.open();
  assertEquals(JSON.parse(new TextDecoder().decode((await answer).body)), final);

  const failing = bench("openai_responses", provider("openai_responses", goodAnswer("openai_responses")));
  failing.request.beforeEnd = () =>
    Promise.reject(new GatewayError("conversation_store_unavailable", "down"));
  assertEquals((await assertRejects(() => failing.run(), GatewayError)).status, 503);
  // The provider did its work, and it is counted.
  assertEquals([failing.exchange.call?.status, failing.exchange.call?.outputTokens], ["success", 3]);
});

Deno.test("no target at all: 503", async () => {
  const error = await assertRejects(() => bench("openai_chat").run(), GatewayError);
  assertEquals([error.code, error.status], ["no_target_available", 503]);
});
