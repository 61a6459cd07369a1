import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { createMockHandler } from "../../../lib/providers/mock.ts";
import { APIS } from "../../../lib/tools/apis.ts";
import { LoadTest } from "../../../lib/tools/loadtest/load_test.ts";
import { type Choice, PlanError } from "../../../lib/tools/loadtest/plan.ts";
import { PROMPTS } from "../../../lib/tools/loadtest/request_kind.ts";
import { chosen } from "../../../lib/tools/loadtest/web/form.ts";
import { type RunningWeb, startWeb } from "../../../lib/tools/loadtest/web/server.ts";

const FIRST: Choice = {
  scenario: null,
  users: null,
  spawnRate: null,
  seconds: null,
  rps: null,
  wait: [0, 0],
  thresholds: "errors<1%",
};

Deno.test("chosen() reads the form; what it does not ask for stays as it was", () => {
  const form = { scenario: "load", users: " 20 ", spawnRate: "0.5", runTime: "1.5m", rps: "" };
  assertEquals(chosen(JSON.stringify(form), FIRST), {
    ...FIRST,
    scenario: "load",
    users: 20,
    spawnRate: 0.5,
    seconds: 90,
  });
  assertEquals(chosen("{}", FIRST), FIRST);
});

for (
  const [form, message] of [
    ["[]", "the form is no JSON object"],
    ['{"users":"-1"}', 'users: "-1" is no number above 0'],
    ['{"rps":"1e999"}', 'requests a second: "1e999" is no number above 0'],
    ['{"runTime":"soon"}', 'run time: "soon" is no time such as 30s, 5m or 2h'],
  ] as const
) {
  Deno.test(`chosen() refuses ${form}`, () => {
    assertThrows(() => chosen(form, FIRST), PlanError, message);
  });
}

/** The page for a test of the mock. */
async function withWeb(use: (web: RunningWeb) => Promise<void>): Promise<void> {
  const handler = createMockHandler({ behaviour: "latency=10ms" });
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, handler);
  const test = new LoadTest({
    target: { url: new URL(`http://127.0.0.1:${server.addr.port}`), key: null, ca: null },
    api: APIS.chat,
    mix: [['<script>"evil"</script>', 1]],
    streamShare: 0,
    prompts: PROMPTS,
    maxTokens: 5,
    timeoutMs: 1000,
    seed: 1,
    ca: null,
  });
  const web = startWeb(test, FIRST, { hostname: "127.0.0.1", port: 0 });
  try {
    await use(web);
  } finally {
    web.close();
    await web.ended;
  }
}

async function text(web: RunningWeb, path: string, init: RequestInit = {}): Promise<[number, string]> {
  const answer = await fetch(web.url + path, init);
  return [answer.status, await answer.text()];
}

Deno.test("the page starts one test at a time, shows it, stops it and has its results", async () => {
  await withWeb(async (web) => {
    assertEquals((await text(web, "/results.json"))[0], 404);
    const form = JSON.stringify({ scenario: "custom", users: "3", runTime: "1h" });
    assertEquals(await text(web, "/start", { method: "POST", body: form }), [204, ""]);
    assertEquals(await text(web, "/start", { method: "POST", body: form }), [409, "a test is running"]);
    const running = JSON.parse((await text(web, "/state"))[1]);
    assertEquals(running.state, "running");
    assertStringIncludes(running.pieces.requests, "&lt;script&gt;");
    assertEquals((await text(web, "/stop", { method: "POST" }))[0], 204);
    for (let tries = 0, state = ""; state !== "over"; tries++) {
      assert(tries < 1000, `it is still ${state}`);
      state = JSON.parse((await text(web, "/state"))[1]).state;
    }
    const results = JSON.parse((await text(web, "/results.json"))[1]);
    assertEquals([results.scenario, results.stopped_early, results.planned_s], ["custom", true, 3600]);
    assertStringIncludes((await text(web, "/report.html"))[1], "Load test: custom");
  });
});

Deno.test("the page says what is wrong with a form", async () => {
  await withWeb(async (web) => {
    const start = (body: string) => text(web, "/start", { method: "POST", body });
    assertEquals((await start('{"users":"99999999"}'))[0], 400);
    assertEquals((await start("x".repeat(5000)))[0], 413);
    assertEquals(JSON.parse((await text(web, "/state"))[1]).state, "idle");
  });
});

Deno.test("the page is for itself alone: no other site's page, and no other name, starts a test", async () => {
  await withWeb(async (web) => {
    const foreign = { method: "POST", body: "{}", headers: { origin: "http://evil.example" } };
    assertEquals((await text(web, "/start", foreign))[0], 403);
    const own = { ...foreign, headers: { origin: web.url } };
    assertEquals((await text(web, "/start", own))[0], 204);
    await text(web, "/stop", { method: "POST" });
    assert((await status(web, "evil.example")).startsWith("HTTP/1.1 403"));
    assert((await status(web, `localhost:${new URL(web.url).port}`)).startsWith("HTTP/1.1 200"));
  });
});

Deno.test("the page forbids whatever stands within it to run or to style, and all other hosts", async () => {
  await withWeb(async (web) => {
    const answer = await fetch(web.url);
    const page = await answer.text();
    const policy = answer.headers.get("content-security-policy") ?? "";
    assertStringIncludes(policy, "default-src 'none'");
    assert(!policy.includes("unsafe"));
    assert(!/ style=| on\w+=|<style|<script>/.test(page), page);
    assert(!/https?:\/\/(?!127\.0\.0\.1)/.test(page), page);
    assertEquals((await text(web, "/other"))[0], 404);
  });
});

/** The first line of the answer to a request that names another host. */
async function status(web: RunningWeb, host: string): Promise<string> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(web.url).port) });
  await conn.write(new TextEncoder().encode(`GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`));
  const buffer = new Uint8Array(1024);
  const length = await conn.read(buffer);
  return new TextDecoder().decode(buffer.subarray(0, length ?? 0)).split("\r\n")[0] ?? "";
}
