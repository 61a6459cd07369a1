/** The console in a real browser: what it does when addresses, sessions, connections and names are not as usual. */
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { requires } from "../requires.ts";
import { ask, CONFIG, inConsole, MASTER, mixedLoad, opened, PAGES, rows } from "./console_in_browser.ts";
import { gatewayCommand, GatewayProcess } from "./gateway_process.ts";

const CHROMIUM = requires("chromium");
const LONG = `${"x".repeat(150)}-instruct`;
/** Of any length, direction and script, and so many that a page cannot show all. */
const NAMES = [
  LONG,
  "مساعد-ذكي",
  "🦄🚀-model",
  "<b>bold</b>",
  ...Array.from({ length: 60 }, (_, i) => `m${i}`),
];
const CROWDED = `
server: { drain_delay: 0s }
auth:
  master_key: ${MASTER}
  keys:
    - { name: "${"k".repeat(180)}", key: sk-app-1, team: "${
  "t".repeat(150)
}", budgets: [{ per: day, usd: 5 }] }
requests: { store: memory }
keys: { path: keys.db }
providers:
  mock: { type: mock }
  ${"p".repeat(60)}: { type: mock }
models:
${
  NAMES.map((name, i) =>
    `  ${JSON.stringify(name)}: ${i === 1 ? "p".repeat(60) : "mock"}/${
      JSON.stringify(name).slice(1, -1).replace("/", "_")
    }`
  ).join("\n")
}
`;

/** Asks every one of them once. */
async function askedOfAll(url: string): Promise<void> {
  for (const model of NAMES) await (await ask(url, model)).text();
}

const params = (page: Page) => new URL(page.url()).searchParams;

/** Waits until the address says so. */
async function addressed(page: Page, name: string, value: string | null): Promise<void> {
  await page.waitForFunction(
    ([name, value]) => new URL(location.href).searchParams.get(name ?? "") === value,
    [name, value] as const,
  );
}

/** As a browser tells a page that another one is in front of it. */
async function hide(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    const { document } = globalThis as unknown as { document: EventTarget };
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}

Deno.test({
  name: "console: names of any length, and any number of them, stay within their pages",
  ...CHROMIUM,
  fn: inConsole(async ({ url, page }) => {
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 800 });
      for (const path of [...PAGES, "/keys?tab=budgets", "/tokens?by=key", "/tokens?by=team"]) {
        await page.goto(`${url}/console${path}`);
        await page.waitForSelector("main .card");
        const beyond = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
        assertEquals(beyond, 0, `${path} at ${width}`);
      }
    }
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.goto(`${url}/console/requests?model=${LONG}`);
    await rows(page, 1);
    const sideways = await page.locator(".scroll[aria-label=Requests]").evaluate((it) => {
      const { scrollWidth, clientWidth } = it as unknown as { scrollWidth: number; clientWidth: number };
      return scrollWidth - clientWidth;
    });
    assertEquals(sideways, 0, "the table of requests");
    await page.goto(`${url}/console/`);
    await page.waitForSelector("[aria-label=Models] tbody tr");
    assertEquals(await page.locator("[aria-label=Models] tbody tr").count(), 25);
    await page.click("[aria-label=Models] >> text=Show all 64");
    await page.waitForSelector("[aria-label=Models] tbody tr:nth-child(64)");
    await page.goto(`${url}/console/lab`);
    await page.fill("label:has-text('Find one of') input", "m59");
    await page.click("button:text-is('m59')");
    await addressed(page, "beside", "m59");
  }, { config: CROWDED, load: askedOfAll }),
});

