/** Finished requests of two gateways in one real Postgres server, which goes away and comes back. */
import { assert, assertEquals } from "@std/assert";
import { requires } from "../requires.ts";
import { PostgresServer } from "../stores/postgres_server.ts";
import { samples } from "../telemetry/metrics/scrape.ts";
import { GatewayProcess } from "./gateway_process.ts";

const { ignore } = requires("postgres");

const configuration = (url: string) => `
server: { drain_delay: 0s }
auth: { master_key: sk-master, keys: [{ name: app, key: sk-app }] }
postgres: { url: "${url}" }
requests: { store: postgres }
providers: { mock: { type: mock } }
models: { fine: mock/fine }
`;

async function ask({ url }: GatewayProcess): Promise<number> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer sk-app" },
    body: JSON.stringify({ model: "fine", messages: [{ role: "user", content: "tell of herons" }] }),
  });
  await response.text();
  return response.status;
}

// deno-lint-ignore no-explicit-any -- whatever the API answers
async function look({ url }: GatewayProcess, path: string): Promise<{ status: number; json: any }> {
  const headers = { authorization: "Bearer sk-master" };
  const response = await fetch(`${url}/console/api${path}`, { headers });
  return { status: response.status, json: await response.json() };
}

/** @throws {Error} where it does not come about. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 20_000; !await condition();) {
    if (performance.now() > end) throw new Error("It did not come about within 20 s");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

Deno.test({
  name: "requests in Postgres: each gateway shows all; while it is away none is slower and none is lost",
  ignore,
  async fn() {
    await using server = await PostgresServer.start();
    const config = configuration(server.url);
    await using one = await GatewayProcess.start({ config });
    await using two = await GatewayProcess.start({ config });
    const kept = async () => (await look(two, "/requests?limit=100")).json.rows?.length ?? 0;
    for (const gateway of [one, two, one, two]) assertEquals(await ask(gateway), 200);
    await until(async () => await kept() === 4);
    const { json: { rows: [row] } } = await look(one, "/requests?limit=1");
    const { json: { row: same, detail } } = await look(two, `/requests/${row.id}`);
    assertEquals([same, detail.log.request_id], [row, row.request_id]);
    assertEquals((await look(one, "/overview?last=3600000")).json.totals.requests, 4);

    await server.stop();
    let slowest = 0;
    const system = async () => await look(one, "/system");
    await until(async () => {
      const began = performance.now();
      assertEquals(await ask(one), 200);
      slowest = Math.max(slowest, performance.now() - began);
      return (await system()).json.stores.some(({ up }: { up: boolean }) => !up);
    });
    // The bound leaves room for a loaded machine.
    assert(slowest < 500, `${slowest} ms`);
    const { json: { stores, score } } = await system();
    const store = stores.find(({ name }: { name: string }) => name === "requests");
    assertEquals([store.backend, store.up, score], ["postgres", false, null]);
    assert(store.error.includes("ECONNREFUSED"), store.error);
    const refused = await look(one, "/requests");
    assertEquals([refused.status, refused.json.error.code], [503, "request_store_unavailable"]);

    await server.restart();
    const metrics = async () => samples(await (await fetch(`${one.url}/metrics`)).text());
    const rowsOf = async (name: string) => (await metrics()).get(`gateway_telemetry_${name}{signal="rows"}`);
    await until(async () => await rowsOf("queue_length") === 0);
    assertEquals(await rowsOf("dropped_total"), 0);
    await until(async () => await kept() === 2 + (await rowsOf("exported_total") ?? NaN));
  },
});
