/** Secrets of every kind in a gateway that everything goes wrong for, and a search through all that comes out of it. */
import { encodeBase64 } from "../../lib/wire/embeddings/base64.ts";
import { gatewayCommand, gatewayEnvironment, GatewayProcess } from "../e2e/gateway_process.ts";
import { type UpstreamCall, UpstreamServer } from "../e2e/upstream_server.ts";
import { WHOLE } from "../stages/scripts.ts";

/** Each of a shape that no pattern for keys knows, with characters that a URL writes otherwise. */
const SECRETS = {
  "the provider's key": "planted/provider+key=Zq81mWx0",
  "a header of the provider": "planted/header+value=Kd72nVb5",
  "a client's key": "planted/client+key=Ht63pLc9",
  "the master key": "planted/master+key=Yw54rJf2",
  "the tracing backend's header": "planted/otlp+header=Gn45sDe7",
  "Redis's password": "planted-redis-password-Bx36tCa8",
  "the cache's secret": "planted/cache+secret=Vm58kPf9",
} as const;

export interface SecretsReport {
  readonly faults: number;
  /** Bytes that were searched, by where they came from. */
  readonly searched: ReadonlyMap<string, number>;
  /** What was found, where, in which form. */
  readonly found: readonly string[];
  /** Faults for which there was an answer: the gateway lives. */
  readonly answered: number;
}

/** How a provider fails; it knows its key and says it wherever it can. */
type Fault = (call: UpstreamCall, said: string) => Promise<void> | void;

const JSON_ERROR = (said: string) =>
  JSON.stringify({ error: { message: `Bad key ${said} was given`, type: said, param: said, code: said } });

const FAULTS: readonly Fault[] = [
  ...[400, 401, 403, 404, 409, 413, 422, 429, 500, 502, 503, 529].flatMap((status): Fault[] => [
    (call, said) => call.answer(status, JSON_ERROR(said)),
    (call, said) => call.answer(status, `<html><body>${said}</body></html>`, { "content-type": "text/html" }),
    (call, said) =>
      call.answer(status, said, { "x-request-id": said, "retry-after": said, "www-authenticate": said }),
  ]),
  (call, said) => call.answer(302, "", { location: `http://127.0.0.1:1/?key=${said}` }),
  (call, said) => call.answer(200, `{"broken": "${said}`),
  (call, said) => call.answer(200, "not json " + said),
  (call, said) =>
    call.stream().then(() => call.chunk(`data: ${JSON_ERROR(said)}\n\n`)).then(() => call.end()),
  (call, said) =>
    call.stream().then(() => call.chunk(`event: ${said}\ndata: {${said}\n\n`)).then(() => call.end()),
  (call, said) => call.stream().then(() => call.chunk(`: ${said}\n`)).then(() => call.cut()),
  (call, said) => call.raw(`HTTP/1.1 ${said}\r\n\r\n`).then(() => call.cut()),
  (call, said) =>
    call.raw(`HTTP/1.1 200 OK\r\nx: ${said}\r\ncontent-length: 9\r\n\r\n`).then(() => call.cut()),
  (call) => call.cut(),
  (call) => call.answer(200, JSON.stringify(WHOLE.openai_chat)),
];

/** The forms in which a secret is looked for, and in which a provider says it. */
function forms(secret: string): Readonly<Record<string, string>> {
  return {
    plain: secret,
    base64: encodeBase64(new TextEncoder().encode(secret)).replace(/=+$/, ""),
    "URL-encoded": encodeURIComponent(secret),
  };
}

const CLIENTS: readonly (readonly [path: string, body: (stream: boolean) => unknown])[] = [
  ["/v1/chat/completions", (stream) => ({ model: "m", stream, messages: [{ role: "user", content: "Hi" }] })],
  ["/v1/responses", (stream) => ({ model: "m", stream, input: "Hi" })],
  [
    "/v1/messages",
    (stream) => ({ model: "m", stream, max_tokens: 9, messages: [{ role: "user", content: "Hi" }] }),
  ],
  ["/v1beta/models/m:generateContent", () => ({ contents: [{ role: "user", parts: [{ text: "Hi" }] }] })],
  ["/v1/embeddings", () => ({ model: "m", input: "Hi" })],
];

function configuration(origin: string, folder: string): string {
  return `
server: { drain_delay: 0s, drain_grace: 1s }
logging: { level: DEBUG, format: json, log_requests: true, log_responses: true }
auth: { master_key: "${SECRETS["the master key"]}", keys: [{ name: one, key: "${
    SECRETS["a client's key"]
  }" }] }
backends: { breaker: { failures: 0 } }
retry: { attempts: 1 }
cache: { enabled: true, store: redis, secret: "${SECRETS["the cache's secret"]}", redis: { url: "redis://:${
    SECRETS["Redis's password"]
  }@127.0.0.1:1" } }
conversations: { path: ${folder}/conversations.db }
requests: { path: ${folder}/requests.db }
observability:
  tracing:
    enabled: true
    exporter:
      type: [stdout, otlp]
      endpoint: "${origin}"
      headers: { authorization: "${SECRETS["the tracing backend's header"]}" }
providers:
  up:
    type: openai_compatible
    base_url: "${origin}/v1"
    api_key: "${SECRETS["the provider's key"]}"
    headers: { x-secret: "${SECRETS["a header of the provider"]}" }
models: { m: up/m }
`;
}