Deno.test({
  name: "console: every state is in its address, and Back takes it back",
  ...CHROMIUM,
  fn: inConsole(async ({ url, page }) => {
    await page.goto(`${url}/console/tokens`);
    await page.selectOption("label:has-text('By') select", "provider");
    await page.selectOption("label:has-text('Time') select", "6h");
    await page.reload();
    assertEquals(await page.inputValue("label:has-text('By') select"), "provider");
    await page.goBack();
    await addressed(page, "range", null);
    assertEquals(params(page).get("by"), "provider");
    await page.goBack();
    await addressed(page, "by", null);
    assertEquals(await page.inputValue("label:has-text('By') select"), "model");

    await page.goto(`${url}/console/playground`);
    await page.fill("label:has-text('Model') input", "slow");
    await page.fill("label:has-text('Temperature') input", "0.5");
    await page.fill("label:has-text('User') textarea", "a secret");
    await page.uncheck("label:has-text('stream') input");
    await addressed(page, "stream", "0");
    assert(!page.url().includes("secret"));
    await page.reload();
    assertEquals(await page.inputValue("label:has-text('Model') input"), "slow");
    assertEquals(await page.inputValue("label:has-text('Temperature') input"), "0.5");
    assertEquals(await page.isChecked("label:has-text('stream') input"), false);

    await page.goto(`${url}/console/lab`);
    await page.click("button:text-is('fine')");
    await page.click("button:text-is('rescued')");
    await page.waitForFunction(() => new URL(location.href).searchParams.getAll("beside").length === 2);
    await page.reload();
    const pressed = page.locator("button[aria-pressed=true]");
    await pressed.nth(1).waitFor();
    assertEquals(await pressed.allTextContents(), ["fine", "rescued"]);

    await page.goto(`${url}/console/requests`);
    await page.click("text=From … to");
    await page.fill("label:has-text('To') input", "2020-01-01T00:00:00");
    await page.waitForSelector("text=No request is like that");
    await page.reload();
    assertEquals(await page.inputValue("label:has-text('To') input"), "2020-01-01T00:00");
    await page.goBack();
    await rows(page, 12);
  }, { load: mixedLoad }),
});

Deno.test({
  name: "console: the keyboard opens what has the focus, and who comes back goes on from the row",
  ...CHROMIUM,
  fn: inConsole(async ({ url, page }) => {
    await page.setViewportSize({ width: 1180, height: 420 });
    await page.goto(`${url}/console/requests`);
    await rows(page, 12);
    await page.focus("button:text-is('Live tail')");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".badge:text('live')");
    await page.keyboard.press("Enter");
    await addressed(page, "live", null);
    await page.focus("tbody tr:nth-child(2) a");
    await page.keyboard.press("Enter");
    await page.waitForSelector("dt:text-is('Attempts')");
    assertEquals(await page.evaluate("document.activeElement.id"), "content");
    assertEquals(await page.textContent("nav a[aria-current=page]"), "Requests");
    await page.goBack();
    await page.waitForSelector("tbody tr:nth-child(2).chosen");
    for (let i = 0; i < 8; i++) await page.keyboard.press("j");
    // It gets the focus once it was scrolled to.
    await page.waitForSelector("tbody tr:nth-child(10).chosen a:focus");
    const scrolled = await page.evaluate("scrollY") as number;
    assert(scrolled > 0);
    await page.keyboard.press("Enter");
    await page.waitForSelector("dt:text-is('Attempts')");
    assertEquals(await page.evaluate("scrollY"), 0);
    await page.goBack();
    await page.waitForSelector("tbody tr:nth-child(10).chosen");
    // A function: what is given as text is evaluated in the page, which its policy forbids.
    await page.waitForFunction((y) => Reflect.get(globalThis, "scrollY") === y, scrolled);
    // Other keys between them are no jump.
    for (const key of ["g", "k", "o"]) await page.keyboard.press(key);
    await page.waitForSelector("tbody tr:nth-child(9).chosen");
    await page.keyboard.press("g");
    await page.keyboard.press("o");
    await page.waitForSelector("h1:text-is('Overview')");
    await page.keyboard.press("/");
    await page.waitForSelector("h1:text-is('Requests')");
    await page.keyboard.press("?");
    await page.waitForSelector("dialog[open]");
  }, { load: mixedLoad }),
});

Deno.test({
  name: "console: a stretch of a chart that is drawn over is one step, which Back takes back",
  ...CHROMIUM,
  fn: inConsole(async ({ page }) => {
    await page.waitForSelector("section[aria-label=Spend] .u-over");
    const chart = page.locator("section[aria-label=Requests] .u-over");
    const { x = 0, y = 0, width = 0 } = await chart.boundingBox() ?? {};
    await page.mouse.move(x + width - 60, y + 40);
    await page.mouse.down();
    await page.mouse.move(x + width + 5, y + 40, { steps: 4 });
    await page.mouse.up();
    await page.waitForSelector("h1:text-is('Requests')");
    assert(params(page).has("from") && params(page).has("to"));
    await page.goBack();
    await page.waitForSelector("h1:text-is('Overview')");
  }, { load: mixedLoad }),
});

