/** The console's server as its pages use it: who gets in, and that what it tells is what the log tells. */
import { assert, assertEquals } from "@std/assert";
import { samples } from "../telemetry/metrics/scrape.ts";
import { GatewayProcess, type LogLine } from "./gateway_process.ts";

const CONFIG = `
server: { drain_delay: 0s }
auth:
  master_key: sk-master-of-all
  keys: [{ name: app, key: sk-app-1 }, { name: batch, key: sk-batch-2 }]
console: { keys: [{ name: looker, key: sk-looker }], trace_link: "https://traces.example/{trace_id}" }
keys: { path: keys.db }
limits: { keys: { rpm: 1000 }, models: { fine: { max_parallel: 100 } } }
logging: { level: INFO, format: json, log_requests: true }
prices: { "mock/fine": { input: 1, output: 2 } }
providers:
  mock: { type: mock }
  nobody: { type: openai_compatible, base_url: "http://127.0.0.1:1/v1", api_key: sk-provider }
models: { fine: mock/fine, broken: nobody/broken }
retry: { attempts: 1 }
`;

/** Somebody's browser. */
class Browser {
  #cookie = "";
  #csrf = "";

  constructor(readonly url: string) {}

  async login(key: string): Promise<Response> {
    const response = await this.fetch("/login", { method: "POST", body: JSON.stringify({ key }) });
    this.#cookie = response.headers.get("set-cookie")?.split(";")[0] ?? "";
    if (response.ok) this.#csrf = (await response.clone().json()).csrf;
    return response;
  }

