/** Requests to every route, mutated: whatever comes, the answer is one of the client's dialect, and none is our fault. */
import { mulberry32 } from "../../../lib/tools/statistics.ts";
import { CHAT_FORMATS } from "../../wire/codecs.ts";
import { REQUESTS } from "../../stages/scripts.ts";
import { InProcessGateway } from "../in_process.ts";
import { type Account, fault, newAccount, tally, Watch } from "./account.ts";
import { mutated, pick, type Random } from "./mutate.ts";
import { TEXTS } from "./naughty.ts";

const HANG_MS = 10_000;
const TOGETHER = 16;
/** Requests in a turn of the event loop. */
const TURN = 16;
const KEY = "planted-client-key";
const MASTER = "planted-master-key";
const encoder = new TextEncoder();

const CONFIG = `
logging: { level: ERROR }
server: { max_body_size: 256KiB }
auth: { master_key: ${MASTER}, keys: [{ name: one, key: ${KEY} }] }
providers: { mock: { type: mock, mock: { tokens: 3 } } }
models: { asked: mock/asked, "odd/*": mock/* }
pass_through: { provider: mock, store: memory }
requests: { store: memory, max_rows: 1000 }
`;

/** Bodies that routes understand, whole, with streams, tools, pictures, and what else has code of its own. */
const BODIES: readonly Uint8Array[] = [
  ...CHAT_FORMATS.flatMap((format) => [REQUESTS[format], { ...REQUESTS[format], stream: true }]),
  {
    model: "asked",
    stream: true,
    stream_options: { include_usage: true },
    n: 2,
    stop: ["a"],
    temperature: 0.5,
    tools: [{ type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } }],
    messages: [
      { role: "system", content: "s" },
      {
        role: "user",
        content: [{ type: "text", text: "t" }, { type: "image_url", image_url: { url: "data:," } }],
      },
      {
        role: "assistant",
        tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: "{}" } }],
      },
      { role: "tool", tool_call_id: "c", content: "1" },
    ],
  },
  {
    model: "asked",
    input: [{ role: "user", content: [{ type: "input_text", text: "x" }] }, {
      type: "function_call_output",
      call_id: "c",
      output: "1",
    }],
    previous_response_id: "resp_1",
    conversation: "conv_1",
    background: true,
    store: false,
    metadata: { a: "b" },
  },
  { items: [{ type: "message", role: "user", content: "x" }], metadata: { a: "b" } },
  { model: "asked", input: ["a", [1, 2]], encoding_format: "base64", dimensions: 4 },
  { model: "asked", prompt: ["a", "b"], echo: true, logprobs: 2 },
  { model: "asked", query: "q", documents: ["a", "b"] },
].map((body) => encoder.encode(JSON.stringify(body)));

/** Names whose values mean something. */
const HEADERS: readonly string[] = [
  ...[
    "content-type",
    "content-length",
    "content-encoding",
    "accept",
    "accept-encoding",
    "authorization",
    "x-api-key",
  ],
  ...[
    "x-goog-api-key",
    "anthropic-version",
    "anthropic-beta",
    "openai-beta",
    "traceparent",
    "tracestate",
    "baggage",
  ],
  ...[
    "x-request-id",
    "idempotency-key",
    "x-forwarded-for",
    "forwarded",
    "origin",
    "access-control-request-method",
  ],
  ...[
    "cache-control",
    "x-gateway-cache",
    "if-none-match",
    "range",
    "expect",
    "transfer-encoding",
    "user-agent",
    "cookie",
  ],
];

const METHODS = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "PROPFIND"];

