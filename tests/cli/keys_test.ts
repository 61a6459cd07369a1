/** `gateway keys`, `teams` and `users` against a real gateway. */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { GatewayProcess } from "../e2e/gateway_process.ts";
import { runTool } from "./tool_server.ts";

const CONFIG = `
server: { drain_delay: 0s }
providers: { mock: { type: mock } }
models: { m: mock/m }
auth: { master_key: theirs }
keys: { store: memory }
`;

Deno.test("gateway keys makes, lists, shows, changes, rotates, disables and removes keys of teams and users", async () => {
  await using gateway = await GatewayProcess.start({ config: CONFIG });
  const tool = async (...args: string[]) => {
    const ran = await runTool([...args, "--url", gateway.url], { GATEWAY_MASTER_KEY: "theirs" });
    assertEquals(ran.code, 0, ran.errors);
    return ran;
  };
  assertStringIncludes(
    (await tool("teams", "create", "research", "--budget", "month=500")).output,
    "$500/month",
  );
  await tool("users", "create", "ann@example.com", "--team", "research", "--name", "Ann");
  assertEquals((await tool("keys")).output, "no keys");
  const made = await tool(
    "keys",
    "create",
    ...["--name", "ci", "--team=research", "--user", "ann@example.com", "--models", "m,gpt-*"],
    ...["--rpm", "60", "--budget", "day=5", "week=20", "--tag", "env=test", "--expires", "30d"],
    ...["--addresses", "10.0.0.0/8"],
  );
  const [key = "", , once] = made.output.split("\n");
  assertMatch(key, /^sk-gw-/);
  assertEquals(once, "It is not shown again.");
  const { json } = await tool("keys", "list", "--json", "--team", "research");
  const [{ id, ...record }] = json;
  assertEquals([json.length, record.name, record.models, record.rpm], [1, "ci", ["m", "gpt-*"], 60]);
  assertEquals(record.budgets, [{ per: "day", usd: 5 }, { per: "week", usd: 20 }]);
  assertEquals([record.tags, record.addresses], [{ env: "test" }, ["10.0.0.0/8"]]);
  const days = (Date.parse(record.expires_at) - Date.now()) / 86_400_000;
  assertEquals(Math.round(days), 30);
  const listed = (await tool("keys")).output.split("\n");
  assertMatch(listed[0] ?? "", /^ID +NAME +KEY +TEAM +USER +MODELS +LIMITS +STATE$/);
  assertStringIncludes(
    listed[1] ?? "",
    `ci    …${key.slice(-4)}  research  ann@example.com  m, gpt-*  rpm 60, $5/day`,
  );

  const changed = await tool(
    "keys",
    "update",
    id,
    "--models",
    "all",
    "--rpm=none",
    "--budget=none",
    "--expires",
    "never",
    "--json",
  );
  assertEquals(
    [changed.json.models, changed.json.rpm, changed.json.budgets, changed.json.expires_at, changed.json.name],
    [null, null, [], null, "ci"],
  );
  const rotated = await tool("keys", "rotate", id, "--grace", "24h");
  assertStringIncludes(rotated.output, `before it  …${key.slice(-4)}, until `);
  assertStringIncludes((await tool("keys", "disable", id)).output, "disabled");
  assertStringIncludes((await tool("keys", "list", "--disabled")).output, id);
  assertStringIncludes((await tool("keys", "enable", id)).output, "good");
  assertEquals((await tool("keys", "delete", id)).output, `key ${id} is removed`);
  assertEquals((await tool("users", "list", "--json")).json.length, 1);
});

Deno.test("gateway keys says what is wrong", async () => {
  await using gateway = await GatewayProcess.start({ config: CONFIG });
  const table: [string[], number, string][] = [
    [["keys", "creat"], 2, 'there is no "gateway keys creat"; did you mean "create"?'],
    [["keys", "show"], 2, "show: expected the id of a key"],
    [["keys", "create", "ci"], 2, 'create: use --name for "ci"; its id is made'],
    [["keys", "create", "--rpm", "many"], 2, '--rpm: expected a number, got "many"'],
    [["keys", "create", "--tag", "x"], 2, '--tag: expected NAME=VALUE, got "x"'],
    [["teams", "rotate", "x"], 2, 'there is no "gateway teams rotate"'],
    [["keys", "create", "--budget", "year=1"], 1, "Invalid 'budgets': expected a list"],
    [["keys", "show", "absent"], 1, "There is no key 'absent'."],
    [["keys", "list", "--master-key", "wrong"], 1, "Incorrect master or management key provided."],
  ];
  for (const [args, code, message] of table) {
    const ran = await runTool([...args, "--url", gateway.url], { GATEWAY_MASTER_KEY: "theirs" });
    assertEquals(ran.code, code, `${args}: ${ran.errors}${ran.output}`);
    assertStringIncludes(ran.errors, message);
  }
  for (const tool of ["keys", "teams", "users", "spend"]) {
    const { code, errors } = await runTool([tool, "--url", gateway.url]);
    const told = "asks for the gateway's master key: give it with --master-key or GATEWAY_MASTER_KEY";
    assertEquals([code, errors], [1, `gateway: ${gateway.url} ${told}`]);
  }
});
