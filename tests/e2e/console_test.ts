/** The console in a real browser. */
import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { median, quantile } from "../../lib/tools/statistics.ts";
import { requires } from "../requires.ts";
import { watchedPage, withBrowser } from "./browser.ts";
import {
  ask,
  ATTACK,
  barriers,
  CONFIG,
  inConsole,
  KEY,
  login,
  MASTER,
  mixedLoad,
  PAGES,
  rows,
} from "./console_in_browser.ts";
import { GatewayProcess } from "./gateway_process.ts";

Deno.test({
  name: "console: every page shows a mixed load, without an error, a barrier, or a request to elsewhere",
  ...requires("chromium"),
  fn: inConsole(async ({ url, page }) => {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width: 1180, height: 900 });
      for (const path of PAGES) {
        await page.goto(`${url}/console${path}`);
        await page.waitForSelector("main .card");
        assertEquals(await page.locator(".problem").allTextContents(), [], path);
        assertEquals(await barriers(page), [], `${path}, ${colorScheme}`);
        assertEquals(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true, path);
      }
      await page.setViewportSize({ width: 360, height: 740 });
      for (const path of PAGES) {
        await page.goto(`${url}/console${path}`);
        await page.waitForSelector("main h1");
        assertEquals(await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), true, path);
        // However little is on a page, its bar is a line.
        const bar = await page.evaluate("document.querySelector('.side').offsetHeight") as number;
        assert(bar < 100, `${path}: the bar is ${bar} high`);
      }
    }
  }, { load: mixedLoad }),
});

Deno.test({
  name: "console: requests are filtered, opened, and told whole, and what they say stays text",
  ...requires("chromium"),
  fn: inConsole(async ({ url, page }) => {
    await page.goto(`${url}/console/requests`);
    await rows(page, 13);

    await page.selectOption("label:has-text('Outcome') select", "error");
    await rows(page, 2);
    assertEquals(new URL(page.url()).searchParams.get("outcome"), "error");
    await page.reload();
    // The address holds the filter.
    await rows(page, 2);
    await page.click("text=Clear");
    await rows(page, 13);

    await page.selectOption("label:has-text('Model') select", "fine");
    await page.click("text=Fallback");
    await rows(page, 2);
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForSelector("dt:text-is('Attempts')");
    const story = await page.textContent("main") ?? "";
    for (const said of ["nobody", "mock", "app", "search", "math"]) assert(story.includes(said), said);
    await page.click("nav >> text=Trace");
    await page.waitForSelector("[role=treeitem]");
    await page.locator("[role=treeitem]").first().click();
    await page.waitForSelector("[role=treeitem][aria-expanded=true]");
    await page.click("text=Whole trace");
    await page.waitForSelector("text=Providers' time");
    assert(await page.getAttribute("text=In the trace store", "href") !== null);
    await page.goBack();
    await page.click("nav >> text=Content");
    await page.waitForSelector(`text=onerror`);
    await page.click("button:text-is('Replay')");
    await page.fill("dialog input[name=key]", KEY);
    await page.click("dialog button:text-is('Send')");
    await page.click("text=To its answer");
    await rows(page, 1);
    await page.goBack();
    await page.click("nav >> text=Log line");
    await page.waitForSelector("text=request.end");

    await page.goto(`${url}/console/requests?text=onerror`);
    await page.waitForSelector("main h1");
    assert(!(await page.title()).includes("taken"));
    assertEquals(await page.locator("main img, main script").count(), 0);
  }, {
    async load(url) {
      await mixedLoad(url);
      await (await ask(url, ATTACK)).text();
    },
  }),
});

Deno.test({
  name: "console: a stream is seen while it is open, and the live tail tells that it was cancelled",
  ...requires("chromium"),
  fn: inConsole(async ({ url, page }) => {
    const leaving = new AbortController();
    const stream = await ask(url, "slow", { stream: true }, leaving.signal);
    const left = stream.text().catch(() => "left");
    await page.waitForSelector(".fact:has-text('In flight'):has-text('1 stream')");
    await page.goto(`${url}/console/system`);
    await page.waitForSelector("[aria-label='Open requests'] tr:has-text('slow')");
    await page.goto(`${url}/console/requests?live=1`);
    await page.waitForSelector(".badge:text('live')");
    leaving.abort();
    assertEquals(await left, "left");
    await page.waitForSelector("tbody tr:has-text('499 cancelled')");
  }),
});

