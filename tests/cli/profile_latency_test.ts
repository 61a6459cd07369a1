import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createMockHandler } from "../../lib/providers/mock.ts";
import { median } from "../../lib/tools/statistics.ts";
import { runTool, withMock, withServer } from "./tool_server.ts";

Deno.test("profile-latency measures 200 ms of a mock that takes 200 ms", async () => {
  const mock = createMockHandler({ behaviour: "latency=200ms" });
  const took: number[] = [];
  const { code, json } = await withServer(async (request) => {
    const start = performance.now();
    const response = await mock(request);
    if (request.method === "POST") took.push(performance.now() - start);
    return response;
  }, (url) => runTool(["profile-latency", "--url", url, "--iterations", "11", "--warmup", "2", "--json"]));
  assertEquals(code, 0);
  const { summary, samples, intervals } = json;
  // On a machine that is busy the mock's timer is late: that is its time, not the tool's error.
  const own = median(took.slice(2));
  assert(own >= 197, `the mock took ${own}`);
  assert(Math.abs(summary.p50_latency_ms - own) <= 3, `P50 ${summary.p50_latency_ms}, the mock's own ${own}`);
  assert(Math.abs(summary.p50_ttfb_ms - own) <= 3, `TTFB ${summary.p50_ttfb_ms}, the mock's own ${own}`);
  assert(summary.p50_network_ms > 0);
  assertEquals([samples.length, summary.success_rate, summary.errors], [11, 1, 0]);
  const [low, high] = intervals.p50_latency_ms;
  assert(low <= summary.p50_latency_ms && summary.p50_latency_ms <= high);
});

Deno.test("profile-latency measures first token, gaps and speed of a stream", async () => {
  const { json } = await withMock(
    "ttft=50ms,tps=50,tokens=11",
    (url) => runTool(["profile-latency", "--url", url, "--iterations", "5", "--warmup", "1", "--json"]),
  );
  const { summary } = json;
  assert(Math.abs(summary.p50_first_token_ms - 50) <= 10, `TTFT ${summary.p50_first_token_ms}`);
  assert(Math.abs(summary.p50_inter_token_ms - 20) <= 4, `gap ${summary.p50_inter_token_ms}`);
  assert(Math.abs(summary.p50_tokens_per_second - 50) <= 6, `speed ${summary.p50_tokens_per_second}`);
});

Deno.test("profile-latency reads the gateway's own time from Server-Timing", async () => {
  const mock = createMockHandler();
  const { json } = await withServer(async (request) => {
    const response = await mock(request);
    response.headers.set("server-timing", 'parse;dur=0.5, cache;desc="x, y", overhead;dur=1.25, total;dur=9');
    return response;
  }, (url) => runTool(["profile-latency", "--url", url, "--iterations", "3", "--whole", "--json"]));
  assertEquals(json.summary.p50_overhead_ms, 1.25);
  assertEquals(json.stream, false);
});

Deno.test("profile-latency for people shows figures with intervals, a histogram, and what is missing", async () => {
  const { output } = await withMock(
    "",
    (url) => runTool(["profile-latency", "--url", url, "--iterations", "4"]),
  );
  for (
    const text of [
      "4 requests, 4 succeeded",
      "first byte (TTFB)",
      "95 % interval",
      "█",
      "server.headers.server_timing",
    ]
  ) {
    assertStringIncludes(output, text);
  }
});

Deno.test("profile-latency exports what jq reads, and a page that keeps it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const name of ["r.json", "r.html"]) {
      const { code, output } = await withMock(
        "latency=5ms",
        (url) =>
          runTool(["profile-latency", "--url", url, "--iterations", "4", "--export", `${folder}/${name}`]),
      );
      assertEquals(code, 0);
      assertStringIncludes(output, `written to ${folder}/${name}`);
    }
    const exported = JSON.parse(await Deno.readTextFile(`${folder}/r.json`));
    assertEquals([exported.kind, exported.model, typeof exported.summary.p95_latency_ms], [
      "latency",
      "mock",
      "number",
    ]);
    const html = await Deno.readTextFile(`${folder}/r.html`);
    const [, data = ""] = /id="data">(.*?)<\/script>/s.exec(html) ?? [];
    assertEquals(typeof JSON.parse(data).summary.p95_latency_ms, "number");
    assert(/<svg/.test(html) && !/NaN|undefined|\[object/.test(html));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("profile-latency of a server that fails exits 1 and says how", async () => {
  const { code, output } = await withMock(
    "status=503",
    (url) => runTool(["profile-latency", "--url", url, "--iterations", "3"]),
  );
  assertEquals(code, 1);
  assertStringIncludes(output, "0 succeeded");
  assertStringIncludes(output, "    3  ");
});

Deno.test("profile-latency exits 1 where the export cannot be written, 2 for numbers that are none", async () => {
  const { code, errors } = await withMock(
    "",
    (url) => runTool(["profile-latency", "--url", url, "--iterations", "1", "--export", "/nowhere/x.json"]),
  );
  assertEquals(code, 1);
  assertStringIncludes(errors, "/nowhere/x.json cannot be written");
  const wrong = await runTool(["profile-latency", "--iterations", "0.5"]);
  assertEquals([wrong.code, wrong.errors.split("\n")[0]], [
    2,
    'gateway: --iterations: expected a whole number of at least 1, got "0.5"',
  ]);
});
