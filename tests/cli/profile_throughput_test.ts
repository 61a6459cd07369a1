import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { createMockHandler, limitParallel } from "../../lib/providers/mock.ts";
import { runTool, withMock, withServer } from "./tool_server.ts";

function withLimited<T>(behaviour: string, limit: number, use: (url: string) => Promise<T>): Promise<T> {
  return withServer(limitParallel(createMockHandler({ behaviour }), limit), use);
}

Deno.test("profile-throughput finds the knee of a mock that answers 8 at a time at 8", async () => {
  const { code, json } = await withLimited(
    "latency=100ms",
    8,
    (url) =>
      runTool([
        "profile-throughput",
        "--url",
        url,
        "--sweep",
        "--requests",
        "24",
        "--level-time",
        "1",
        "--json",
      ]),
  );
  assertEquals(code, 0);
  const shown = json.levels.map((level: { concurrency: number; requests_per_second: number }) =>
    `${level.concurrency}: ${level.requests_per_second}`
  );
  assertEquals(json.knee.concurrency, 8, shown.join(", "));
  assertEquals(json.knee.reached, true);
  assertStringIncludes(json.recommendation, "8 at a time");
  // A level's requests are shared out alike.
  assertEquals(json.levels.every((level: { success_rate: number }) => level.success_rate === 1), true);
});

Deno.test("profile-throughput measures one level: requests a second are what latency and concurrency give", async () => {
  const { code, json } = await withMock(
    "latency=50ms",
    (url) =>
      runTool(["profile-throughput", "--url", url, "--requests", "38", "--concurrency", "10", "--json"]),
  );
  assertEquals(code, 0);
  const [level] = json.levels;
  assertEquals([level.concurrency, level.requests, level.errors], [10, 40, 0]);
  assert(
    level.requests_per_second > 30 && level.requests_per_second <= 201,
    String(level.requests_per_second),
  );
  assert(level.p50_latency_ms >= 49, String(level.p50_latency_ms));
});

Deno.test("profile-throughput shows levels as a table with the knee, and writes a page", async () => {
  const file = await Deno.makeTempFile({ suffix: ".html" });
  const { output } = await withLimited(
    "latency=20ms",
    2,
    (url) =>
      runTool([
        "profile-throughput",
        "--url",
        url,
        "--sweep",
        "--requests",
        "4",
        "--max-concurrency",
        "4",
        "--export",
        file,
      ]),
  );
  assertMatch(output, /AT A TIME +REQUESTS +SUCCESS/);
  assertMatch(output, /[█▉▊▋▌▍▎▏] knee/);
  const html = await Deno.readTextFile(file);
  assert(html.includes("Recommendation") && !/NaN|undefined/.test(html));
  await Deno.remove(file);
});

Deno.test("profile-throughput counts failures by kind, and exits 1 where all fail", async () => {
  const some = await withMock(
    "error_rate=0.5",
    (url) => runTool(["profile-throughput", "--url", url, "--requests", "40", "--concurrency", "4"]),
  );
  assertEquals(some.code, 0);
  assertMatch(some.output, /4 at a time: \d+ × \w+/);
  const all = await withMock("status=429", (url) => runTool(["profile-throughput", "--url", url, "--sweep"]));
  assertEquals(all.code, 1);
  assertStringIncludes(all.output, "nothing can be recommended");
});
