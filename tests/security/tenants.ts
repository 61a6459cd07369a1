/** What one caller keeps, asked for by another: on every route that takes an id, whatever the id is made to look like. */
import { InProcessGateway } from "./in_process.ts";
import type { Route } from "../../lib/server/router.ts";
import { mulberry32 } from "../../lib/tools/statistics.ts";
import { type Account, fault, newAccount, tally } from "./mutations/account.ts";
import { below, pick, type Random } from "./mutations/mutate.ts";

/** In everything that is hers. */
const MARK = "hers-and-nobody-elses";
const MASTER = "planted-master-key";

/** What she keeps, by what stands for it in a path. */
interface Hers {
  readonly response: string;
  readonly run: string;
  readonly interaction: string;
  readonly conversation: string;
  readonly item: string;
  readonly file: string;
  readonly batch: string;
  readonly vectorStore: string;
}

/** What the ids of a route's template are of. */
type Kind = keyof Hers;

/** Templates whose ids are a caller's own. */
const KEPT: readonly (readonly [RegExp, readonly Kind[]])[] = [
  [/\/responses\/\{id\}/, ["response", "run"]],
  [/\/interactions\/\{id\}/, ["interaction"]],
  [/\/conversations\/\{id\}/, ["conversation"]],
  [/\/vector_stores\/\{vector_store_id\}/, ["vectorStore"]],
  [/\/files\/\{file_id\}/, ["file"]],
  [/\/batches\/\{batch_id\}/, ["batch"]],
];

