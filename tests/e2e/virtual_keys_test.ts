/** Keys that are made while the gateway runs: shown once, good everywhere at once, gone everywhere at once. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { newVirtualKey } from "../../lib/stores/virtual_key.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { call, chat, type Json, made, MASTER } from "./key_client.ts";

const CONFIG = `
server: { drain_delay: 0s, drain_grace: 2s }
logging: { format: json }
providers: { mock: { type: mock } }
models: { cheap: mock/cheap, dear: mock/dear }
auth: { master_key: ${MASTER}, keys: [{ name: app, key: app-key }] }
keys: { path: keys.db, refresh: 50ms }
`;

Deno.test("a key is made, used, changed, rotated, disabled, enabled and removed, and shown once", async () => {
  await using gateway = await GatewayProcess.start({ config: CONFIG });
  const created = await made(gateway, "keys", { name: "ci", models: ["cheap"], tags: { env: "test" } });
  const { id, key } = created;
  assertMatch(key, /^sk-gw-[0-9A-Za-z]{46}$/);
  assertEquals([created.tail, created.created_by, created.disabled], [key.slice(-4), "master", false]);
  assertEquals((await chat(gateway, key)).status, 200);
  const dear = await chat(gateway, key, "dear");
  assertEquals([dear.status, dear.json.error.message], [
    403,
    "This API key may not use the model 'dear'. It may use: cheap.",
  ]);
  const shown = await call(gateway, "GET", `/admin/v1/keys/${id}`);
  const { key: _key, ...rest } = created;
  assertEquals(shown, { status: 200, json: rest });

  const path = `/admin/v1/keys/${id}`;
  assertEquals((await call(gateway, "PATCH", path, { models: null, name: "CI" })).json.revision, 2);
  assertEquals((await chat(gateway, key, "dear")).status, 200);

  const rotated = await call(gateway, "POST", `${path}/rotate`, { grace_seconds: 3600 });
  assertEquals([rotated.status, rotated.json.previous.tail], [200, key.slice(-4)]);
  assertEquals([(await chat(gateway, key)).status, (await chat(gateway, rotated.json.key)).status], [
    200,
    200,
  ]);
  const again = await call(gateway, "POST", `${path}/rotate`);
  const newest = again.json.key;
  for (const [old, status] of [[key, 401], [rotated.json.key, 401], [newest, 200]] as const) {
    assertEquals((await chat(gateway, old)).status, status);
  }

  assertEquals((await call(gateway, "POST", `${path}/disable`)).json.disabled, true);
  const off = await chat(gateway, newest);
  assertEquals([off.status, off.json.error.message], [401, "This API key is disabled."]);
  await call(gateway, "POST", `${path}/enable`);
  assertEquals((await chat(gateway, newest)).status, 200);
  assertEquals((await call(gateway, "DELETE", path)).json, { object: "key", id, deleted: true });
  const gone = await chat(gateway, newest);
  assertEquals([gone.status, gone.json.error.message], [401, "Incorrect API key provided."]);
  assertEquals((await call(gateway, "GET", path)).status, 404);
  // A configured key goes on beside them.
  assertEquals((await chat(gateway, "app-key")).status, 200);

  await gateway.log(({ event }) => event === "key.deleted");
  const changes = gateway.logs.filter(({ event }) => /^key\./.test(String(event)));
  assertEquals(changes.map(({ event, by, key_id }) => [event, by, key_id === id]), [
    ["key.created", "master", true],
    ["key.updated", "master", true],
    ["key.rotated", "master", true],
    ["key.rotated", "master", true],
    ["key.disabled", "master", true],
    ["key.enabled", "master", true],
    ["key.deleted", "master", true],
  ]);
  assertEquals(changes[1]?.["fields"], "models,name");
  const all = gateway.lines.join("\n");
  for (const secret of [key, rotated.json.key, newest, MASTER]) assertEquals(all.includes(secret), false);
});

Deno.test("only known fields are taken, and each is checked", async () => {
  await using gateway = await GatewayProcess.start({ config: CONFIG });
  const table: [unknown, string, string][] = [
    [{ modles: [] }, "modles", "Unknown field 'modles'. Did you mean 'models'?"],
    [{ max_budget: 5 }, "max_budget", "Unknown field 'max_budget'. A key has "],
    [{ id: "x" }, "id", "Cannot set 'id'. It cannot be changed."],
    [{ key: "sk-mine" }, "key", "Cannot set 'key'. Keys are made by the gateway."],
    [{ disabled: true }, "disabled", "Cannot set 'disabled'. Use the operations"],
    [{ __proto__x: 1 }, "__proto__x", "Unknown field"],
    [{ models: "cheap" }, "models", "Invalid 'models': expected a list of models"],
    [{ models: [1] }, "models", "Invalid 'models'"],
    [{ addresses: ["10.0.0.0/33"] }, "addresses", "Invalid 'addresses': expected a list of addresses"],
    [{ expires_at: "soon" }, "expires_at", "Invalid 'expires_at': expected a date such as 2027-01-31"],
    [{ rpm: 0 }, "rpm", "Invalid 'rpm': expected a whole number of at least 1"],
    [{ rpm: 1.5 }, "rpm", "Invalid 'rpm'"],
    [{ budgets: [{ per: "year", usd: 1 }] }, "budgets", "Invalid 'budgets'"],
    [{ budgets: [{ per: "day", usd: 1 }, { per: "day", usd: 2 }] }, "budgets", "Invalid 'budgets'"],
    [{ budgets: [{ per: "day", usd: 0 }] }, "budgets", "Invalid 'budgets'"],
    [{ name: "a\u0001b" }, "name", "Invalid 'name'"],
    [{ team: "absent" }, "team", "There is no team 'absent'."],
    [{ user: "absent" }, "user", "There is no user 'absent'."],
    [{ role: "admin" }, "role", 'Invalid \'role\': expected "inference" or "management".'],
    [{ role: "management" }, "team", "A management key has to be in a team"],
  ];
  for (const [body, param, message] of table) {
    const { status, json } = await call(gateway, "POST", "/admin/v1/keys", body);
    assertEquals([status, json.error.param], [400, param], JSON.stringify(json));
    assertStringIncludes(json.error.message, message);
  }
  const id = (await made(gateway, "keys", {})).id;
  for (const field of ["role", "revision", "created_by", "sha256", "tail"]) {
    const { status, json } = await call(gateway, "PATCH", `/admin/v1/keys/${id}`, { [field]: "x" });
    assertEquals([status, json.error.param], [400, field]);
  }
  const query = await call(gateway, "GET", "/admin/v1/keys?teem=x");
  assertEquals([query.status, query.json.error.message], [
    400,
    "Unknown parameter 'teem'. Did you mean 'team'?",
  ]);
  for (
    const [method, path] of [["GET", "keys/absent"], ["PATCH", "teams/absent"], ["DELETE", "users/absent"]]
  ) {
    assertEquals(
      (await call(gateway, method ?? "", `/admin/v1/${path}`, method === "PATCH" ? {} : undefined)).status,
      404,
    );
  }
});

Deno.test("teams and users hold for all their keys, and lists come in pages", async () => {
  await using gateway = await GatewayProcess.start({ config: CONFIG });
  await made(gateway, "teams", { id: "research", models: ["cheap"], rpm: 100 });
  await made(gateway, "users", { id: "ann@example.com", team: "research" });
  const twice = await call(gateway, "POST", "/admin/v1/teams", { id: "research" });
  assertEquals([twice.status, twice.json.error.code], [409, "conflict"]);
  const { key, id } = await made(gateway, "keys", {
    team: "research",
    user: "ann@example.com",
    models: ["*"],
  });
  assertEquals([(await chat(gateway, key)).status, (await chat(gateway, key, "dear")).status], [200, 403]);

  await call(gateway, "POST", "/admin/v1/users/ann@example.com/disable");
  assertEquals((await chat(gateway, key)).json.error.message, "The user of this API key is disabled.");
  await call(gateway, "POST", "/admin/v1/users/ann@example.com/enable");
  await call(gateway, "PATCH", "/admin/v1/teams/research", { models: null, expires_at: "2020-01-01" });
  assertEquals((await chat(gateway, key)).json.error.message.slice(0, 25), "This API key has expired:");
  await call(gateway, "PATCH", "/admin/v1/teams/research", { expires_at: null });
  assertEquals((await chat(gateway, key, "dear")).status, 200);

  const busy = await call(gateway, "DELETE", "/admin/v1/teams/research");
  assertEquals([busy.status, busy.json.error.message], [
    409,
    `The team 'research' still has a key, '${id}': remove it first, or disable the team.`,
  ]);
  await made(gateway, "teams", { id: "other" });
  const moved = await call(gateway, "PATCH", "/admin/v1/users/ann@example.com", { team: "other" });
  assertEquals([moved.status, moved.json.error.param], [409, "team"]);
  const wrong = await call(gateway, "POST", "/admin/v1/keys", { team: "other", user: "ann@example.com" });
  assertEquals([wrong.status, wrong.json.error.param], [400, "user"]);

  const ids = [id];
  for (let i = 0; i < 4; i++) ids.push((await made(gateway, "keys", { name: `k${i}` })).id);
  const listed: string[] = [];
  for (let after: string | null = ""; after !== null;) {
    const page: Json = (await call(gateway, "GET", `/admin/v1/keys?limit=2&after=${after}`)).json;
    listed.push(...page.data.map((it: Json) => it.id));
    assertEquals(page.has_more, page.next !== null);
    after = page.next;
  }
  assertEquals(listed, ids);
  const filtered = await call(gateway, "GET", "/admin/v1/keys?team=research&disabled=false");
  assertEquals(filtered.json.data.map((it: Json) => it.id), [id]);
});

Deno.test("a management key makes keys of its team alone, and none may do what it may not", async () => {
  await using gateway = await GatewayProcess.start({ config: CONFIG });
  await made(gateway, "teams", { id: "t" });
  await made(gateway, "teams", { id: "u" });
  const bounds = {
    models: ["ch*"],
    routes: ["/v1/chat/*"],
    addresses: ["127.0.0.0/8"],
    expires_at: "2999-01-01",
    rpm: 60,
    budgets: [{ per: "day", usd: 5 }],
  };
  const manager = await made(gateway, "keys", { role: "management", team: "t", ...bounds });
  const foreign = await made(gateway, "keys", { team: "u" });
  const strong = await made(gateway, "keys", { team: "t" });
  const as = (method: string, path: string, body?: unknown) =>
    call(gateway, method, `/admin/v1/${path}`, body, manager.key);

  assertEquals((await chat(gateway, manager.key)).status, 401);
  const made1 = (await as("POST", "keys", { name: "child" })).json;
  assertEquals([made1.team, made1.created_by, made1.role, made1.owner], ["t", manager.id, "inference", ""]);
  assertEquals(
    [made1.models, made1.routes, made1.addresses, made1.rpm, made1.budgets, made1.expires_at],
    [bounds.models, bounds.routes, bounds.addresses, 60, bounds.budgets, "2999-01-01T00:00:00.000Z"],
  );
  assertEquals([(await chat(gateway, made1.key)).status, (await chat(gateway, made1.key, "dear")).status], [
    200,
    403,
  ]);

  const refused: [string, string, unknown, string][] = [
    ["POST", "keys", { models: ["dear"] }, "models"],
    ["POST", "keys", { models: ["*"] }, "models"],
    ["POST", "keys", { routes: ["/v1/*"] }, "routes"],
    ["POST", "keys", { addresses: ["0.0.0.0/0"] }, "addresses"],
    ["POST", "keys", { expires_at: "3000-01-01" }, "expires_at"],
    ["POST", "keys", { rpm: 61 }, "rpm"],
    ["POST", "keys", { budgets: [{ per: "day", usd: 5.01 }] }, "budgets"],
    ["POST", "keys", { role: "management" }, "role"],
    ["POST", "keys", { role: "inference" }, "role"],
    ["POST", "keys", { owner: "somebody" }, "owner"],
    ["POST", "keys", { team: "u" }, "team"],
    ["POST", "keys", { team: "" }, "team"],
    ["PATCH", `keys/${made1.id}`, { team: "u" }, "team"],
    ["PATCH", `keys/${made1.id}`, { models: ["cheap", "dear"] }, "models"],
    ["PATCH", `keys/${made1.id}`, { rpm: 1000 }, "rpm"],
  ];
  for (const [method, path, body, param] of refused) {
    const { status, json } = await as(method, path, body);
    assertEquals(
      [status, json.error.param],
      [403, param],
      `${JSON.stringify(body)}: ${JSON.stringify(json)}`,
    );
  }
  // What would be without a bound gets the manager's.
  const cleared = await as("PATCH", `keys/${made1.id}`, {
    models: null,
    rpm: null,
    budgets: [],
    expires_at: null,
  });
  assertEquals([cleared.json.models, cleared.json.rpm, cleared.json.budgets], [["ch*"], 60, bounds.budgets]);
  const less = await as("POST", "keys", { models: ["cheap"], rpm: 1, budgets: [{ per: "month", usd: 9 }] });
  assertEquals(less.json.budgets, [{ per: "month", usd: 9 }, { per: "day", usd: 5 }]);

  // Who rotates a key has it: one that may do more is not given away.
  assertEquals((await as("POST", `keys/${strong.id}/rotate`)).status, 403);
  assertEquals((await as("POST", `keys/${made1.id}/rotate`)).status, 200);
  for (
    const [method, path] of [
      ["PATCH", `keys/${manager.id}`],
      ["POST", `keys/${manager.id}/rotate`],
      ["DELETE", `keys/${manager.id}`],
      ["POST", "teams"],
      ["PATCH", "teams/t"],
      ["DELETE", "teams/t"],
      ["POST", "users"],
    ] as const
  ) {
    const body = method === "DELETE" || path.endsWith("rotate") ? undefined : {};
    assertEquals((await as(method, path, body)).status, 403, `${method} ${path}`);
  }
  for (const path of [`keys/${foreign.id}`, "keys/absent", "teams/u", "teams/absent"]) {
    assertEquals((await as("GET", path)).status, 404, path);
  }
  for (const verb of ["disable", "enable", "rotate"]) {
    assertEquals((await as("POST", `keys/${foreign.id}/${verb}`)).status, 404);
  }
  assertEquals((await as("DELETE", `keys/${foreign.id}`)).status, 404);
  assertEquals((await as("GET", "keys?team=u")).json.data, []);
  const seen = (await as("GET", "keys")).json.data;
  assertEquals(seen.every((it: Json) => it.team === "t"), true);
  assertEquals((await as("GET", "teams")).json.data.map((it: Json) => it.id), ["t"]);

  // Other parts of the admin API are the master key's.
  for (const path of ["/admin/telemetry", "/admin/requests", "/admin/v2"]) {
    assertEquals((await call(gateway, "GET", path, undefined, manager.key)).status, 401, path);
  }
  assertEquals((await call(gateway, "GET", "/admin/v1/keys", undefined, strong.key)).status, 403);
  await call(gateway, "POST", `/admin/v1/keys/${manager.id}/disable`);
  assertEquals((await as("GET", "keys")).status, 401);
});

Deno.test("nobody who has no key is let in, and guesses are told nothing", async () => {
  await using gateway = await GatewayProcess.start({ config: CONFIG });
  for (const key of ["x", newVirtualKey(), "app-key"]) {
    const { status, json } = await call(gateway, "GET", "/admin/v1/keys", undefined, key);
    assertEquals([status, json.error.code], [401, "invalid_api_key"]);
  }
  const { status, json } = await chat(gateway, newVirtualKey());
  assertEquals([status, json.error.message], [401, "Incorrect API key provided."]);
});

Deno.test("a change in one process is good in all of a file's within the refresh time", async () => {
  const directory = await Deno.makeTempDir({ prefix: "keys-" });
  try {
    const config = CONFIG.replace("path: keys.db", `path: ${directory}/keys.db`);
    await using one = await GatewayProcess.start({ config });
    await using two = await GatewayProcess.start({ config });
    const { id, key } = await made(one, "keys", {});
    assertEquals((await chat(two, key)).status, 200);
    await call(one, "POST", `/admin/v1/keys/${id}/disable`);
    const began = performance.now();
    while ((await chat(two, key)).status !== 401) assert(performance.now() - began < 5_000);
    assertEquals((await call(two, "DELETE", `/admin/v1/keys/${id}`)).status, 200);
    assertEquals((await call(one, "GET", `/admin/v1/keys/${id}`)).status, 404);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("what is stored for a virtual key is its owner's alone, as keys.owner says", async () => {
  await using gateway = await GatewayProcess.start({
    config: CONFIG.replace("refresh: 50ms", "refresh: 50ms, owner: team"),
  });
  for (const id of ["a", "b"]) await made(gateway, "teams", { id });
  const keys = await Promise.all(
    ["a", "a", "b", ""].map(async (team) => (await made(gateway, "keys", { team })).key),
  );
  const stored = await call(gateway, "POST", "/v1/responses", { model: "cheap", input: "hi" }, keys[0]);
  const statuses = await Promise.all(
    keys.map(async (key) =>
      (await call(gateway, "GET", `/v1/responses/${stored.json.id}`, undefined, key)).status
    ),
  );
  assertEquals(statuses, [200, 200, 404, 404]);
});

Deno.test("without keys.path there are no virtual keys, and the answer says how to have them", async () => {
  await using gateway = await GatewayProcess.start({ config: CONFIG.replace(/keys: \{ path.*/, "") });
  const { status, json } = await call(gateway, "POST", "/admin/v1/keys", {});
  assertEquals([status, json.error.message], [
    404,
    "There are no virtual keys here: set keys.path or keys.store in the configuration.",
  ]);
  assertEquals((await call(gateway, "GET", "/admin/openapi.json")).json.openapi, "3.1.0");
});

Deno.test("the admin API has an address of its own where that is asked for, and is nowhere else", async () => {
  await using gateway = await GatewayProcess.start({
    config: `${CONFIG}\nadmin: { listen: "127.0.0.1:0" }\n`,
  });
  const started = await gateway.log(({ event }) => event === "admin.started");
  const admin = { url: String(started["url"]) };
  const { key } = await made(admin, "keys", {});
  assertEquals((await chat(gateway, key)).status, 200);
  assertEquals((await call(gateway, "GET", "/admin/v1/keys", undefined, "app-key")).status, 404);
  assertEquals((await call(admin, "GET", "/livez")).status, 200);
  assertEquals((await chat(admin, key)).status, 404);
});
