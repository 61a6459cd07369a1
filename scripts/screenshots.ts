/**
 * Pictures of the console's pages for docs/console.md, light and dark, of a gateway that has had something to do:
 * `deno run -A scripts/screenshots.ts`. Needs Chromium.
 */
import { chromium, type Page } from "playwright-core";

const MASTER = "sk-master";
const KEYS = ["sk-search", "sk-support", "sk-batch"];
const MODELS = ["gpt-4o-mini", "gpt-4o-mini", "claude-sonnet", "claude-sonnet", "llama", "auto", "auto"];
const PROMPTS = [
  "Solve the equation 3x + 4 = 19",
  "Write a haiku about herons",
  "Summarise this week's support tickets of anna@example.com",
  "Translate good morning into Finnish",
];
const SECONDS = 100;
const AT_A_TIME = 6;
const CONFIG = `
server: { host: 127.0.0.1, port: 0, drain_delay: 0s }
auth:
  master_key: ${MASTER}
  keys:
    - { name: search, key: ${KEYS[0]}, team: product, rpm: 6000, budgets: [{ per: month, usd: 40 }] }
    - { name: support, key: ${KEYS[1]}, team: product, budgets: [{ per: day, usd: 25 }] }
    - { name: batch, key: ${KEYS[2]}, team: data }
keys: { path: keys.db }
logging: { log_requests: true, log_responses: true }
pii: { enabled: true, action: redact }
classification: {}
categories:
  math: { description: Sums., keywords: [equation], models: { claude-sonnet: 1 } }
  writing: { description: Texts., keywords: [haiku, translate], models: { gpt-4o-mini: 1 } }
routing: { default_model: llama }
observability: { tracing: { enabled: true, exporter: { type: stdout } } }
prices:
  "openai/gpt-4o-mini": { input: 150, output: 600 }
  "anthropic/claude-sonnet": { input: 300, output: 1500 }
providers:
  openai: { type: mock, mock: { latency: 60ms, ttft: 110ms, tokens_per_second: 220, error_rate: 0.05, error_status: 503 } }
  anthropic: { type: mock, mock: { latency: 90ms, ttft: 210ms, tokens_per_second: 140 } }
  vllm: { type: mock, mock: { latency: 20ms, ttft: 60ms, tokens_per_second: 90, error_rate: 0.15 } }
models:
  gpt-4o-mini: { policy: priority, targets: [openai/gpt-4o-mini, anthropic/claude-sonnet] }
  claude-sonnet: anthropic/claude-sonnet
  llama: { policy: priority, targets: [vllm/llama, openai/gpt-4o-mini] }
`;
const PAGES: Readonly<Record<string, string>> = {
  overview: "/",
  requests: "/requests",
  tokens: "/tokens?range=15m",
  performance: "/performance?range=15m",
  providers: "/providers?range=15m",
  system: "/system",
  keys: "/keys",
  budgets: "/keys?tab=budgets",
  configuration: "/configuration",
};

const root = new URL("..", import.meta.url);
const directory = await Deno.makeTempDir();
await Deno.writeTextFile(`${directory}/config.yaml`, CONFIG);
const gateway = new Deno.Command(Deno.execPath(), {
  args: ["run", "-A", new URL("main.ts", root).pathname, "-config", `${directory}/config.yaml`],
  stdout: "piped",
  stderr: "null",
}).spawn();
try {
  const url = await addressOf(gateway.stdout);
  await admin(url, "teams", { id: "research", name: "Research", budgets: [{ per: "month", usd: 500 }] });
  await admin(url, "keys", { name: "notebook", team: "research", models: ["gpt-4o*"], rpm: 60 });
  await admin(url, "keys", { name: "ci", models: ["llama"], max_parallel: 4 });
  await load(url, SECONDS * 1000);
  await pictures(url);
} finally {
  gateway.kill("SIGTERM");
  await gateway.status;
  await Deno.remove(directory, { recursive: true });
}

/** What the gateway says it serves on; its output is read on, so that it is never held up. */
async function addressOf(output: ReadableStream<Uint8Array>): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  (async () => {
    let text = "";
    for await (
      const chunk of output.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>)
    ) {
      const [, found] = /serving on (http:\/\/[^"]+)"/.exec(text = (text + chunk).slice(-100_000)) ?? [];
      if (found !== undefined) resolve(found);
    }
  })();
  return await promise;
}

async function admin(url: string, kind: string, body: object): Promise<void> {
  const headers = { authorization: `Bearer ${MASTER}`, "content-type": "application/json" };
  const response = await fetch(`${url}/admin/v1/${kind}`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
  await response.body?.cancel();
}

/** Requests of all kinds, some of whose clients leave. */
async function load(url: string, ms: number): Promise<void> {
  const end = performance.now() + ms;
  let count = 0;
  const some = <T>(values: readonly T[]) => values[Math.floor(Math.random() * values.length)];
  const one = async () => {
    while (performance.now() < end) {
      const leaves = count++ % 23 === 0;
      try {
        const response = await fetch(`${url}/v1/chat/completions`, {
          method: "POST",
          headers: { "content-type": "application/json", authorization: `Bearer ${some(KEYS)}` },
          body: JSON.stringify({
            model: count % 41 === 0 ? "no-such-model" : some(MODELS),
            stream: Math.random() < 0.6,
            messages: [{ role: "user", content: some(PROMPTS) }],
          }),
          ...(leaves ? { signal: AbortSignal.timeout(150) } : {}),
        });
        await response.text();
      } catch {
        // It left.
      }
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, one));
}

async function pictures(url: string): Promise<void> {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  try {
    for (const scheme of ["light", "dark"] as const) {
      const page = await browser.newPage({ colorScheme: scheme, viewport: { width: 1280, height: 800 } });
      const take = (name: string) =>
        page.screenshot({ path: new URL(`docs/images/console-${name}-${scheme}.png`, root).pathname });
      await page.goto(`${url}/console/`);
      if (scheme === "light") await take("login");
      await page.fill("input[name=key]", MASTER);
      await page.click("button[type=submit]");
      await page.waitForSelector("main h1");
      for (const [name, path] of Object.entries(PAGES)) {
        await open(page, `${url}/console${path}`);
        await take(name);
      }
      await open(page, `${url}/console/requests?fallback=1&outcome=success`);
      await page.click("tbody tr td:nth-child(3)");
      await page.waitForSelector("section[aria-label=Attempts]");
      await take("request");
      await page.click("dd a:has(code)");
      await page.waitForSelector("[role=treeitem]");
      await take("trace");
      await open(page, `${url}/console/lab`);
      await page.fill("textarea", PROMPTS[0] ?? "");
      await page.click("text=Explain");
      await page.waitForSelector("section[aria-label=Decision]");
      await page.fill("label:has-text('Key') input", KEYS[0] ?? "");
      await page.click("button:text-is('gpt-4o-mini')");
      await page.click("button:text-is('llama')");
      await page.click("button:has-text('Ask')");
      await page.waitForSelector(":nth-match(:text('its story'), 2)");
      await take("lab");
      await open(page, `${url}/console/playground`);
      await page.fill("label:has-text('Key') input", KEYS[0] ?? "");
      await page.fill("label:has-text('User') textarea", PROMPTS[1] ?? "");
      await page.click("button:text-is('Send')");
      await page.waitForSelector("text=its story");
      await take("playground");
      await page.close();
    }
  } finally {
    await browser.close();
  }
}

/** Until its figures and charts are drawn. */
async function open(page: Page, address: string): Promise<void> {
  await page.goto(address);
  await page.waitForSelector("main .card");
  await page.waitForTimeout(1_200);
}
