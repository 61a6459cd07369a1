/** What is one caller's is nobody else's: absent and another's are the same answer, whatever is asked. */
import { assertEquals, assertNotEquals } from "@std/assert";
import { GatewayProcess } from "./gateway_process.ts";

const CONFIG = `
server: { drain_delay: 0s }
logging: { format: json }
auth:
  keys:
    - { name: alice, key: alice-key, owner: alice }
    - { name: bob, key: bob-key, owner: bob }
providers: { mock: { type: mock } }
models: { m: mock/m, slow: "mock/slow@stall_after=1" }
`;

type Asked = readonly [method: string, path: string, body?: unknown];

async function ask(gateway: GatewayProcess, key: string, [method, path, body]: Asked) {
  const response = await fetch(`${gateway.url}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${key}-key` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, text };
}

Deno.test("conversations, responses, interactions and runs are their owner's alone", async () => {
  await using gateway = await GatewayProcess.start({ config: CONFIG });
  const made = async (...asked: Asked): Promise<string> => {
    const { status, text } = await ask(gateway, "alice", asked);
    assertEquals(status, 200, text);
    return JSON.parse(text).id;
  };
  const item = { id: "msg_hers", type: "message", role: "user", content: "secret" };
  const conversation = await made("POST", "/conversations", { items: [item] });
  const response = await made("POST", "/responses", { model: "m", input: "secret" });
  const run = await made("POST", "/responses", { model: "slow", input: "secret", background: true });
  const interaction = await made("POST", "/interactions", { model: "m", input: "secret" });
  const more = { items: [{ role: "user", content: "x" }] };

  /** What bob asks for alice's id, and for one that nobody has. */
  const asked: readonly [id: string, absent: string, (id: string) => Asked][] = [
    [conversation, "conv_absent", (id) => ["GET", `/conversations/${id}`]],
    [conversation, "conv_absent", (id) => ["POST", `/conversations/${id}`, { metadata: {} }]],
    [conversation, "conv_absent", (id) => ["POST", `/conversations/${id}/items`, more]],
    [conversation, "conv_absent", (id) => ["GET", `/conversations/${id}/items`]],
    [conversation, "conv_absent", (id) => ["GET", `/conversations/${id}/items?after=msg_hers`]],
    [conversation, "conv_absent", (id) => ["GET", `/conversations/${id}/items/msg_hers`]],
    [conversation, "conv_absent", (id) => ["DELETE", `/conversations/${id}/items/msg_hers`]],
    [conversation, "conv_absent", (id) => ["DELETE", `/conversations/${id}`]],
    [
      conversation,
      "conv_absent",
      (id) => ["POST", "/responses", { model: "m", input: "x", conversation: id }],
    ],
    [response, "resp_absent", (id) => ["GET", `/responses/${id}`]],
    [response, "resp_absent", (id) => ["GET", `/responses/${id}?stream=true`]],
    [response, "resp_absent", (id) => ["GET", `/responses/${id}/input_items`]],
    [response, "resp_absent", (id) => ["POST", `/responses/${id}/cancel`]],
    [response, "resp_absent", (id) => ["DELETE", `/responses/${id}`]],
    [
      response,
      "resp_absent",
      (id) => ["POST", "/responses", { model: "m", input: "x", previous_response_id: id }],
    ],
    [run, "resp_absent", (id) => ["GET", `/responses/${id}`]],
    [run, "resp_absent", (id) => ["GET", `/responses/${id}?stream=true`]],
    [run, "resp_absent", (id) => ["POST", `/responses/${id}/cancel`]],
    [run, "resp_absent", (id) => ["DELETE", `/responses/${id}`]],
    [interaction, "v1_absent", (id) => ["GET", `/interactions/${id}`]],
    [interaction, "v1_absent", (id) => ["POST", `/interactions/${id}/cancel`]],
    [interaction, "v1_absent", (id) => ["DELETE", `/interactions/${id}`]],
    [
      interaction,
      "v1_absent",
      (id) => ["POST", "/interactions", { model: "m", input: "x", previous_interaction_id: id }],
    ],
  ];
  for (const [hers, absent, request] of asked) {
    const [method, path, body] = request(hers);
    // As OpenAI has it: the answer before is a part of the request.
    const refused = JSON.stringify(body ?? {}).includes("previous_response_id") ? 400 : 404;
    const given = await ask(gateway, "bob", request(hers));
    const nobodys = await ask(gateway, "bob", request(absent));
    assertEquals([given.status, nobodys.status], [refused, refused], `${method} ${path}: ${given.text}`);
    assertEquals(given.text.replaceAll(hers, absent), nobodys.text, `${method} ${path}`);
  }

  // Nothing that bob did has changed anything of alice's.
  const status = async (...asked: Asked) => (await ask(gateway, "alice", asked)).status;
  assertEquals(await status("GET", `/conversations/${conversation}/items/msg_hers`), 200);
  assertEquals(await status("GET", `/responses/${response}`), 200);
  assertEquals(await status("GET", `/interactions/${interaction}`), 200);
  const still = JSON.parse((await ask(gateway, "alice", ["GET", `/responses/${run}`])).text);
  assertNotEquals(still.status, "cancelled");
  assertEquals(await status("POST", `/responses/${run}/cancel`), 200);
});

