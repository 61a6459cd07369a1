/** Interactions: what the gateway keeps of them, on whatever provider, and what it refuses. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { streamText, WHOLE } from "../stages/scripts.ts";
import { FaultSetup, isStream } from "./fault_setup.ts";
import { formatOf } from "./fault_setup.ts";
import type { UpstreamCall } from "./upstream_server.ts";

type Fields = Record<string, unknown>;

async function answer(call: UpstreamCall): Promise<void> {
  const format = formatOf(call);
  if (!isStream(call)) return await call.answer(200, JSON.stringify(WHOLE[format]));
  await call.stream();
  await call.chunk(streamText(format));
  await call.end();
}

class Scene implements AsyncDisposable {
  readonly calls: UpstreamCall[] = [];
  private constructor(readonly setup: FaultSetup, calls: UpstreamCall[]) {
    this.calls = calls;
  }

  static async start(): Promise<Scene> {
    const calls: UpstreamCall[] = [];
    const setup = await FaultSetup.start((call) => {
      calls.push(call);
      return answer(call);
    });
    return new Scene(setup, calls);
  }

  ask(method: string, path: string, body?: Fields): Promise<Response> {
    const url = `${this.setup.gateway.url}/v1beta/interactions${path}`;
    return fetch(url, { method, ...(body !== undefined && { body: JSON.stringify(body) }) });
  }

  async create(fields: Fields): Promise<Fields> {
    const response = await this.ask("POST", "", { input: "Hi", ...fields });
    assertEquals(response.status, 200);
    return await response.json();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.setup[Symbol.asyncDispose]();
  }
}

const HI = { type: "user_input", content: [{ type: "text", text: "Hi" }] };
const HELLO = { content: [{ text: "Hello world", type: "text" }], type: "model_output" };

Deno.test("an interaction passes through to Gemini byte for byte, and is kept", async () => {
  await using scene = await Scene.start();
  const body = '{ "model":"gemini", "input":"Hi",  "new_field": 1.0 }';
  const url = `${scene.setup.gateway.url}/v1beta/interactions`;
  const whole = await fetch(url, { method: "POST", body, headers: { "api-revision": "2026-05-20" } });
  assertEquals(await whole.text(), JSON.stringify(WHOLE.google_interactions));
  const [call] = scene.calls;
  assertEquals([call?.path, call?.text], ["/v1beta/interactions", body.replace("gemini", "up")]);
  assertEquals(call?.headers.get("api-revision"), "2026-05-20");
  const streamed = await scene.ask("POST", "", { model: "gemini", input: "Hi", stream: true });
  assertEquals(await streamed.text(), streamText("google_interactions"));
  assertEquals(await (await scene.ask("GET", "/v1_up")).json(), {
    ...WHOLE.google_interactions,
    steps: [HELLO],
  });
});

for (const model of ["gemini", "openai", "chat", "anthropic"]) {
  for (const stream of [false, true]) {
    Deno.test(`a conversation goes on from its last interaction, ${stream ? "streamed" : "whole"} on ${model}`, async () => {
      await using scene = await Scene.start();
      let id: unknown;
      if (stream) {
        const text = await (await scene.ask("POST", "", { model, input: "Hi", stream })).text();
        assertStringIncludes(text, "event: interaction.completed\n");
        assert(text.endsWith("event: done\ndata: [DONE]\n\n"), text);
        id = /"id":"(v1_[^"]+)"/.exec(text)?.[1];
      } else {
        id = (await scene.create({ model }))["id"];
      }
      const second = await scene.create({ model: "gemini", input: "More", previous_interaction_id: id });
      const sent = JSON.parse(scene.calls.at(-1)?.text ?? "");
      assertEquals(sent, {
        model: "up",
        input: [HI, HELLO, { type: "user_input", content: [{ type: "text", text: "More" }] }],
      });
      const shown = await (await scene.ask("GET", `/${second["id"]}?include_input=true`)).json();
      // Gemini's mock gives all its answers one id; what others answered has one of its own.
      if (model !== "gemini") assertEquals(shown.previous_interaction_id, id);
      assertEquals(shown.input, [{ type: "user_input", content: [{ type: "text", text: "More" }] }]);
    });
  }
}

Deno.test("the thoughts of another provider's model stay at the gateway", async () => {
  await using scene = await Scene.start();
  const sealed = btoa("gateway.anthropic_messages.signature");
  const own = { type: "thought", signature: "CqwBAQw51sfg" };
  const input = [HI, { type: "thought", signature: sealed }, own, HELLO, HI];
  await scene.create({ model: "gemini", input });
  assertEquals(JSON.parse(scene.calls[0]?.text ?? "").input, [HI, own, HELLO, HI]);
});

Deno.test("an interaction is deleted, and one that was not to be stored never was there", async () => {
  await using scene = await Scene.start();
  const { id } = await scene.create({ model: "chat" });
  assertEquals((await scene.ask("GET", `/${id}`)).status, 200);
  const deleted = await scene.ask("DELETE", `/${id}`);
  assertEquals([deleted.status, await deleted.json()], [200, {}]);
  const { id: unstored } = await scene.create({ model: "chat", store: false });
  for (const absent of [id, unstored, "v1_absent"]) {
    const asked: readonly [string, string][] = [["GET", ""], ["DELETE", ""], ["POST", "/cancel"]];
    for (const [method, more] of asked) {
      const response = await scene.ask(method, `/${absent}${more}`);
      const { error } = await response.json();
      assertEquals([response.status, error.code, error.status], [404, 404, "NOT_FOUND"]);
      assertEquals(error.details[0].reason, "INTERACTION_NOT_FOUND");
    }
    const next = await scene.ask("POST", "", { model: "chat", input: "x", previous_interaction_id: absent });
    assertEquals(next.status, 404);
    await next.body?.cancel();
  }
});

Deno.test("the responses API finds no interaction, and the other way round", async () => {
  await using scene = await Scene.start();
  const { id } = await scene.create({ model: "chat" });
  const { url } = scene.setup.gateway;
  const response = await fetch(`${url}/v1/responses/${id}`);
  assertEquals(response.status, 404);
  await response.body?.cancel();
  const made = await fetch(`${url}/v1/responses`, {
    method: "POST",
    body: JSON.stringify({ model: "openai", input: "x" }),
  });
  const shown = await scene.ask("GET", `/${(await made.json()).id}`);
  assertEquals(shown.status, 404);
  await shown.body?.cancel();
});

Deno.test("what the gateway does not do is refused by name", async () => {
  await using scene = await Scene.start();
  const { id } = await scene.create({ model: "chat" });
  const cases: readonly [string, string, Fields | undefined, string][] = [
    ["POST", "", { model: "chat", input: "x", background: true }, "background"],
    ["POST", "", { agent: "deep-research", model: "chat", input: "x" }, "agent"],
    ["POST", "", { agent: "deep-research", input: "x" }, "model"],
    ["POST", "", { model: "chat", input: "x", previous_interaction_id: 7 }, "previous_interaction_id"],
    ["GET", `/${id}?stream=true`, undefined, "stream"],
    ["POST", `/${id}/cancel`, {}, "id"],
  ];
  for (const [method, path, body, param] of cases) {
    const response = await scene.ask(method, path, body);
    const { error } = await response.json();
    assertEquals([response.status, error.details[1]?.fieldViolations[0].field], [400, param]);
  }
  assertEquals(scene.calls.length, 1);
});