  /** Somebody who has its cookie. */
  copy(): Browser {
    const copy = new Browser(this.url);
    [copy.#cookie, copy.#csrf] = [this.#cookie, this.#csrf];
    return copy;
  }

  page(path: string): Promise<Response> {
    return fetch(this.url + path, { headers: { cookie: this.#cookie } });
  }

  fetch(path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(`${this.url}/console/api${path}`, {
      ...init,
      headers: { cookie: this.#cookie, "x-csrf-token": this.#csrf, ...init.headers },
    });
  }

  // deno-lint-ignore no-explicit-any -- whatever the API answers
  async json(path: string, init?: RequestInit): Promise<any> {
    const response = await this.fetch(path, init);
    assertEquals(response.status, 200, path);
    return await response.json();
  }

  async status(path: string, init?: RequestInit): Promise<number> {
    const response = await this.fetch(path, init);
    await response.body?.cancel();
    return response.status;
  }
}

async function ask(url: string, model: string, key: string, more: object = {}): Promise<void> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify({ model, messages: [{ role: "user", content: "tell of <b>herons</b>" }], ...more }),
  });
  await response.text();
}

Deno.test("console: a login, its refusals, and what each role may do", async () => {
  await using gateway = await GatewayProcess.start({ config: CONFIG });
  const browser = new Browser(gateway.url);
  for (const path of ["/requests", "/config", "/events", "/nothing"]) {
    assertEquals(await browser.status(path), 401, path);
  }
  assertEquals((await browser.login("sk-app-1")).status, 401);
  const reader = new Browser(gateway.url);
  assertEquals((await (await reader.login("sk-looker")).json()).role, "read");
  assertEquals(await reader.status("/config/reload", { method: "POST" }), 403);
  const session = await (await browser.login("sk-master-of-all")).json();
  const { role, store, workers, captures, links } = session;
  assertEquals([role, store, workers, captures], ["admin", "sqlite", 1, true]);
  assertEquals(links, { trace: "https://traces.example/{trace_id}" });
  assertEquals(await browser.status("/nothing"), 404);
  // Another site's page has the cookie sent along, but neither the token nor the origin.
  const post = { method: "POST" };
  assertEquals(await browser.status("/config/reload", { ...post, headers: { "x-csrf-token": "x" } }), 403);
  assertEquals(
    await browser.status("/config/reload", { ...post, headers: { origin: "https://evil.example" } }),
    403,
  );
  assertEquals(await browser.status("/config/reload", { ...post, headers: { origin: gateway.url } }), 200);
  // A copy of the cookie is no good any more after a logout.
  const copy = browser.copy();
  assertEquals([await copy.status("/overview"), await browser.status("/logout", post)], [200, 204]);
  assertEquals([await copy.status("/overview"), await reader.status("/overview")], [401, 200]);
  for (let i = 0; i < 10; i++) await (await browser.login("guess")).body?.cancel();
  const refused = await browser.login("sk-master-of-all");
  assertEquals([refused.status, refused.headers.has("retry-after")], [429, true]);
  await refused.body?.cancel();
  const out = gateway.logs.map((line) => JSON.stringify(line)).join("\n");
  for (const key of ["sk-master-of-all", "sk-looker", "guess"]) assert(!out.includes(key), key);
});

Deno.test("console: pages and files, with a policy that lets nothing else in", async () => {
  await using gateway = await GatewayProcess.start({ config: CONFIG });
  const page = await (await fetch(`${gateway.url}/console`)).text();
  const script = /src="(\/console\/assets\/[^/]+\/app\.js)"/.exec(page)?.[1] ?? "";
  for (const path of ["/console", "/console/requests/12", script]) {
    const response = await fetch(gateway.url + path);
    const policy = response.headers.get("content-security-policy") ?? "";
    assertEquals([response.status, policy.includes("unsafe")], [200, false]);
    assert(policy.includes("default-src 'none'"));
    assert((await response.text()).length > 100);
    assertEquals(response.headers.get("cache-control")?.includes("immutable"), path === script);
    const headers = { "if-none-match": response.headers.get("etag") ?? "" };
    assertEquals((await fetch(gateway.url + path, { headers })).status, 304);
    const weak = { "if-none-match": `"other", W/${headers["if-none-match"].replace("W/", "")}` };
    assertEquals((await fetch(gateway.url + path, { headers: weak })).status, 304);
  }
  // Who is logged in has the session with the page, which nobody keeps.
  const browser = new Browser(gateway.url);
  const session = await (await browser.login("sk-looker")).json();
  const own = await browser.page("/console/requests");
  assertEquals([own.status, own.headers.get("cache-control")], [200, "no-store"]);
  assert((await own.text()).includes(JSON.stringify(session)));
  const missing = await fetch(`${gateway.url}/console/assets/../../main.ts`);
  assertEquals(missing.status === 200, false);
  await missing.body?.cancel();
});

Deno.test("console: without a key that gets in there is none, and it says so", async () => {
  await using gateway = await GatewayProcess.start({
    config: "server: { drain_delay: 0s }\nproviders: { mock: { type: mock } }\nmodels: { fine: mock/fine }\n",
  });
  const response = await fetch(`${gateway.url}/console`);
  assertEquals(response.status, 403);
  assert((await response.text()).includes("auth.master_key"));
});

for (const workers of [1, 2]) {
  Deno.test(`console: rows, figures and state are those of log and metrics, workers: ${workers}`, async () => {
    const config = CONFIG.replace("server: {", `server: { workers: ${workers},`) +
      (workers === 1 ? "" : "conversations: { path: conversations.db }\n");
    await using gateway = await GatewayProcess.start({ config });
    const url = gateway.url;
    const browser = new Browser(url);
    await (await browser.login("sk-master-of-all")).body?.cancel();
    const live = await browser.fetch("/events?rows=1");
    await Promise.all([
      ...Array.from({ length: 20 }, (_, i) => ask(url, "fine", i % 2 === 0 ? "sk-app-1" : "sk-batch-2")),
      ...Array.from({ length: 5 }, () => ask(url, "fine", "sk-app-1", { stream: true })),
      ...Array.from({ length: 3 }, () => ask(url, "broken", "sk-app-1")),
      ask(url, "nobody-knows", "sk-app-1"),
      ask(url, "fine", "sk-wrong"),
    ]);
    const ALL = 30;
    const closing = (line: LogLine) =>
      String(line.event).startsWith("request.") && line.path === "/v1/chat/completions";
    let left = ALL;
    await gateway.log((line) => closing(line) && --left === 0, 10_000);

    // Rows are there within moments, and are what the log says.
    const rows = await until(async () => {
      const { rows } = await browser.json("/requests?limit=500&last=600000&route=/v1/chat/completions");
      return rows.length === ALL ? rows : null;
    });
    const lines = new Map(gateway.logs.filter(closing).map((line) => [line.request_id, line]));
    for (const row of rows) {
      const line = lines.get(row.request_id);
      assertEquals(
        [
          row.status,
          row.duration_ms,
          row.overhead_ms,
          row.model ?? undefined,
          row.output_tokens ?? undefined,
        ],
        [line?.status, line?.duration_ms, line?.overhead_ms, line?.model, line?.output_tokens],
      );
      assertEquals([row.cost_usd ?? undefined, row.error ?? undefined], [line?.cost_usd, line?.error]);
      assertEquals([row.max_gap_ms !== null, row.max_gap_ms ?? undefined], [
        row.chunks > 1,
        line?.max_gap_ms,
      ]);
    }

    // Figures are those of the metrics.
    const metrics = samples(await (await fetch(`${url}/metrics`)).text());
    const total = (name: string, label = "") =>
      [...metrics].reduce(
        (sum, [key, value]) => key.startsWith(name) && key.includes(label) ? sum + value : sum,
        0,
      );
    const { totals, models } = await browser.json("/overview?last=600000");
    const chat = 'path="/v1/chat/completions"';
    assertEquals(totals.requests, total("http_requests_total", chat));
    assertEquals(totals.errors, total("http_requests_total", `${chat},status="502"`));
    assertEquals(totals.output_tokens, total("provider_tokens_total", 'type="output"'));
    assert(Math.abs(totals.cost_usd - total("gateway_cost_usd_total")) < 1e-9);
    assertEquals(models.find(({ name }: { name: string }) => name === "fine").requests, 25);
    const usage = await browser.json("/usage?by=key&last=600000");
    assertEquals(
      Object.fromEntries(
        usage.groups.map((it: { name: string; requests: number }) => [it.name, it.requests]),
      ),
      { app: 19, batch: 10, "": 1 },
    );
    const { groups } = await browser.json("/series?by=model&last=600000");
    const drawn = groups.flatMap(({ series }: { series: { requests: number[] } }) => series.requests);
    assertEquals(drawn.reduce((a: number, b: number) => a + b, 0), ALL);
    const { cells } = await browser.json("/heatmap?last=600000");
    assertEquals(cells.flat().reduce((a: number, b: number) => a + b, 0), ALL);

    // One of them, by a search, with all that is known of it.
    const found = await browser.json("/requests?text=herons&outcome=error&limit=1");
    const { detail } = await browser.json(`/requests/${found.rows[0].id}`);
    const [{ attempts }] = found.rows;
    assertEquals([detail.attempts.length, detail.log.status, detail.log.event], [
      attempts,
      502,
      "request.error",
    ]);
    const headers = Object.fromEntries(detail.request_headers);
    assertEquals([headers["authorization"], headers["content-type"]], ["***", "application/json"]);
    assertEquals(Object.fromEntries(detail.response_headers)["x-request-id"], detail.log.request_id);
    assert(detail.curl.includes("$GATEWAY_KEY") && detail.request.includes("<b>herons</b>"));
    assert(!JSON.stringify(detail).includes("sk-"));
    const exported = await (await browser.fetch("/export?format=csv&model=fine")).text();
    assertEquals(exported.trim().split("\r\n").length, 26);

    // State.
    const system = await browser.json("/system");
    assertEquals(system.workers.length, workers);
    const signal = system.signals.find(({ signal }: { signal: string }) => signal === "rows");
    assertEquals([signal.produced - signal.exported, signal.dropped], [0, 0]);
    const { values } = await browser.json("/config");
    assert(!JSON.stringify(values).includes("sk-"));
    const masked = values.find(({ path }: { path: string }) => path === "auth.master_key");
    assertEquals([masked.value, masked.origin], ["***", "file"]);
    const { targets } = await browser.json("/providers");
    assertEquals(targets.map(({ provider }: { provider: string }) => provider).sort(), ["mock", "nobody"]);
    const failed = targets.find(({ provider }: { provider: string }) => provider === "nobody");
    assert(failed.last_error.startsWith("upstream_connection_failed: "), failed.last_error);
    assert(failed.last_error_at > Date.now() - 60_000);
    const { limits } = await browser.json("/budgets");
    assertEquals(
      limits.map((it: { limit: string; name: string; used: number; of: number }) => [
        it.name,
        it.limit,
        it.used,
        it.of,
      ]),
      [["app", "rpm", 19, 1000], ["batch", "rpm", 10, 1000], ["fine", "max_parallel", 0, 100]],
    );
    const checked = await browser.json("/config/validate", {
      method: "POST",
      body: JSON.stringify({ text: CONFIG.replace("attempts: 1", "attempts: none") }),
    });
    assertEquals(checked.ok, false);
    assert(checked.problems[0].includes("retry.attempts"));

    // Keys, as the admin API has them.
    const { key, id } = await (await browser.fetch("/keys", {
      method: "POST",
      body: JSON.stringify({ name: "made in the console" }),
    })).json();
    await ask(url, "fine", key);
    const { data } = await browser.json("/keys");
    assertEquals(data.map((it: { id: string }) => it.id), [id]);
    assert(!JSON.stringify(data).includes(key));

    // A copied cookie is no good after a logout, whichever worker is asked.
    const other = new Browser(url);
    await (await other.login("sk-master-of-all")).body?.cancel();
    const copy = other.copy();
    assertEquals(await other.status("/logout", { method: "POST" }), 204);
    await refusedByAll(copy);

    // And all of it live.
    const events = await read(live, (text) => text.split("event: row\n").length > ALL);
    assert(/event: figures\ndata: \{.*"in_flight":/.test(events));
  });
}

/** Over so many connections that each worker has some. */
async function refusedByAll(browser: Browser): Promise<void> {
  await until(async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => browser.status("/values")));
    return all.every((status) => status === 401) || null;
  });
}