/** Tries `count` faults, with clients that carry their key in every way there is, and searches. */
export async function plantedSecrets(count: number): Promise<SecretsReport> {
  const said = [SECRETS["the provider's key"], SECRETS["a header of the provider"]]
    .flatMap((secret) => Object.values(forms(secret)));
  let next = 0;
  await using upstream = new UpstreamServer((call) => {
    if (call.path.startsWith("/v1/traces")) {
      return call.answer(500, JSON_ERROR(call.headers.get("authorization") ?? ""));
    }
    const fault = FAULTS[next % FAULTS.length];
    return fault?.(call, said[next % said.length] ?? "");
  });
  const folder = await Deno.makeTempDir({ prefix: "secrets-" });
  const config = configuration(upstream.origin, folder);
  const outputs = new Map<string, string>();
  const add = (where: string, text: string) => outputs.set(where, (outputs.get(where) ?? "") + text);
  let answered = 0;
  {
    await using gateway = await GatewayProcess.start({ config });
    const master = { authorization: `Bearer ${SECRETS["the master key"]}` };
    const watching = new AbortController();
    const events = fetch(`${gateway.url}/admin/events`, { headers: master, signal: watching.signal })
      .then(async (response) => {
        for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
          add("/admin/events", text);
        }
      }).catch(() => {});
    for (; next < count; next++) {
      const response = await ask(gateway.url, next);
      add("headers of answers", JSON.stringify([...response.headers]));
      add("bodies of answers", await response.text().catch((error) => String(error)));
      answered++;
    }
    for (const path of READ) {
      const response = await fetch(gateway.url + path, { headers: master });
      add(path, JSON.stringify([...response.headers]) + await response.text());
    }
    watching.abort();
    await events;
    gateway.signal("SIGHUP");
    await gateway.log((line) => line.event === "config.reloaded");
    await gateway.stop();
    add("standard output", gateway.lines.join("\n"));
    add("standard error", gateway.errors);
  }
  for await (const entry of Deno.readDir(folder)) {
    if (!entry.isFile || entry.name.endsWith(".yaml")) continue;
    add(
      `file ${entry.name}`,
      new TextDecoder("latin1").decode(await Deno.readFile(`${folder}/${entry.name}`)),
    );
  }
  for (const [where, text] of await commands(folder, config)) add(where, text);
  await Deno.remove(folder, { recursive: true });
  return { faults: next, answered, ...search(outputs) };
}

/** What operators look at. */
const READ = [
  ...[
    "/metrics",
    "/health",
    "/readyz",
    "/v1/models",
    "/admin/requests",
    "/admin/requests?state=open",
    "/admin/telemetry",
  ],
  ...[
    "/admin/keys",
    "/admin/spend",
    "/console/api/requests?limit=500",
    "/console/api/configuration",
    "/console/api/system",
  ],
  ...[
    "/console/api/figures",
    "/console/api/models",
    "/console/api/providers",
    "/openapi.json",
    "/admin/openapi.json",
  ],
];

/** A request with the key in one of the ways in which clients send it, wrong ones too. */
function ask(url: string, turn: number): Promise<Response> {
  const key = SECRETS["a client's key"];
  const [path, body] = CLIENTS[turn % CLIENTS.length] ?? ["", () => null];
  const right = { authorization: `Bearer ${key}` };
  const ways: readonly (readonly [Record<string, string>, string])[] = [
    [right, ""],
    [{ "x-api-key": key }, ""],
    [{ "x-goog-api-key": key }, ""],
    [{}, `?key=${encodeURIComponent(key)}`],
    [right, `?api_key=${encodeURIComponent(key)}&token=${encodeURIComponent(key)}`],
    [{ authorization: `Basic ${forms(`one:${key}`).base64}` }, ""],
    [{ authorization: key }, ""],
    [{ authorization: `Bearer ${key}x` }, ""],
    [{ ...right, cookie: `key=${key}`, "x-secret": key }, ""],
  ];
  const [headers, query] = ways[Math.floor(turn / 3) % ways.length] ?? [right, ""];
  return fetch(url + path + query, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(body(turn % 2 === 1)),
  });
}

/** What commands print of the configuration, right and wrong, and what a start that fails prints. */
async function commands(folder: string, config: string): Promise<[string, string][]> {
  const wrong = config.replace("type: openai_compatible", "type: openai_compatble").replace(
    "store: redis",
    "store: reds",
  );
  await Deno.writeTextFile(`${folder}/right.yaml`, config);
  await Deno.writeTextFile(`${folder}/wrong.yaml`, wrong);
  const [program, ...first] = gatewayCommand();
  const all = [
    ["check-config", "--show", "--config", `${folder}/right.yaml`],
    ["check-config", "--config", `${folder}/wrong.yaml`],
    ["serve", "--config", `${folder}/wrong.yaml`],
    ["providers", "--config", `${folder}/right.yaml`],
  ];
  return await Promise.all(all.map(async (args): Promise<[string, string]> => {
    const { stdout, stderr } = await new Deno.Command(program, {
      args: [...first, ...args],
      cwd: folder,
      clearEnv: true,
      env: gatewayEnvironment(),
      stdin: "null",
    }).output();
    return [
      `gateway ${args[0]} ${args.at(-1)?.includes("wrong") ? "(wrong)" : ""}`,
      decode(stdout) + decode(stderr),
    ];
  }));
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function search(outputs: ReadonlyMap<string, string>): Pick<SecretsReport, "found" | "searched"> {
  const found: string[] = [];
  for (const [where, text] of outputs) {
    for (const [name, secret] of Object.entries(SECRETS)) {
      for (const [form, written] of Object.entries(forms(secret))) {
        const at = text.indexOf(written);
        if (at === -1) continue;
        found.push(
          `${name} (${form}) in ${where}: …${text.slice(Math.max(0, at - 160), at + written.length + 20)}…`,
        );
      }
    }
  }
  return { found, searched: new Map([...outputs].map(([where, text]) => [where, text.length])) };
}
