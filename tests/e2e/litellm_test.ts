/** A configuration of LiteLLM's proxy, in front of two providers, as its users see it. */
import { assert, assertEquals } from "@std/assert";
import { WHOLE } from "../stages/scripts.ts";
import { gatewayCommand, GatewayProcess } from "./gateway_process.ts";
import { type UpstreamCall, UpstreamServer } from "./upstream_server.ts";

const MASTER = "sk-litellm-master";

const FILE = (first: string, second: string) => `
model_list:
  - model_name: gpt-4o
    litellm_params: { model: openai/gpt-4o-first, api_base: "${first}/v1", api_key: os.environ/FIRST_KEY, weight: 1 }
  - model_name: gpt-4o
    litellm_params: { model: openai/gpt-4o-second, api_base: "${second}/v1", api_key: second-key, weight: 0 }
  - model_name: broken
    litellm_params: { model: openai/broken, api_base: "${first}/v1", api_key: k, timeout: 3 }
  - model_name: "claude/*"
    litellm_params:
      model: anthropic/claude-*
      api_base: ${second}
      api_key: anthropic-key
      extra_headers: { x-team: blue }
  - model_name: unset
    litellm_params: { model: groq/llama }
litellm_settings:
  drop_params: true
  callbacks: [prometheus]
  json_logs: true
router_settings:
  num_retries: 0
  model_group_alias: { gpt-4: gpt-4o }
  fallbacks: [{ broken: [gpt-4o] }]
general_settings:
  master_key: os.environ/PROXY_KEY
  database_url: os.environ/DATABASE_URL
`;

interface Asked {
  readonly server: number;
  readonly call: UpstreamCall;
}

class Scene implements AsyncDisposable {
  readonly asked: Asked[] = [];
  readonly #servers = [0, 1].map((server) =>
    new UpstreamServer(async (call) => {
      this.asked.push({ server, call });
      const { model } = call.json;
      if (model === "broken") return await call.answer(500, '{"error":{"message":"no"}}');
      const format = call.path.endsWith("/messages") ? "anthropic_messages" : "openai_chat";
      await call.answer(200, JSON.stringify(WHOLE[format]));
    })
  );
  gateway!: GatewayProcess;

  static async start(): Promise<Scene> {
    const scene = new Scene();
    const [first, second] = scene.#servers;
    scene.gateway = await GatewayProcess.start({
      config: FILE(first?.origin ?? "", second?.origin ?? ""),
      // As its users start it, but on a port of its own.
      command: (file) => [...gatewayCommand(), "-config", file],
      env: { PORT: "0", FIRST_KEY: "first-key", PROXY_KEY: MASTER },
    });
    return scene;
  }

  async chat(
    model: string,
    { path = "/v1/chat/completions", key = MASTER, body = {} as Record<string, unknown> } = {},
  ): Promise<{ status: number; json: Record<string, unknown>; sent: Asked | null }> {
    const before = this.asked.length;
    const response = await fetch(`${this.gateway.url}${path}`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ model, messages: [{ role: "user", content: "Hi" }], ...body }),
    });
    return { status: response.status, json: await response.json(), sent: this.asked.at(before) ?? null };
  }

  async get(path: string, key: string | null = MASTER): Promise<Response> {
    const headers: HeadersInit = key === null ? {} : { authorization: `Bearer ${key}` };
    return await fetch(`${this.gateway.url}${path}`, { headers });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway.stop("SIGKILL");
    for (const server of this.#servers) await server[Symbol.asyncDispose]();
  }
}

Deno.test("a file of LiteLLM's serves as its proxy does", async (t) => {
  await using scene = await Scene.start();

  await t.step("at each path that LiteLLM has for chat", async () => {
    const paths = [
      "/v1/chat/completions",
      "/chat/completions",
      "/openai/deployments/gpt-4o/chat/completions",
      "/engines/gpt-4o/chat/completions",
    ];
    for (const path of paths) {
      const { status, sent } = await scene.chat("gpt-4o", { path });
      assertEquals([path, status, sent?.server], [path, 200, 0]);
      assertEquals(sent?.call.json.model, "gpt-4o-first");
      assertEquals(sent?.call.headers.get("authorization"), "Bearer first-key");
    }
  });

  await t.step("by another name of a model", async () => {
    assertEquals((await scene.chat("gpt-4")).sent?.call.json.model, "gpt-4o-first");
  });

  await t.step(
    "what a wildcard matches, at a provider of another API, with the headers of the file",
    async () => {
      const { status, sent } = await scene.chat("claude/sonnet", { body: { max_tokens: 5 } });
      assertEquals([status, sent?.server, sent?.call.path], [200, 1, "/v1/messages"]);
      assertEquals(sent?.call.json.model, "claude-sonnet");
      assertEquals(sent?.call.headers.get("x-api-key"), "anthropic-key");
      assertEquals(sent?.call.headers.get("x-team"), "blue");
    },
  );

  await t.step("with a fallback where a model fails", async () => {
    const { status, sent } = await scene.chat("broken");
    assertEquals([status, sent?.call.json.model], [200, "broken"]);
    assertEquals(scene.asked.at(-1)?.call.json.model, "gpt-4o-first");
  });

  await t.step("to who has the master key, and to nobody else", async () => {
    assertEquals((await scene.chat("gpt-4o", { key: "sk-other" })).status, 401);
    assertEquals((await scene.get("/v1/models", null)).status, 401);
    assertEquals((await scene.get("/admin/telemetry")).status, 200);
  });

  await t.step("the models that can be asked for, without wildcards and those without a key", async () => {
    for (const path of ["/v1/models", "/models"]) {
      const { data } = await (await scene.get(path)).json();
      assertEquals(data.map(({ id }: { id: string }) => id), ["gpt-4o", "gpt-4", "broken"]);
    }
  });

  await t.step("probes without a key", async () => {
    for (const path of ["/health", "/health/liveliness", "/health/liveness", "/health/readiness"]) {
      const response = await scene.get(path, null);
      await response.body?.cancel();
      assertEquals([path, response.status], [path, 200]);
    }
  });

  await t.step("metrics by LiteLLM's names", async () => {
    const text = await (await scene.get("/metrics", null)).text();
    assert(text.includes("litellm_proxy_total_requests_metric_total{"), text.slice(0, 2000));
  });

  await t.step("and tells once what it does not do", async () => {
    const line = await scene.gateway.log((line) =>
      String(line.msg).includes("general_settings.database_url")
    );
    assertEquals(line.level, "WARNING");
    const told = scene.gateway.logs.filter(({ msg }) => String(msg).includes("database_url"));
    assertEquals(told.length, 1);
  });
});