async function until<T>(probe: () => Promise<T | null>): Promise<T> {
  for (let i = 0; i < 100; i++) {
    const found = await probe();
    if (found !== null) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("It took over five seconds");
}

async function read(response: Response, enough: (text: string) => boolean): Promise<string> {
  let text = "";
  for await (const piece of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += piece;
    if (enough(text)) return text;
  }
  throw new Error("The stream ended");
}

Deno.test("a program shows its key with each request, and needs neither cookie nor token", async () => {
  await using gateway = await GatewayProcess.start({ config: CONFIG });
  const status = async (key: string, path: string, method = "GET") => {
    const response = await fetch(`${gateway.url}/console/api${path}`, {
      method,
      headers: { authorization: `Bearer ${key}` },
    });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await status("sk-master-of-all", "/overview"), 200);
  assertEquals(await status("sk-looker", "/overview"), 200);
  assertEquals(await status("sk-app-1", "/overview"), 401);
  assertEquals(await status("sk-looker", "/config/reload", "POST"), 403);
  assertEquals(await status("sk-master-of-all", "/config/reload", "POST"), 200);
});

Deno.test("keys of operators cannot be guessed: ten wrong ones, and an address has to wait", async () => {
  await using gateway = await GatewayProcess.start({ config: CONFIG });
  const ask = async (path: string, key: string) => {
    const response = await fetch(`${gateway.url}${path}`, { headers: { authorization: `Bearer ${key}` } });
    await response.body?.cancel();
    return [response.status, Number(response.headers.get("retry-after"))] as const;
  };
  const paths = ["/admin/telemetry", "/admin/v1/keys", "/console/api/overview"];
  assertEquals((await ask("/admin/telemetry", "sk-master-of-all"))[0], 200);
  for (let i = 0; i < 10; i++) assertEquals((await ask(paths[i % 3] ?? "", `sk-guess-${i}`))[0], 401);
  for (const path of paths) {
    const [status, wait] = await ask(path, "sk-master-of-all");
    assertEquals([status, wait > 0 && wait <= 60], [429, true], path);
  }
  const login = { method: "POST", body: JSON.stringify({ key: "sk-master-of-all" }) };
  const refused = await fetch(`${gateway.url}/console/api/login`, login);
  assertEquals([refused.status, (await refused.json()).error.code], [429, "rate_limit_exceeded"]);
  const metrics = samples(await (await fetch(`${gateway.url}/metrics`)).text());
  assertEquals(metrics.get('gateway_rate_limited_total{limit="operator_keys"}'), 4);
});

Deno.test("console: of workers that keep requests in memory figures are of all, and rows those of one, always the same", async () => {
  const config = CONFIG.replace("server: {", "server: { workers: 2,") +
    "conversations: { path: conversations.db }\nrequests: { store: memory }\n";
  await using gateway = await GatewayProcess.start({ config });
  const browser = new Browser(gateway.url);
  const session = await (await browser.login("sk-master-of-all")).json();
  assertEquals([session.store, session.workers], ["memory", 2]);
  await Promise.all(Array.from({ length: 40 }, () => ask(gateway.url, "fine", "sk-app-1")));
  await until(async () => (await browser.json("/overview?last=600000")).totals.requests === 40 || null);
  const { models, series } = await browser.json("/overview?last=600000");
  assertEquals(models.map((it: { name: string; requests: number }) => [it.name, it.requests]), [[
    "fine",
    40,
  ]]);
  assertEquals(series.requests.reduce((a: number, b: number) => a + b, 0), 40);
  const list = async () =>
    (await browser.json("/requests?limit=100")).rows.map(({ id }: { id: number }) => id);
  const first = await list();
  assert(first.length < 40, "both have served");
  for (let i = 0; i < 10; i++) assertEquals(await list(), first);
  const copy = browser.copy();
  assertEquals(await browser.status("/logout", { method: "POST" }), 204);
  await refusedByAll(copy);
});

Deno.test("the system page says when the cache's store cannot be used", async () => {
  const config = `${CONFIG}
redis: { url: "redis://127.0.0.1:1" }
cache: { enabled: true, store: redis, secret: planted-secret-of-sixteen-or-more }
`;
  await using gateway = await GatewayProcess.start({ config });
  const browser = new Browser(gateway.url);
  await browser.login("sk-master-of-all");
  const { stores } = await browser.json("/system");
  const cache = stores.find(({ name }: { name: string }) => name === "cache");
  assertEquals([cache.backend, cache.up], ["redis", false]);
  assert(cache.error !== "" && !cache.error.includes("it cannot be used"), cache.error);
});