Deno.test({
  name: "console: wrong keys are refused, a console key only looks, and a logout ends it",
  ...requires("chromium"),
  fn: async () => {
    await using gateway = await GatewayProcess.start({ config: CONFIG });
    const { url } = gateway;
    await withBrowser(async (browser) => {
      const { page } = await watchedPage(browser, new URL(url).host);
      await login(page, url, "sk-app-1");
      await page.waitForSelector("[role=alert]:has-text('neither the master key')");
      await login(page, url, "sk-looker");
      await page.waitForSelector("text=read only");
      await page.goto(`${url}/console/configuration`);
      await page.waitForSelector("tbody tr");
      assert(await page.isDisabled("text=Reload"));
      assert(!(await page.content()).includes(MASTER), "secrets are masked");
      const [cookie] = await page.context().cookies();
      assertEquals([cookie?.httpOnly, cookie?.sameSite], [true, "Strict"]);
      await page.click("text=Log out");
      await page.waitForSelector("input[name=key]");
      await page.goto(`${url}/console/requests`);
      await page.waitForSelector("input[name=key]");
    });
  },
});

Deno.test({
  name:
    "console: the lab explains and compares, the playground streams, the configuration is checked and reloaded",
  ...requires("chromium"),
  fn: inConsole(async ({ url, page }) => {
    await page.goto(`${url}/console/lab`);
    await page.fill("textarea", "Solve this equation");
    await page.click("text=Explain");
    await page.waitForSelector("td:has-text('category math')");
    await page.fill("label:has-text('Key') input", KEY);
    await page.click("button:text-is('fine')");
    await page.click("button:text-is('rescued')");
    await page.click("button:has-text('Ask')");
    await page.waitForSelector(":nth-match(:text('its story'), 2)");

    await page.goto(`${url}/console/playground`);
    await page.fill("label:has-text('Key') input", KEY);
    await page.fill("label:has-text('Model') input", "fine");
    await page.fill("label:has-text('User') textarea", "Hello there");
    await page.click("text=Send");
    await page.waitForSelector("text=its story");
    assert((await page.textContent("pre.block") ?? "").includes("Hello there"));

    await page.goto(`${url}/console/configuration`);
    await page.click("text=Check the file");
    await page.waitForSelector("text=Nothing differs");
    await page.click("button:text-is('Reload')");
    await page.waitForSelector("text=in force");
  }),
});

/**
 * A promise of when a page's first figures are drawn, ms after it was asked for: with its first picture, where they were
 * there when that frame began, else by when the frame after theirs begins.
 */
const DRAWN = `globalThis.drawn = new Promise((resolve) => {
  let first = true;
  const look = () => {
    const facts = document.querySelector(".facts, pre");
    const there = /\\d/.test(facts?.textContent ?? "");
    if (!there) {
      first &&= facts === null;
      requestAnimationFrame(look);
    } else if (!first) requestAnimationFrame(() => resolve(performance.now()));
    else {
      new PerformanceObserver((list) => {
        const [paint] = list.getEntriesByName("first-contentful-paint");
        if (paint !== undefined) resolve(paint.startTime);
      }).observe({ type: "paint", buffered: true });
    }
  };
  requestAnimationFrame(look);
})`;
/** The most, ms; on a machine that has no time for it, so many times what a new page of one line takes. */
const PICTURE_MS = 200;
const PLAIN_PAGES = 5;
const LOOKS = 15;

async function looks(look: () => Promise<number>): Promise<number[]> {
  const all: number[] = [];
  for (let i = 0; i < LOOKS; i++) all.push(await look());
  return all;
}

Deno.test({
  name: "console: the first picture is there within 200 ms, with its figures",
  ...requires("chromium"),
  fn: inConsole(async ({ url, browser, page }) => {
    const storageState = await page.context().storageState();
    async function drawn(seen: Page, path: string): Promise<number> {
      await seen.goto(`${url}${path}`);
      return await seen.evaluate("drawn") as number;
    }
    /** In a context of its own, which has nothing of the console yet. */
    async function drawnAnew(path: string): Promise<number> {
      const seen = await browser.newPage({ storageState });
      await seen.addInitScript(DRAWN);
      const ms = await drawn(seen, path);
      await seen.close();
      return ms;
    }
    await page.addInitScript(DRAWN);
    // One kind after the other: a browser makes the process of a next page ready, and has not always done so in between.
    const plain = await looks(() => drawnAnew("/health"));
    const kept = await looks(() => drawn(page, "/console/"));
    const anew = await looks(() => drawnAnew("/console/"));
    const asked = await page.evaluate(
      "performance.getEntriesByType('resource').map((it) => new URL(it.name).pathname)",
    ) as string[];
    assertEquals(asked.includes("/console/api/session"), false, "the page has its session with it");
    const most = Math.max(PICTURE_MS, PLAIN_PAGES * median(plain));
    const told = Object.entries({ kept, anew, plain }).map(([what, all]) => `${what} ${all.map(Math.round)}`);
    // Other work on the machine adds to some looks.
    for (const all of [kept, anew]) {
      assert(quantile(all.toSorted((a, b) => a - b), 0.25) <= most, `${told.join("; ")} ms, at most ${most}`);
    }
  }),
});
