/** Limits that several gateways, each of several processes, count together in a real Redis server. */
import { assert, assertEquals } from "@std/assert";
import { requires } from "../requires.ts";
import { WHOLE } from "../stages/scripts.ts";
import { RedisServer } from "../stores/redis_server.ts";
import { samples } from "../telemetry/metrics/scrape.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { UpstreamServer } from "./upstream_server.ts";

const { ignore } = requires("redis");
const GOOD = JSON.stringify(WHOLE.openai_chat);

function ask({ url }: GatewayProcess, model = "m"): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer sk-alice", connection: "close" },
    body: JSON.stringify({ model, max_tokens: 10, messages: [{ role: "user", content: "Hi" }] }),
  });
}

async function statusOf(asked: Promise<Response>): Promise<number> {
  const response = await asked;
  await response.body?.cancel();
  return response.status;
}

Deno.test({
  name:
    "limits: two gateways of two workers let in together what one may, and go on alone while Redis is frozen",
  ignore,
  async fn() {
    const directory = await Deno.makeTempDir({ prefix: "limits-" });
    await using redis = await RedisServer.start();
    await using upstream = new UpstreamServer((call) => call.answer(200, GOOD));
    const config = `server: { drain_delay: 0s, workers: 2 }
logging: { format: json }
redis: { url: "${redis.url}", timeout: 2s }
limits: { store: redis, models: { m: { rpm: 40 }, n: { budgets: [{ per: day, usd: 0.5 }] } } }
auth: { keys: [{ name: alice, key: sk-alice }] }
conversations: { path: ${directory}/conversations.db }
providers: { up: { type: openai_compatible, base_url: "${upstream.origin}/v1" } }
prices: { up/n: { input: 1000, output: 1000 } }
models: { m: up/m, n: up/n }`;
    try {
      await using one = await GatewayProcess.start({ config });
      await using two = await GatewayProcess.start({ config });
      // Each process connects by itself.
      for (const gateway of [one, two]) {
        for (let i = 0; i < 8; i++) await statusOf(ask(gateway, "n"));
      }
      const statuses = await Promise.all(
        Array.from({ length: 120 }, (_, i) => statusOf(ask(i % 2 === 0 ? one : two))),
      );
      assertEquals(statuses.filter((status) => status === 200).length, 40);
      assertEquals(statuses.filter((status) => status === 429).length, 80);
      // 28 are expected and 10 used of a request: 47 fit into half a dollar, less those under way.
      const spent = await Promise.all(
        Array.from({ length: 100 }, (_, i) => statusOf(ask(i % 2 === 0 ? one : two, "n"))),
      );
      const let_in = 16 + spent.filter((status) => status === 200).length;
      assert(let_in * 0.01 <= 0.5, `${let_in}`);
      redis.signal("SIGSTOP");
      try {
        const began = performance.now();
        // Each process has its share of what all of a machine may have.
        assertEquals(await statusOf(ask(one)), 200);
        assert(performance.now() - began < 4_000);
        const metrics = samples(await (await fetch(`${one.url}/metrics`)).text());
        assert((metrics.get("gateway_limits_degraded_requests_total") ?? 0) >= 1);
      } finally {
        redis.signal("SIGCONT");
      }
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  },
});
