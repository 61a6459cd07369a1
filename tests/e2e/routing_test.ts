/** Models chosen by the gateway, as clients, providers and operators see it. */
import { assert, assertEquals } from "@std/assert";
import { WHOLE } from "../stages/scripts.ts";
import { FaultSetup, formatOf } from "./fault_setup.ts";
import type { UpstreamCall } from "./upstream_server.ts";

const SETTINGS = `
server: { drain_delay: 0s }
observability: { tracing: { sampler: { type: always }, exporter: { type: stdout } } }
classification: { classifiers: [keyword] }
categories:
  math:
    keywords: [equation]
    models: { anthropic: 0.9, chat: 0.5 }
    reasoning: true
    reasoning_effort: low
    system_prompt: { text: Check each step. }
  code: { keywords: [python], models: { chat: 0.9 } }
routing: { models: [anthropic, chat, gemini], default_model: gemini }
`;

async function scene(use: (setup: FaultSetup, asked: UpstreamCall[]) => Promise<void>): Promise<void> {
  const asked: UpstreamCall[] = [];
  await using setup = await FaultSetup.start(async (call) => {
    asked.push(call);
    if (call.path.endsWith("/embeddings")) {
      await call.answer(200, '{"data":[{"index":0,"embedding":[1]}],"usage":{"prompt_tokens":1}}');
    } else await call.answer(200, JSON.stringify(WHOLE[formatOf(call)]));
  }, SETTINGS);
  await use(setup, asked);
}

const CLIENTS = [
  [
    "/v1/chat/completions",
    (prompt: string) => ({ model: "auto", messages: [{ role: "user", content: prompt }] }),
  ],
  ["/v1/responses", (prompt: string) => ({ model: "MoM", input: prompt })],
  ["/v1/messages", (prompt: string) => ({
    model: "auto",
    max_tokens: 4096,
    messages: [{ role: "user", content: prompt }],
  })],
  ["/v1beta/models/auto:generateContent", (prompt: string) => ({
    contents: [{ role: "user", parts: [{ text: prompt }] }],
  })],
] as const;

Deno.test("auto gets the model that is best for what is asked, whatever the client speaks", async () => {
  await scene(async (setup, asked) => {
    for (const [path, body] of CLIENTS) {
      for (
        const [prompt, category, format] of [
          ["Solve the equation", "math", "anthropic_messages"],
          ["Some python", "code", "openai_chat"],
          ["Hello", "other", "google_generate_content"],
        ] as const
      ) {
        const response = await fetch(setup.gateway.url + path, {
          method: "POST",
          body: JSON.stringify(body(prompt)),
        });
        const text = await response.text();
        assertEquals(response.status, 200, text);
        const call = asked.at(-1);
        if (call === undefined) throw new Error("Cannot compare: nobody was asked");
        assertEquals(formatOf(call), format, `${path}: ${prompt}`);
        assertEquals(response.headers.get("x-gateway-model"), "up");
        assert(!call.text.includes("auto") && !call.text.includes("MoM"), call.text);
        const line = await setup.closing(response);
        assertEquals([line.category, line.model], [category, "up"]);
        assertEquals(line.requested_model, path === "/v1/responses" ? "MoM" : "auto");
      }
    }
  });
});

Deno.test("a category's reasoning and system prompt reach the provider as it takes them", async () => {
  await scene(async (setup, asked) => {
    for (const [path, body] of CLIENTS) {
      const response = await fetch(setup.gateway.url + path, {
        method: "POST",
        body: JSON.stringify(body("Solve the equation")),
      });
      await response.body?.cancel();
      const sent = asked.at(-1)?.json;
      assert(JSON.stringify(sent.system).includes("Check each step."), JSON.stringify(sent));
      assertEquals(sent.thinking, { type: "enabled", budget_tokens: 2048 }, path);
    }
  });
});

Deno.test("a model that is asked for by name is kept; its category's system prompt is put in all the same", async () => {
  await scene(async (setup, asked) => {
    const response = await fetch(`${setup.gateway.url}/v1/chat/completions`, {
      method: "POST",
      body: '{"model":"chat","messages":[{"role":"user","content":"equation","n":1.50}],"x":1e0}',
    });
    await response.body?.cancel();
    assertEquals(
      asked[0]?.text,
      '{"model":"up","messages":[{"role":"system","content":"Check each step."},' +
        '{"role":"user","content":"equation","n":1.50}],"x":1e0}',
    );
  });
});

Deno.test("embeddings are not classified, and no model is chosen for them", async () => {
  await scene(async (setup) => {
    const embed = (model: string) =>
      fetch(`${setup.gateway.url}/v1/embeddings`, {
        method: "POST",
        body: JSON.stringify({ model, input: "equation" }),
      });
    const response = await embed("chat");
    assertEquals(response.status, 200, await response.text());
    assertEquals((await setup.closing(response)).category, undefined);
    const refused = await embed("auto");
    assertEquals([refused.status, (await refused.json()).error.code], [404, "model_not_found"]);
  });
});

Deno.test("models that are chosen are in each family's list", async () => {
  await scene(async (setup) => {
    const { url } = setup.gateway;
    const openai = await (await fetch(`${url}/v1/models`)).json();
    const auto = openai.data.find(({ id }: { id: string }) => id === "MoM");
    assertEquals([auto.object, auto.owned_by], ["model", "llm-gateway"]);
    const google = await (await fetch(`${url}/v1beta/models`)).json();
    assert(google.models.some(({ name }: { name: string }) => name === "models/auto"));
    assertEquals((await (await fetch(`${url}/v1/models/auto`)).json()).id, "auto");
    assert(
      (await (await fetch(`${url}/api/tags`)).json()).models.some(({ name }: { name: string }) =>
        name === "auto"
      ),
    );
  });
});

Deno.test("a request for auto that means nothing is refused as the client's fault", async () => {
  await scene(async (setup) => {
    const response = await fetch(`${setup.gateway.url}/v1/chat/completions`, {
      method: "POST",
      body: '{"model":"auto","messages":[]}',
    });
    assertEquals([response.status, (await response.json()).error.param], [400, "messages"]);
  });
});

Deno.test("the time of the stages is in the metrics' phases", async () => {
  await scene(async (setup) => {
    const response = await fetch(`${setup.gateway.url}/v1/chat/completions`, {
      method: "POST",
      body: JSON.stringify(CLIENTS[0][1]("Solve the equation")),
    });
    await response.body?.cancel();
    await setup.closing(response);
    const metrics = await setup.metrics();
    for (const phase of ["classify", "route", "inject"]) {
      assertEquals(metrics.get(`gateway_phase_duration_seconds_count{phase="${phase}"}`), 1, phase);
    }
  });
});
