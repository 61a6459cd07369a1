/** `least_used` over several gateways that tell each other through a real Redis server. */
import { assert, assertEquals } from "@std/assert";
import { WHOLE } from "../stages/scripts.ts";
import { requires } from "../requires.ts";
import { RedisServer } from "../stores/redis_server.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { UpstreamServer } from "./upstream_server.ts";

const { ignore } = requires("redis");
const GOOD = JSON.stringify(WHOLE.openai_chat);

Deno.test({
  name: "least_used goes by what other gateways used, and by its own while Redis is frozen, without a wait",
  ignore,
  async fn() {
    await using redis = await RedisServer.start();
    const asked: string[] = [];
    await using a = new UpstreamServer((call) => (asked.push("a"), call.answer(200, GOOD)));
    await using b = new UpstreamServer((call) => (asked.push("b"), call.answer(200, GOOD)));
    const config = `server: { drain_delay: 0s }
logging: { format: json }
backends: { policy: least_used, redis: { url: "${redis.url}" } }
providers:
  a: { type: openai_compatible, base_url: "${a.origin}/v1" }
  b: { type: openai_compatible, base_url: "${b.origin}/v1" }
models: { both: { targets: [a/m, b/m] }, only: a/m }`;
    await using one = await GatewayProcess.start({ config });
    await using two = await GatewayProcess.start({ config });
    const ask = async ({ url }: GatewayProcess, model: string) => {
      const body = JSON.stringify({ model, messages: [{ role: "user", content: "Hi" }] });
      const began = performance.now();
      const response = await fetch(`${url}/v1/chat/completions`, { method: "POST", body });
      await response.body?.cancel();
      assertEquals(response.status, 200);
      return performance.now() - began;
    };
    // The first gateway uses `a` alone, by 10 tokens a request.
    for (let i = 0; i < 20; i++) await ask(one, "only");
    // The second one, which asked nobody yet, hears of it in the background.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    asked.length = 0;
    for (let i = 0; i < 10; i++) await ask(two, "both");
    assertEquals(asked, Array(10).fill("b"));
    redis.signal("SIGSTOP");
    try {
      await two.log(({ event }) => event === "usage.not_shared");
      // No command of Redis is on a request's way.
      const waits: number[] = [];
      for (let i = 0; i < 20; i++) waits.push(await ask(two, "both"));
      const median = waits.toSorted((x, y) => x - y)[10] ?? NaN;
      assert(median < 100, `${median} ms`);
      await new Promise((resolve) => setTimeout(resolve, 3000));
      // Of its own it knows that `b` was asked all the time.
      asked.length = 0;
      await ask(two, "both");
      assertEquals(asked, ["a"]);
    } finally {
      redis.signal("SIGCONT");
    }
    await two.log(({ event }) => event === "usage.shared", 20_000);
  },
});