/** Templates whose names are nobody's, and why. */
const NOBODYS: readonly (readonly [RegExp, string])[] = [
  [/\/models\/\{/, "models are configured, for all"],
  [/\/deployments\/\{|\/engines\/\{/, "so are deployments, which are models"],
  [/^\/console\/(\{|assets\/)/, "pages and scripts, the same for all"],
];

/** Templates that ask for a key which no client has. */
const ADMINISTRATORS = /^\/(admin|console\/api)\//;

export interface TenantOptions {
  readonly seed: number;
  readonly probes: number;
  /** Where it is kept: the sections `conversations` and `pass_through`, and what they name of others, as YAML. */
  readonly kept: string;
}

/** Routes of which it is not said whose ids they take; empty unless somebody adds one. */
export function unknownRoutes(routes: readonly Route[]): string[] {
  return routes.filter(({ path }) =>
    path.includes("{") && !ADMINISTRATORS.test(path) && kindsOf(path) === null &&
    !NOBODYS.some(([template]) => template.test(path))
  ).map(({ method, path }) => `${method} ${path}`);
}

export interface TenantAccount extends Account {
  readonly unknown: readonly string[];
  /** Mean time of an answer, microseconds: for what is hers, and for what is not there. */
  readonly times: { readonly hers: number; readonly absent: number };
}

export async function crossTenantProbes(
  { seed, probes, kept }: TenantOptions,
): Promise<TenantAccount> {
  await using gateway = await InProcessGateway.start(`
logging: { level: ERROR }
auth:
  master_key: ${MASTER}
  keys: [{ name: alice, key: alice-key, owner: alice }, { name: bob, key: bob-key, owner: bob }]
${kept}
providers: { mock: { type: mock, mock: { tokens: 3 } } }
models: { m: mock/m, slow: "mock/slow@stall_after=1" }
requests: { store: memory, max_rows: 1000 }
`);
  const account = newAccount();
  const hers = await make(gateway);
  const routes = gateway.routes.flatMap((route) => {
    const kinds = ADMINISTRATORS.test(route.path) ? [] : kindsOf(route.path);
    return kinds === null ? [] : [{ ...route, kinds }];
  }).filter(({ path }) => path.includes("{"));
  const spent = { hers: 0, absent: 0 };
  const random = mulberry32(seed);
  for (; account.count < probes; account.count++) {
    const route = pick(random, routes);
    const admin = route.kinds.length === 0;
    const kind = admin ? "response" : pick(random, route.kinds);
    const id = hers[kind];
    const absent = id.slice(0, -8) + randomHex(random, 8);
    const place = `${route.method} ${route.path}`;
    const first = await ask(gateway, route, id, hers.item);
    const second = await ask(gateway, route, absent, hers.item);
    spent.hers += first.took;
    spent.absent += second.took;
    tally(account, String(first.status));
    const refused = admin ? [401, 403, 404] : [404];
    if (!refused.includes(first.status)) fault(account, `${place} for hers: ${first.status} ${first.text}`);
    if (first.seen.replaceAll(id, absent) !== second.seen) {
      fault(account, `${place} tells hers from nobody's: ${first.seen} / ${second.seen}`);
    }
    const odd = disguised(id, random);
    const third = await ask(gateway, route, odd, hers.item);
    if (third.status < 400 || third.status >= 500) fault(account, `${place} for ${odd}: ${third.status}`);
    for (const { text } of [first, second, third]) {
      if (text.includes(MARK)) fault(account, `${place} shows what is hers: ${text}`);
    }
  }
  for (const asked of inBodies(hers)) await probeBody(gateway, asked, account);
  for (const id of [hers.file, hers.vectorStore]) await probeBatchFile(gateway, id, account);
  await probeLists(gateway, hers, account);
  await stillThere(gateway, hers, account);
  const times = { hers: spent.hers / account.count * 1000, absent: spent.absent / account.count * 1000 };
  return { ...account, unknown: unknownRoutes(gateway.routes), times };
}

function kindsOf(path: string): readonly Kind[] | null {
  return KEPT.find(([template]) => template.test(path))?.[1] ?? null;
}

async function make(gateway: InProcessGateway): Promise<Hers> {
  const post = async (path: string, body: unknown): Promise<string> => {
    const answer = await request(gateway, "alice", "POST", path, body);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`Cannot make what is hers: ${path}: ${answer.status} ${text}`);
    return JSON.parse(text).id;
  };
  const item = { id: "msg_hers", type: "message", role: "user", content: MARK };
  const { id: file } = await (await upload(gateway, "alice", MARK)).json();
  return {
    file,
    vectorStore: await post("/v1/vector_stores", { name: MARK, file_ids: [file] }),
    batch: await post("/v1/batches", { ...batchOf(file), metadata: { mark: MARK } }),
    response: await post("/v1/responses", { model: "m", input: MARK }),
    run: await post("/v1/responses", { model: "slow", input: MARK, background: true }),
    interaction: await post("/v1beta/interactions", { model: "m", input: MARK }),
    conversation: await post("/v1/conversations", { items: [item] }),
    item: item.id,
  };
}

function upload(gateway: InProcessGateway, who: string, content: string): Promise<Response> {
  const form = new FormData();
  form.append("purpose", "batch");
  form.append("file", new File([content], `${MARK}.jsonl`));
  return gateway.ask("/v1/files", {
    method: "POST",
    headers: { authorization: `Bearer ${who}-key` },
    body: form,
  });
}

function batchOf(input_file_id: string) {
  return { input_file_id, endpoint: "/v1/chat/completions", completion_window: "24h" };
}

function request(
  gateway: InProcessGateway,
  who: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Response> {
  const headers = { authorization: `Bearer ${who}-key`, "content-type": "application/json" };
  if (body === undefined) return gateway.ask(path, { method, headers });
  const text = JSON.stringify(body);
  // What a socket's other side would say.
  const length = String(new TextEncoder().encode(text).length);
  return gateway.ask(path, { method, headers: { ...headers, "content-length": length }, body: text });
}

/** Bob asks. `seen` is all that he sees but what differs in any two answers. */
async function ask(gateway: InProcessGateway, { method, path }: Route, id: string, item: string) {
  // The first that is not an item's is hers; what stands below that is there or not.
  const filled = path.replace(/\{item_id\}/, item).replace(/\{[^}]+\}/, encodeURIComponent(id))
    .replace(/\{[^}]+\}/, "below");
  const body = method === "POST"
    ? { items: [{ role: "user", content: "x" }], metadata: {}, query: "x" }
    : undefined;
  const began = performance.now();
  const answer = await request(gateway, "bob", method, filled, body);
  const text = await answer.text();
  const took = performance.now() - began;
  const requestId = answer.headers.get("x-request-id") ?? "";
  const headers = [...answer.headers].filter(([name]) => !VARIES.has(name));
  const seen = `${answer.status} ${JSON.stringify(headers)} ${text.replaceAll(requestId, "REQUEST")}`;
  return { status: answer.status, text, seen, took };
}

const VARIES: ReadonlySet<string> = new Set(["x-request-id", "traceresponse", "date", "content-length"]);

function randomHex(random: Random, length: number): string {
  return Array.from({ length }, () => below(random, 16).toString(16)).join("");
}

/** Her id, as somebody might write it who hopes that it is taken for hers further in. */
function disguised(id: string, random: Random): string {
  const at = below(random, id.length);
  return pick(random, [
    `${id.slice(0, at)}${id.slice(at + 1)}`,
    `${id}${randomHex(random, 1)}`,
    `${id}\0`,
    ` ${id}`,
    `${id} `,
    id.toUpperCase(),
    `${id}/../${id}`,
    `../responses/${id}`,
    `${id}%`,
    `${id}' OR '1'='1`,
    `${id.slice(0, at)}_`,
    `%${id.slice(5)}`,
    `${id}*`,
    `alice/${id}`,
    `alice:${id}`,
    id.replace("_", "%5f"),
  ]);
}

type Asked = readonly [path: string, body: (id: string) => unknown, id: string];

/** Ids that stand in bodies. */
function inBodies({ response, run, interaction, conversation, file, vectorStore }: Hers): readonly Asked[] {
  const model = "m";
  return [
    ...[response, run].map((id): Asked => ["/v1/responses", (previous_response_id) => ({
      model,
      input: "x",
      previous_response_id,
    }), id]),
    ["/v1/responses", (conversation) => ({ model, input: "x", conversation }), conversation],
    ["/v1/responses", (id) => ({ model, input: "x", conversation: { id } }), conversation],
    ["/v1/responses/input_tokens", (conversation) => ({ model, input: "x", conversation }), conversation],
    ["/v1/responses/input_tokens", (id) => ({ model, input: "x", previous_response_id: id }), response],
    ["/v1beta/interactions", (id) => ({ model, input: "x", previous_interaction_id: id }), interaction],
    ["/v1/batches", batchOf, file],
    ["/v1/vector_stores", (id) => ({ file_ids: [id] }), file],
    ["/v1/images/edits", (file_id) => ({ model, prompt: "x", images: [{ file_id }] }), file],
    ...filesInContent(file),
    ...["/v1/responses", "/v1/responses/input_tokens"].map((path): Asked => [path, (id) => ({
      model,
      input: "x",
      tools: [{ type: "file_search", vector_store_ids: [id] }],
    }), vectorStore]),
    ["/v1/responses", (id) => ({
      model,
      input: "x",
      background: true,
      tools: [{ type: "file_search", vector_store_ids: [id] }],
    }), vectorStore],
  ];
}

/** Where the content of a request, or of what is kept for one, names a file. */
function filesInContent(file: string): readonly Asked[] {
  const user = (part: unknown) => [{ type: "message", role: "user", content: [part] }];
  const model = "m";
  const input = (file_id: string) => user({ type: "input_file", file_id });
  return [
    [
      "/v1/chat/completions",
      (file_id) => ({ model, messages: user({ type: "file", file: { file_id } }) }),
      file,
    ],
    ["/v1/responses", (id) => ({ model, input: input(id) }), file],
    ["/v1/responses", (id) => ({ model, input: input(id), background: true }), file],
    ["/v1/responses", (file_id) => ({ model, input: user({ type: "input_image", file_id }) }), file],
    ["/v1/responses", (id) => ({
      model,
      input: "x",
      tools: [{ type: "code_interpreter", container: { type: "auto", file_ids: [id] } }],
    }), file],
    ["/v1/responses/input_tokens", (id) => ({ model, input: input(id) }), file],
    ["/v1/messages", (file_id) => ({
      model,
      max_tokens: 9,
      messages: user({ type: "document", source: { type: "file", file_id } }),
    }), file],
    ["/v1/conversations", (id) => ({ items: input(id) }), file],
  ];
}

async function probeBody(
  gateway: InProcessGateway,
  [path, body, id]: Asked,
  account: Account,
): Promise<void> {
  const absent = id.slice(0, -8) + "00000000";
  const answers = [];
  for (const each of [id, absent]) {
    const answer = await request(gateway, "bob", "POST", path, body(each));
    const text = (await answer.text()).replaceAll(each, "ID");
    answers.push(`${answer.status} ${text.replaceAll(answer.headers.get("x-request-id") ?? "", "REQUEST")}`);
  }
  const [first = "", second] = answers;
  // As OpenAI has it, what is not there as an answer before is 400.
  const refused = first.startsWith("404 ") ||
    first.startsWith("400 ") && first.includes("previous_response_not_found");
  if (!refused || first !== second || first.includes(MARK)) {
    fault(account, `POST ${path}: ${first} / ${second}`);
  }
}

/** A batch of his that asks of what is hers is not even uploaded. */
async function probeBatchFile(gateway: InProcessGateway, id: string, account: Account): Promise<void> {
  const answers = await Promise.all([id, `${id.slice(0, -8)}00000000`].map(async (each) => {
    const body = { tools: [{ file_ids: [each] }, { vector_store_ids: [each] }] };
    const answer = await upload(gateway, "bob", JSON.stringify({ custom_id: "1", body }));
    return `${answer.status} ${(await answer.text()).replaceAll(each, "ID")}`
      .replaceAll(answer.headers.get("x-request-id") ?? "", "REQUEST");
  }));
  if (!answers[0]?.startsWith("404 ") || answers[0] !== answers[1]) {
    fault(account, `POST /v1/files with a batch: ${answers.join(" / ")}`);
  }
}

/** What is hers is in no list of his, and no place in one to go on after. */
async function probeLists(gateway: InProcessGateway, hers: Hers, account: Account): Promise<void> {
  const lists = [
    ["/v1/files", hers.file],
    ["/v1/batches", hers.batch],
    ["/v1/vector_stores", hers.vectorStore],
  ] as const;
  for (const [path, id] of lists) {
    const listed = await (await request(gateway, "bob", "GET", `${path}?limit=1`)).json();
    if (listed.data.length !== 0 || JSON.stringify(listed).includes(id)) {
      fault(account, `GET ${path}: ${JSON.stringify(listed)}`);
    }
    const answers = await Promise.all([id, `${id.slice(0, -8)}00000000`].map(async (each) => {
      const answer = await request(gateway, "bob", "GET", `${path}?after=${each}`);
      return `${answer.status} ${(await answer.text()).replaceAll(each, "ID")}`;
    }));
    if (!answers[0]?.startsWith("404 ") || answers[0] !== answers[1]) {
      fault(account, `GET ${path}?after: ${answers.join(" / ")}`);
    }
  }
}

/** Nothing that bob did has changed what is hers. */
async function stillThere(gateway: InProcessGateway, hers: Hers, account: Account): Promise<void> {
  const paths = [
    `/v1/responses/${hers.response}`,
    `/v1beta/interactions/${hers.interaction}`,
    `/v1/conversations/${hers.conversation}/items/${hers.item}`,
    `/v1/files/${hers.file}`,
    `/v1/files/${hers.file}/content`,
    `/v1/batches/${hers.batch}`,
    `/v1/vector_stores/${hers.vectorStore}`,
    `/v1/vector_stores/${hers.vectorStore}/files/${hers.file}`,
  ];
  for (const path of paths) {
    const answer = await request(gateway, "alice", "GET", path);
    if (answer.status !== 200) fault(account, `afterwards ${path}: ${answer.status}`);
    await answer.body?.cancel();
  }
  const run = await (await request(gateway, "alice", "GET", `/v1/responses/${hers.run}`)).json();
  if (run.status !== "in_progress" && run.status !== "queued") {
    fault(account, `afterwards her run is ${run.status}`);
  }
  const cancelled = await request(gateway, "alice", "POST", `/v1/responses/${hers.run}/cancel`);
  await cancelled.body?.cancel();
}