Deno.test({
  name: "console: an address that no id can have leads nowhere, and says so",
  ...CHROMIUM,
  fn: inConsole(async ({ page }) => {
    await page.evaluate("history.pushState(null, '', '/console/requests/%E0%A4%A')");
    await page.evaluate("dispatchEvent(new PopStateEvent('popstate'))");
    await page.waitForSelector("text=There is no such page");
  }),
});

Deno.test({
  name:
    "console: events that were refused are asked for again, and a page in the background holds no connection",
  ...CHROMIUM,
  fn: inConsole(async ({ url, page }) => {
    let refused = 0;
    await page.route("**/console/api/events*", (route) => {
      if (refused++ > 0) return route.continue();
      return route.fulfill({ status: 503, body: "{}" });
    });
    await page.goto(`${url}/console/requests?live=1&outcome=success`);
    await page.waitForSelector(".badge:text('live')");
    assert(refused > 1);
    await page.unroute("**/console/api/events*");
    await hide(page, true);
    await page.waitForSelector(".badge:text('connecting')");
    await (await ask(url, "fine")).text();
    await (await ask(url, "broken")).text();
    await hide(page, false);
    await page.waitForSelector(".badge:text('live')");
    // What came meanwhile is there, as far as the filter lets it through.
    await rows(page, 1);
    await (await ask(url, "fine")).text();
    await rows(page, 2);
  }, { troubled: true }),
});

Deno.test({
  name: "console: a session that ends while its page is open says so, and the page goes on after the login",
  ...CHROMIUM,
  fn: inConsole(async ({ url, page }) => {
    await page.goto(`${url}/console/system`);
    await page.waitForSelector("[aria-label=Processes] tbody tr");
    await page.context().clearCookies();
    await page.waitForSelector("[role=alert]:has-text('The session is over')");
    await page.fill("input[name=key]", MASTER);
    await page.click("button[type=submit]");
    await page.waitForSelector("[aria-label=Processes] tbody tr");
    await page.click("text=Log out");
    await page.waitForSelector("input[name=key]");
    assertEquals(await page.locator("[role=alert]").count(), 0, "who logs out knows it");
  }, { troubled: true }),
});

Deno.test({
  name: "console: a gateway that is away is told, and all goes on when it is back",
  ...CHROMIUM,
  fn: inConsole(async ({ gateway, url, browser, page }) => {
    const { port } = new URL(url);
    const { page: list } = await opened(browser, url);
    await list.goto(`${url}/console/requests?live=1`);
    await list.waitForSelector(".badge:text('live')");
    await page.waitForSelector(".badge:text('live')");
    await gateway.stop();
    await page.waitForSelector(".badge:text('connecting')");
    await page.waitForSelector(".problem:has-text('does not answer')");
    await list.click("text=Slow");
    await list.waitForSelector(".problem:has-text('does not answer')");
    await using second = await GatewayProcess.start({
      config: CONFIG,
      command: (file) => [
        ...gatewayCommand(),
        "serve",
        "--config",
        file,
        "--host",
        "127.0.0.1",
        "--port",
        port,
      ],
    });
    assertEquals(second.url, url);
    await page.waitForSelector(".badge:text-is('live')");
    await list.waitForSelector(".badge:text-is('live')");
    for (const it of [page, list]) await it.waitForSelector(".problem", { state: "detached" });
  }, { troubled: true }),
});

Deno.test({
  name: "console: what is copied is in the clipboard without TLS too, and charts tell what is pointed at",
  ...CHROMIUM,
  fn: inConsole(async ({ url, page }) => {
    await page.goto(`${url}/console/playground`);
    await page.evaluate(`
      Object.defineProperty(navigator, "clipboard", { value: undefined });
      document.addEventListener("copy", () => globalThis.copied = document.activeElement.value);
    `);
    await page.click("text=Copy as curl");
    await page.waitForSelector("button:text-is('Copied')");
    assert((await page.evaluate("globalThis.copied") as string).startsWith("curl "));
    await page.waitForSelector("button:text-is('Copy as curl')");

    await page.goto(`${url}/console/`);
    const legend = page.locator("section[aria-label='Error rate'] .legend li").last();
    const last = await legend.textContent();
    await page.hover("section[aria-label=Requests] .u-over", { position: { x: 20, y: 40 } });
    const other = (last: string | null) => {
      const { document } = globalThis as unknown as {
        document: { querySelector(selector: string): { textContent: string } };
      };
      const shown = document.querySelector("section[aria-label='Error rate'] .legend li:last-child");
      return shown.textContent !== last;
    };
    await page.waitForFunction(other, last);
  }, { load: mixedLoad }),
});
