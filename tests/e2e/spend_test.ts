/** What was spent: as log and metrics tell it, after a restart, and by the command; and alerts at a real server. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { streamText, WHOLE } from "../stages/scripts.ts";
import { samples } from "../telemetry/metrics/scrape.ts";
import { gatewayCommand, gatewayEnvironment, GatewayProcess } from "./gateway_process.ts";
import { UpstreamServer } from "./upstream_server.ts";

const GOOD = JSON.stringify(WHOLE.openai_chat);
const MASTER = "master-secret";

function configOf(upstream: UpstreamServer, more: string, workers = 1): string {
  return `server: { drain_delay: 0s, workers: ${workers} }
logging: { format: json }
providers: { up: { type: openai_compatible, base_url: "${upstream.origin}/v1" } }
models: { fast: { targets: [up/m], aliases: [quick] } }
prices: { up/m: { input: 1000, output: 2000 } }
auth:
  master_key: ${MASTER}
  keys: [{ name: alice, key: sk-alice, team: red }, { name: bob, key: sk-bob, team: red }]
  teams: { red: { budgets: [{ per: month, usd: 10 }] } }
${more}`;
}

async function ask(
  gateway: GatewayProcess,
  key: string,
  more: Record<string, unknown> = {},
): Promise<number> {
  const response = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}` },
    body: JSON.stringify({
      model: "fast",
      max_tokens: 10,
      messages: [{ role: "user", content: "Hi" }],
      ...more,
    }),
  });
  await response.text();
  return response.status;
}

async function spent(gateway: GatewayProcess, query: string) {
  const headers = { authorization: `Bearer ${MASTER}` };
  return await (await fetch(`${gateway.url}/admin/v1/spend?${query}`, { headers })).json();
}

for (const workers of [1, 2]) {
  Deno.test(`spend is what log and metrics say, and is there after SIGTERM, workers: ${workers}`, async () => {
    const directory = await Deno.makeTempDir({ prefix: "spend-" });
    await using upstream = new UpstreamServer(async (call) => {
      if (call.json.user === "fails") return call.answer(500, "{}");
      if (call.json.stream !== true) return call.answer(200, GOOD);
      await call.stream();
      await call.chunk(streamText("openai_chat"));
      await call.end();
    });
    const config = configOf(
      upstream,
      `spend: { path: ${directory}/spend.db }
conversations: { path: ${directory}/conversations.db }`,
      workers,
    );
    try {
      let cost = 0;
      {
        await using gateway = await GatewayProcess.start({ config });
        for (let i = 0; i < 12; i++) {
          const key = i % 3 === 0 ? "sk-bob" : "sk-alice";
          const more = { stream: i % 2 === 0, model: i % 4 === 0 ? "quick" : "fast" };
          assertEquals(await ask(gateway, key, more), 200);
        }
        assertEquals(await ask(gateway, "sk-bob", { user: "fails" }), 502);
        const metrics = samples(await (await fetch(`${gateway.url}/metrics`)).text());
        cost = metrics.get('gateway_cost_usd_total{provider="up",model="m"}') ?? NaN;
        // Seven tokens in, three out.
        assertAlmostEquals(cost, 12 * 0.013, 1e-9);
        assertEquals((await gateway.stop()).code, 0);
        const logged = gateway.logs.reduce((sum, { cost_usd }) => sum + Number(cost_usd ?? 0), 0);
        assertAlmostEquals(logged, cost, 1e-9);
      }
      await using gateway = await GatewayProcess.start({ config });
      const { total, data } = await spent(gateway, "by=key");
      assertEquals([total.requests, total.input_tokens, total.output_tokens], [13, 84, 36]);
      assertAlmostEquals(total.cost_usd, cost, 1e-9);
      assertEquals(data.map(({ key, requests }: Record<string, unknown>) => [key, requests]), [
        ["alice", 8],
        ["bob", 5],
      ]);
      const models = await spent(gateway, "by=requested_model,model,provider&key=bob");
      assertEquals(
        models.data.map(({ requested_model, model, provider }: Record<string, unknown>) => [
          requested_model,
          model,
          provider,
        ]),
        [["fast", "m", "up"]],
      );
      const metrics = samples(await (await fetch(`${gateway.url}/metrics`)).text());
      const labels = '{scope="team",name="red",window="month"}';
      assertEquals(metrics.get(`gateway_budget_limit_usd${labels}`), 10);
      assertAlmostEquals(metrics.get(`gateway_budget_spent_usd${labels}`) ?? NaN, cost, 1e-9);
      const [command, ...args] = gatewayCommand();
      const { code, stdout, stderr } = await new Deno.Command(command, {
        args: [...args, "spend", "--by", "team,key", "--since", "2d", "--url", gateway.url],
        clearEnv: true,
        env: gatewayEnvironment({ GATEWAY_MASTER_KEY: MASTER }),
      }).output();
      const text = new TextDecoder().decode(stdout);
      assertEquals(code, 0, new TextDecoder().decode(stderr));
      assert(/red +alice +8 +56 +24 +\$0\.1040\n/.test(text), text);
      assert(/total +13 +84 +36 +\$0\.1560/.test(text), text);
      for (const [query, name] of [["by=nonsense", "by"], ["since=yesterday", "since"]] as const) {
        const { error } = await spent(gateway, query);
        assertEquals([error.param, error.message.startsWith(`Invalid '${name}': expected `)], [name, true]);
      }
      assertEquals((await fetch(`${gateway.url}/admin/v1/spend`)).status, 401);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

Deno.test("budget alerts: one POST for each threshold, again until it is taken, and a line in the log", async () => {
  const received: { threshold: number; scope: string; name: string; spent_usd: number }[] = [];
  let refusals = 1;
  const all = Promise.withResolvers<void>();
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const body = await request.json();
    if (refusals-- > 0) return new Response(null, { status: 503 });
    assertEquals(request.headers.get("x-token"), "t");
    received.push(body);
    if (received.length === 2) all.resolve();
    return new Response(null, { status: 204 });
  });
  await using upstream = new UpstreamServer((call) => call.answer(200, GOOD));
  await using gateway = await GatewayProcess.start({
    config: configOf(
      upstream,
      `limits:
  models: { fast: { budgets: [{ per: day, usd: 0.1 }] } }
  thresholds: [20, 60]
  alerts: { webhook: "http://127.0.0.1:${server.addr.port}/hook", headers: { x-token: t } }`,
    ),
  });
  for (let i = 0; i < 5; i++) assertEquals(await ask(gateway, "sk-bob", { model: "quick" }), 200);
  await all.promise;
  const ofModel = received.filter(({ scope }) => scope === "model");
  assertEquals(ofModel.map(({ threshold, name }) => [threshold, name]).sort(), [[20, "fast"], [60, "fast"]]);
  let told = 0;
  await gateway.log(({ event }) => event === "budget.threshold" && ++told === 2);
  const lines = gateway.logs.filter(({ event }) => event === "budget.threshold");
  assertEquals(lines.map(({ threshold }) => threshold), [20, 60]);
});
