import { assert, assertEquals } from "@std/assert";
import type { Page } from "playwright-core";
import { requires } from "../requires.ts";
import { watchedPage, withBrowser } from "./browser.ts";
import { GatewayProcess } from "./gateway_process.ts";
import { ToolProcess } from "./tool_process.ts";

const CONFIG = `
providers: { mock: { type: mock } }
models: { mock: mock/mock }
server: { drain_delay: 0s }
`;

Deno.test({
  name: "the load test's page: start, watch the charts move, stop, download",
  ...requires("chromium"),
  fn: async () => {
    await using gateway = await GatewayProcess.start({ config: CONFIG });
    await using web = ToolProcess.start([
      "loadtest",
      ...["--web", "--web-port", "0", "--url", gateway.url, "--models", "mock", "--wait", "50ms"],
      ...["--stream-share", "0.3", "--threshold", "errors<1%"],
    ]);
    const line = await web.line((it) => it.startsWith("load tests of "));
    const url = new URL(line.split(" ").at(-1) ?? "");
    await withBrowser(async (browser) => {
      const { page, problems } = await watchedPage(browser, url.host);
      await page.goto(url.href);
      assertEquals(await page.textContent("#state"), "idle");
      assert(await page.isDisabled("#stop"));

      await page.selectOption("#scenario", "constant_load");
      await page.fill("#users", "no number");
      await page.click("#start");
      await page.waitForSelector("#problem:not(:empty)");
      assertEquals(await page.textContent("#problem"), 'users: "no number" is no number above 0');

      await page.fill("#users", "8");
      await page.click("#start");
      await page.waitForSelector("#state.running");
      assert(await page.isDisabled("#start"));
      await page.waitForSelector("#charts polyline");
      const first = await lines(page);
      const later = await moreThan(page, first.points + 10);
      assert(later.lines >= 5, `${later.lines} lines`);
      assertEquals(await page.textContent("#facts .fact:first-child b"), "8");

      await page.click("#stop");
      await page.locator("#state", { hasText: "stopped after" }).waitFor();
      assert(await page.isEnabled("#start"));
      assertEquals(await page.textContent("#failures"), "None.");

      const results = JSON.parse(await downloaded(page, "results.json"));
      assertEquals([results.scenario, results.stopped_early], ["constant_load", true]);
      assert(results.summary.requests > 50 && results.summary.failures === 0);
      const report = await downloaded(page, "report.html");
      assertEquals(problems, [
        "Failed to load resource: the server responded with a status of 400 (Bad Request)",
      ]);

      const opened = await watchedPage(browser, "", "dark");
      await opened.page.setContent(report);
      assertEquals(await opened.page.textContent("h1"), "Load test: constant_load");
      assert((await lines(opened.page)).lines >= 5);
      assertEquals(opened.problems, []);
    });
    assertEquals((await web.stop("SIGINT")).code, 0);
  },
});

/** How many lines the charts hold, and how many points these. */
async function lines(page: Page): Promise<{ lines: number; points: number }> {
  const drawn = await page.locator("polyline").evaluateAll((all) =>
    all.map((it) => it.getAttribute("points"))
  );
  return { lines: drawn.length, points: drawn.join(" ").split(" ").length };
}

/** The lines once they have more than so many points. @throws {Error} where they do not within 10 s. */
async function moreThan(page: Page, points: number): Promise<{ lines: number; points: number }> {
  for (const end = performance.now() + 10_000; performance.now() < end;) {
    const drawn = await lines(page);
    if (drawn.points > points) return drawn;
    await page.waitForTimeout(100);
  }
  throw new Error("Cannot see the charts move");
}

async function downloaded(page: Page, name: string): Promise<string> {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(`a[href="${name}"]`)]);
  assertEquals(download.suggestedFilename(), `loadtest-${name}`);
  return await Deno.readTextFile(await download.path());
}