/** @param seed the same seed gives the same requests. */
export async function mutatedRequests(seed: number, count: number): Promise<Account> {
  await using gateway = await InProcessGateway.start(CONFIG);
  const account = newAccount();
  using watch = new Watch(HANG_MS);
  await Promise.all(Array.from({ length: TOGETHER }, async () => {
    while (account.count < count) {
      const own = seed + account.count++;
      // Without sockets nothing else makes a turn of the event loop, and what waits for a file would wait for ever.
      if (own % TURN === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      const request = make(mulberry32(own), gateway);
      if (request === null) {
        tally(account, "cannot be sent");
        continue;
      }
      const place = `seed ${own}: ${request.method} ${request.url.slice(0, 200)}`;
      try {
        await watch.within(check(gateway, request, place, account));
      } catch (error) {
        fault(account, `${place}: ${error instanceof Error ? error.stack : error}`);
      }
    }
  }));
  return account;
}

/** Null: no HTTP client could send it. */
function make(random: Random, gateway: InProcessGateway): Request | null {
  const route = pick(random, gateway.routes);
  const method = random() < 0.9 ? route.method : pick(random, METHODS);
  const path = random() < 0.95 ? pathOf(route.path, random) : `/${pick(random, TEXTS)}`;
  const query = random() < 0.8
    ? ""
    : `?${new URLSearchParams({ [pick(random, QUERY)]: pick(random, TEXTS) })}`;
  const headers = new Headers({ authorization: `Bearer ${route.path.startsWith("/admin") ? MASTER : KEY}` });
  try {
    if (random() < 0.7) headers.set("content-type", "application/json");
    if (random() < 0.3) {
      for (let more = random() * 3; more > 0; more--) {
        headers.set(pick(random, HEADERS), pick(random, VALUES));
      }
    }
    if (random() < 0.05) headers.set("host", pick(random, TEXTS));
    const hasBody = !["GET", "HEAD"].includes(method);
    return new Request(`http://gateway.test${path}${query}`, {
      method,
      headers,
      ...(hasBody ? { body: mutated(pick(random, BODIES), random) } : {}),
    });
  } catch {
    return null;
  }
}

const QUERY = [
  "after",
  "limit",
  "order",
  "include",
  "stream",
  "starting_after",
  "key",
  "alt",
  "state",
  "beta",
  "api-version",
];
const VALUES = [
  ...TEXTS,
  "gzip",
  "application/json",
  "multipart/form-data; boundary=x",
  "chunked",
  "100-continue",
  "0",
];

function pathOf(template: string, random: Random): string {
  return template.replaceAll(/\{[^}]+\}/g, () => {
    const value = random() < 0.4 ? "asked" : pick(random, TEXTS).slice(0, 2000);
    return random() < 0.8 ? encodeURIComponent(wellFormed(value)) : value;
  });
}

function wellFormed(text: string): string {
  return new TextDecoder().decode(encoder.encode(text));
}

async function check(
  gateway: InProcessGateway,
  request: Request,
  place: string,
  account: Account,
): Promise<void> {
  const answer = await gateway.handle(request);
  // What is shown as it happens has no end.
  const endless = answer.ok && request.url.includes("/admin/events");
  if (endless) await answer.body?.cancel();
  const text = endless ? "" : await answer.text();
  tally(account, String(answer.status));
  if (answer.status >= 500 && !isExpected(answer, text)) {
    fault(account, `${place}: ${answer.status} ${text.slice(0, 300)}`);
  }
  if (answer.status < 400 || request.method === "HEAD") return;
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    return fault(account, `${place}: ${answer.status} is no JSON: ${text.slice(0, 200)}`);
  }
  const told = body?.error?.message ?? body?.message ?? body?.error;
  if (typeof told !== "string" || told === "") {
    fault(account, `${place}: tells nothing: ${text.slice(0, 200)}`);
  }
  if (text.includes(KEY) || text.includes(MASTER)) {
    fault(account, `${place}: tells a key: ${text.slice(0, 200)}`);
  }
}

/** What is asked of a provider that does not offer it is answered 501 or 503, as it would be without mutations. */
function isExpected(answer: Response, text: string): boolean {
  return answer.status === 501 || (answer.status === 503 && !text.includes("internal"));
}
