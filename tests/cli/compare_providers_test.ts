import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runTool, withMock } from "./tool_server.ts";

Deno.test("compare-providers ranks models, with speed-up and a test of significance", async () => {
  const { code, json } = await withMock("", (url) =>
    runTool([
      "compare-providers",
      "--url",
      url,
      "--models",
      "slow@latency=90ms",
      "fast@latency=30ms",
      "--iterations",
      "8",
      "--json",
    ]));
  assertEquals(code, 0);
  const [fast, slow] = json.results;
  assertEquals([fast.model, slow.model], ["fast@latency=30ms", "slow@latency=90ms"]);
  assert(Math.abs(fast.median_latency_ms - 30) < 15 && Math.abs(slow.median_latency_ms - 90) < 20);
  assertEquals([slow.speedup, slow.significant, fast.p_value], [1, true, null]);
  assert(fast.speedup > 2 && slow.p_value < 0.01);
  assertEquals(Object.keys(fast).slice(0, 3), ["provider", "model", "median_latency_ms"]);
});

Deno.test("compare-providers finds no difference where there is none, and asks in turns", async () => {
  const { code, json, output } = await withMock("latency=10ms", async (url) => {
    const both = ["compare-providers", "--url", url, "--iterations", "9"];
    const shown = await runTool(both);
    const result = await runTool([...both, "--json"]);
    return { code: result.code, json: result.json, output: shown.output };
  }, ["a", "b"]);
  assertEquals(code, 0);
  assertEquals(json.results.map((row: { model: string }) => row.model).sort(), ["a", "b"]);
  assertEquals(json.results[1].p_value > 0.001, true, JSON.stringify(json.results[1].p_value));
  assertMatch(output, /MODEL +PROVIDER +MEDIAN/);
  // The answers do not say who gave them: the list of models does.
  assertEquals(typeof json.results[0].provider, "string");
});

Deno.test("compare-providers exits 1 where one never answers, and says why", async () => {
  const { code, output } = await withMock(
    "",
    (url) =>
      runTool(["compare-providers", "--url", url, "--models", "a", "b@status=401", "--iterations", "2"]),
  );
  assertEquals(code, 1);
  assertStringIncludes(output, "does not answer");
  assertMatch(output, /b@status=401: 2 × /);
});
