/** What tests of the console in a browser have in common: a gateway's configuration, a load, and a way in. */
import { assertEquals } from "@std/assert";
import axe from "axe-core/axe.min.js" with { type: "text" };
import type { Browser, Page } from "playwright-core";
import { type Watched, watchedPage, withBrowser } from "./browser.ts";
import { GatewayProcess } from "./gateway_process.ts";

export const MASTER = "sk-master-of-all";
export const KEY = "sk-app-1";
/** What a page that made markup of a text would run. */
export const ATTACK = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`;

export const CONFIG = `
server: { drain_delay: 0s }
auth: { master_key: ${MASTER}, keys: [{ name: app, key: ${KEY}, team: search }] }
console: { keys: [{ name: looker, key: sk-looker }], trace_link: "https://traces.example/{trace_id}" }
requests: { store: memory }
logging: { log_requests: true, log_responses: true }
prices: { "mock/fine": { input: 100, output: 200 } }
categories: { math: { description: Sums., keywords: [equation], models: { fine: 1 } } }
classification: {}
routing: { default_model: fine }
providers:
  mock: { type: mock }
  slow: { type: mock, mock: { stall_after: 2 } }
  nobody: { type: openai_compatible, base_url: "http://127.0.0.1:1/v1", api_key: sk-provider }
models: { fine: mock/fine, slow: slow/slow, broken: nobody/broken, rescued: { policy: priority, targets: [nobody/lost, mock/fine] } }
retry: { attempts: 2 }
observability: { tracing: { enabled: true, exporter: { type: stdout } } }
`;

export const PAGES = [
  "/",
  "/requests",
  "/tokens",
  "/performance",
  "/providers",
  "/system",
  "/lab",
  "/playground",
  "/keys",
  "/configuration",
];

export async function ask(
  url: string,
  model: string,
  more: object = {},
  signal?: AbortSignal,
): Promise<Response> {
  return await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${KEY}` },
    body: JSON.stringify({
      model,
      messages: [{ role: "user", content: `Solve the equation ${ATTACK}` }],
      ...more,
    }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** Requests of all kinds: whole, streamed, failed, rescued, unknown, for whatever model fits. */
export async function mixedLoad(url: string): Promise<void> {
  const asked = ["fine", "fine", "rescued", "broken", "auto", "no-such-model"].flatMap((model) => [
    ask(url, model),
    ask(url, model, { stream: true }),
  ]);
  for (const response of await Promise.all(asked)) await response.text();
}

export async function login(page: Page, url: string, key: string): Promise<void> {
  await page.goto(`${url}/console/`);
  await page.fill("input[name=key]", key);
  await page.click("button[type=submit]");
}

export async function opened(browser: Browser, url: string): Promise<Watched> {
  const watched = await watchedPage(browser, new URL(url).host);
  await login(watched.page, url, MASTER);
  await watched.page.waitForSelector("main h1");
  return watched;
}

export interface Console {
  readonly gateway: GatewayProcess;
  readonly url: string;
  readonly browser: Browser;
  /** Logged in with the master key. */
  readonly page: Page;
}

export interface ConsoleOptions {
  /** The gateway's; default `CONFIG`. */
  readonly config?: string;
  /** What the gateway has answered when its console is opened; default nothing. */
  readonly load?: (url: string) => Promise<void>;
  /** The test makes its page complain; without it the page must have had no problem at the end. */
  readonly troubled?: boolean;
}

/** A test's `fn` that has the console of a gateway of its own open; who calls it needs `requires("chromium")`. */
export function inConsole(
  use: (console: Console) => Promise<void>,
  { config = CONFIG, load, troubled = false }: ConsoleOptions = {},
): () => Promise<void> {
  return async () => {
    await using gateway = await GatewayProcess.start({ config });
    const { url } = gateway;
    await load?.(url);
    await withBrowser(async (browser) => {
      const { page, problems } = await opened(browser, url);
      await use({ gateway, url, browser, page });
      if (!troubled) assertEquals(problems, []);
    });
  };
}

/** Waits until the table has so many rows and no more. */
export async function rows(page: Page, count: number): Promise<void> {
  await page.waitForSelector(`tbody:not(:has(> tr:nth-child(${count + 1}))) > tr:nth-child(${count})`);
}

/** What a person with another way to read would stumble over, the serious alone. */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const found = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })") as {
    violations: { id: string; impact: string; nodes: { html: string }[] }[];
  };
  return found.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}
