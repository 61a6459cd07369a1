/** The pages that profiling tools export, in real Chromium: whole, legible in both schemes, and of themselves. */
import { assert, assertEquals } from "@std/assert";
import { run } from "../../lib/cli/run.ts";
import { createMockHandler, limitParallel } from "../../lib/providers/mock.ts";
import { fakeSystem } from "../cli/fake_system.ts";
import { requires } from "../requires.ts";
import { watchedPage, withBrowser } from "./browser.ts";

const TOOLS: readonly (readonly [name: string, args: readonly string[], title: string, charts: number])[] = [
  ["latency", ["profile-latency", "--iterations", "6"], "Latency of mock", 3],
  [
    "throughput",
    ["profile-throughput", "--sweep", "--requests", "4", "--max-concurrency", "4"],
    "Throughput of mock",
    2,
  ],
  [
    "comparison",
    ["compare-providers", "--models", "a", "b@latency=20ms", "--iterations", "3"],
    "Comparison of models",
    3,
  ],
];

Deno.test({
  name: "the pages of profiles open in Chromium without an error and ask nobody for anything",
  ...requires("chromium"),
  async fn() {
    const folder = await Deno.makeTempDir();
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      limitParallel(createMockHandler({ behaviour: "latency=10ms" }), 2),
    );
    for (const [name, args] of TOOLS) {
      const url = `http://127.0.0.1:${server.addr.port}`;
      const system = fakeSystem();
      assertEquals(await run([...args, "--url", url, "--export", `${folder}/${name}.html`], system), 0);
    }
    await withBrowser(async (browser) => {
      for (const scheme of ["light", "dark"] as const) {
        const { page, problems } = await watchedPage(browser, "", scheme);
        for (const [name, , title, charts] of TOOLS) {
          await page.goto(`file://${folder}/${name}.html`);
          assertEquals(await page.title(), title);
          assertEquals(await page.locator("svg").count(), charts);
          const shapes = page.locator("svg polyline, svg rect").first();
          assert(((await shapes.boundingBox())?.width ?? 0) > 10, name);
          const back = await page.evaluate("getComputedStyle(document.body).backgroundColor");
          const [red = 0] = String(back).match(/\d+/g)?.map(Number) ?? [];
          assertEquals(red < 128, scheme === "dark", `${name}: ${back}`);
          const data = await page.evaluate("JSON.parse(document.getElementById('data').textContent).kind");
          assertEquals(data, name);
        }
        assertEquals(problems, []);
      }
    });
    await Deno.remove(folder, { recursive: true });
  },
});
