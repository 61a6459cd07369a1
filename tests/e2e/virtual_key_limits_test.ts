/** Limits of keys, teams and users that are made while the gateway runs. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { GatewayProcess } from "./gateway_process.ts";
import { call, chat, made, MASTER } from "./key_client.ts";

const CONFIG = `
server: { drain_delay: 0s, drain_grace: 2s }
logging: { format: json }
providers: { mock: { type: mock } }
models: { cheap: mock/cheap }
prices: { mock/cheap: { input: 1000, output: 1000 } }
auth: { master_key: ${MASTER} }
keys: { path: keys.db, refresh: 50ms }
spend: { path: spend.db }
limits: { expected_output: 10 }
`;

Deno.test("virtual keys are held to their own limits, their user's and their team's, and a change holds at once", async () => {
  await using gateway = await GatewayProcess.start({ config: CONFIG });
  const team = await made(gateway, "teams", { name: "red", budgets: [{ per: "day", usd: 0.3 }] });
  const user = await made(gateway, "users", { name: "ada", team: team.id, rpm: 6 });
  const first = await made(gateway, "keys", { name: "one", team: team.id, user: user.id, rpm: 2 });
  const second = await made(gateway, "keys", { name: "two", team: team.id, user: user.id });
  for (let i = 0; i < 2; i++) assertEquals((await chat(gateway, first.key)).status, 200);
  const refused = await chat(gateway, first.key);
  assertEquals([refused.status, refused.json.error.code], [429, "rate_limit_exceeded"]);
  assertMatch(refused.json.error.message, /key 'one' on requests per minute \(RPM\): Limit 2/);
  for (let i = 0; i < 4; i++) assertEquals((await chat(gateway, second.key)).status, 200);
  assertMatch((await chat(gateway, second.key)).json.error.message, /user 'ada' on requests per minute/);
  await call(gateway, "PATCH", `/admin/v1/users/${user.id}`, { rpm: 100 });
  // By the money of the team alone it ends now.
  let last = await chat(gateway, second.key);
  for (let i = 0; i < 30 && last.status === 200; i++) last = await chat(gateway, second.key);
  assertEquals([last.status, last.json.error.code], [429, "insufficient_quota"]);
  assertMatch(last.json.error.message, /budget of team 'red' is \$0\.3/);
  const spent = await call(gateway, "GET", `/admin/v1/spend?by=team,user,key`);
  assertEquals(spent.json.data.length, 2);
  for (const row of spent.json.data) assertEquals([row.team, row.user], [team.id, user.id]);
  assert(spent.json.total.cost_usd > 0.2 && spent.json.total.cost_usd <= 0.3, `${spent.json.total.cost_usd}`);
  await call(gateway, "PATCH", `/admin/v1/teams/${team.id}`, { budgets: [{ per: "day", usd: 5 }] });
  assertEquals((await chat(gateway, second.key)).status, 200);
});

Deno.test("budgets of virtual keys and teams are listed before anybody asks for anything", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const config = CONFIG.replace("keys.db", `${directory}/keys.db`) +
      "requests: { store: memory }\nconsole: { enabled: true }\n";
    const listed = async (gateway: GatewayProcess) => {
      const { budgets } = (await call(gateway, "GET", "/console/api/budgets")).json;
      return budgets.map((
        it: Record<string, unknown>,
      ) => [it.scope, it.name, it.per, it.limit_usd, it.spent_usd]);
    };
    const expected = [["key", "one", "month", 2, 0], ["team", "red", "day", 0.5, 0]];
    {
      await using gateway = await GatewayProcess.start({ config });
      const team = await made(gateway, "teams", { name: "red", budgets: [{ per: "day", usd: 0.5 }] });
      await made(gateway, "keys", { name: "one", team: team.id, budgets: [{ per: "month", usd: 2 }] });
      assertEquals(await listed(gateway), expected);
    }
    await using again = await GatewayProcess.start({ config });
    assertEquals(await listed(again), expected);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
