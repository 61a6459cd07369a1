/** The admin API's OpenAPI document, held against what the gateway serves and answers. */
import { assert, assertEquals } from "@std/assert";
import { Ajv2020 } from "ajv/2020";
import { InProcessGateway } from "../../security/in_process.ts";

const MASTER = { authorization: "Bearer master" };

async function started(): Promise<InProcessGateway> {
  return await InProcessGateway.start(`
logging: { level: ERROR }
auth: { master_key: master, keys: [{ name: alice, key: alice-key }] }
providers: { mock: { type: mock, mock: { tokens: 3 } } }
models: { m: mock/m }
prices: { mock/m: { input: 1000, output: 2000 } }
keys: { store: memory }
spend: { store: memory }
requests: { store: memory }
`);
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly parameters?: readonly { readonly name: string }[];
}

async function documentOf(gateway: InProcessGateway): Promise<Document> {
  return await (await gateway.ask("/admin/openapi.json", { headers: MASTER })).json();
}

Deno.test("the OpenAPI document has every route of /admin/v1, and no other", async () => {
  await using gateway = await started();
  const documented = Object.entries((await documentOf(gateway)).paths).flatMap(([path, item]) =>
    Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`)
  );
  const served = gateway.routes.filter(({ path }) => path.startsWith("/admin/v1/"))
    .map(({ method, path }) => `${method} ${path}`);
  assertEquals(documented.toSorted(), served.toSorted());
});

Deno.test("/admin/v1/spend answers as the OpenAPI document says, with each of its parameters", async () => {
  await using gateway = await started();
  const document = await documentOf(gateway);
  const ajv = new Ajv2020({ strict: false, formats: { date: /^\d{4}-\d\d-\d\d$/, "date-time": true } });
  ajv.addSchema(document, "document");
  const validate = ajv.getSchema("document#/components/schemas/Spend");
  if (validate === undefined) throw new Error("There is no schema Spend");
  const ask = async (query: string) => {
    const answer = await gateway.ask(`/admin/v1/spend?${query}`, { headers: MASTER });
    const json = await answer.json();
    assertEquals(answer.status, 200, JSON.stringify(json));
    assert(validate(json), `${query}: ${JSON.stringify(validate.errors)}`);
    return json;
  };
  await ask("");
  const chat = await gateway.ask("/v1/chat/completions", {
    method: "POST",
    headers: { authorization: "Bearer alice-key" },
    body: JSON.stringify({ model: "m", messages: [{ role: "user", content: "x" }] }),
  });
  assertEquals(chat.status, 200, await chat.text());
  const { data } = await ask("by=day,key,team,user,model,requested_model,provider");
  assertEquals(data.map(({ key, requests }: Record<string, unknown>) => [key, requests]), [["alice", 1]]);
  assert(data[0].cost_usd > 0);
  const [row] = data;
  for (const { name } of document.paths["/admin/v1/spend"]?.["get"]?.parameters ?? []) {
    const value = name === "by" ? "key" : name === "since" || name === "until" ? row.day : row[name];
    // A parameter that is not read would leave the sum as it was: nothing is of what there is not.
    assertEquals((await ask(`${name}=${encodeURIComponent(value)}`)).total.requests, 1, name);
    if (name === "by") continue;
    const other = name === "since"
      ? "2999-01-01"
      : name === "until" || name === "day"
      ? "2000-01-01"
      : "no-such";
    const none = await ask(`${name}=${other}${name === "until" ? "&since=2000-01-01" : ""}`);
    assertEquals(none.total?.requests ?? 0, 0, name);
  }
});