Deno.test("files that the lines of a batch's file name are its owner's alone, or it is not uploaded", async () => {
  await using gateway = await GatewayProcess.start({ config: `${CONFIG}pass_through: { provider: mock }\n` });
  const upload = async (key: string, content: string) => {
    const form = new FormData();
    form.append("file", new File([content], "b.jsonl"));
    form.append("purpose", "batch");
    const headers = { authorization: `Bearer ${key}-key` };
    const answer = await fetch(`${gateway.url}/v1/files`, { method: "POST", headers, body: form });
    return { status: answer.status, text: await answer.text() };
  };
  const line = (file_id: string) => {
    const content = [{ type: "file", file: { file_id } }];
    return `${JSON.stringify({ custom_id: "1", body: { messages: [{ role: "user", content }] } })}\n`;
  };
  const harmless = `${JSON.stringify({ custom_id: "2", body: { messages: [] }, note: "x".repeat(1000) })}\n`;
  const { id: hers } = JSON.parse((await upload("alice", "secret")).text);
  // The second is sent on as it comes.
  for (const lines of [1, 3000]) {
    const batch = (id: string) => harmless.repeat(lines) + line(id);
    const given = await upload("bob", batch(hers));
    const nobodys = await upload("bob", batch("file-absent"));
    assertEquals([given.status, nobodys.status], [404, 404], given.text);
    assertEquals(given.text.replaceAll(hers, "file-absent"), nobodys.text);
    assertEquals((await upload("bob", batch(hers).replace("}]}}", "}]}"))).status, 400);
    assertEquals((await upload("alice", batch(hers))).status, 200);
  }
  assertEquals(JSON.parse((await ask(gateway, "bob", ["GET", "/files"])).text).data, []);
});

Deno.test("files and vector stores that a request names are their owner's alone", async () => {
  await using gateway = await GatewayProcess.start({
    config: `${CONFIG}pass_through: { provider: mock, common: [vs_common] }\n`,
  });
  const form = new FormData();
  form.append("purpose", "user_data");
  form.append("file", new File(["secret"], "secret.txt"));
  const headers = { authorization: "Bearer alice-key" };
  const uploaded = await fetch(`${gateway.url}/v1/files`, { method: "POST", headers, body: form });
  assertEquals(uploaded.status, 200);
  const { id: hers } = await uploaded.json();
  const created = await ask(gateway, "alice", ["POST", "/vector_stores", { name: "a", file_ids: [hers] }]);
  assertEquals(created.status, 200, created.text);
  const { id: store } = JSON.parse(created.text);
  const his = JSON.parse((await ask(gateway, "bob", ["POST", "/vector_stores", { name: "b" }])).text).id;

  const user = (...content: unknown[]) => [{ role: "user", content }];
  const files: readonly ((id: string) => Asked)[] = [
    (id) => [
      "POST",
      "/chat/completions",
      { model: "m", messages: user({ type: "file", file: { file_id: id } }) },
    ],
    (id) => ["POST", "/responses", { model: "m", input: user({ type: "input_file", file_id: id }) }],
    (id) => [
      "POST",
      "/responses",
      { model: "m", input: user({ type: "input_file", file_id: id }), background: true },
    ],
    (id) => [
      "POST",
      "/conversations",
      { items: [{ type: "message", ...user({ type: "input_file", file_id: id })[0] }] },
    ],
    (id) => ["POST", "/vector_stores", { file_ids: [id] }],
    (id) => ["POST", "/images/edits", { model: "m", prompt: "x", images: [{ file_id: id }] }],
  ];
  const search = (...vector_store_ids: string[]): Asked => {
    const tools = [{ type: "file_search", vector_store_ids }];
    return ["POST", "/responses", { model: "m", input: "x", tools }];
  };
  const stores: readonly ((id: string) => Asked)[] = [
    (id) => search(id),
    (id) => search(his, id),
    (id) => ["GET", `/vector_stores/${id}`],
    (id) => ["POST", `/vector_stores/${id}`, { name: "c" }],
    (id) => ["POST", `/vector_stores/${id}/search`, { query: "x" }],
    (id) => ["GET", `/vector_stores/${id}/files`],
    (id) => ["GET", `/vector_stores/${id}/files/${hers}`],
    (id) => ["DELETE", `/vector_stores/${id}/files/${hers}`],
    (id) => ["DELETE", `/vector_stores/${id}`],
  ];
  const cases = [
    ...files.map((request) => [hers, "file-absent", request] as const),
    ...stores.map((request) => [store, "vs_absent", request] as const),
  ];
  for (const [id, absent, request] of cases) {
    const given = await ask(gateway, "bob", request(id));
    const nobodys = await ask(gateway, "bob", request(absent));
    assertEquals([given.status, nobodys.status], [404, 404], given.text);
    assertEquals(given.text.replaceAll(id, absent), nobodys.text);
  }
  const noForm = "/images/edits";
  for (const [id, , request] of cases) {
    const asked = request(id);
    // The mock's takes forms alone, and nothing of hers may be named beside what is his.
    if (asked[1] === noForm || JSON.stringify(asked).includes(his)) continue;
    const own = await ask(gateway, "alice", asked);
    assertEquals(own.status, 200, own.text);
  }
  assertEquals((await ask(gateway, "bob", search(his, "vs_common"))).status, 200);
  // What is common may be named, and that is all.
  assertEquals((await ask(gateway, "bob", ["DELETE", "/vector_stores/vs_common"])).status, 404);
  const listed = JSON.parse((await ask(gateway, "bob", ["GET", "/vector_stores"])).text);
  assertEquals(listed.data.map(({ id }: { id: string }) => id), [his]);
});
