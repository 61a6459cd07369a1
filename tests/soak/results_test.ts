import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { atMost, exactly, figure } from "./figure.ts";
import { OptionsError, parseOptions } from "./options.ts";
import { RELIABILITY_PAGE, reliabilityPage } from "./page.ts";
import { readResults, type Result, withResults } from "./results.ts";
import { runScenario } from "./run_scenario.ts";
import type { Scenario } from "./scenario.ts";
import { SCENARIOS } from "./scenarios.ts";

function scenario(name: string, run: Scenario["run"] = () => Promise.resolve()): Scenario {
  return { name, what: `What ${name} does.`, seconds: { long: 60, short: 0.2 }, alone: true, run };
}

function result(scenario: string, reached: number): Result {
  const facts = { date: "2026-01-02", revision: "abc1234", machine: "2 × Thing", program: "source", seed: 1 };
  const figures = [figure("chunks lost", reached, "", exactly(0)), figure("memory", 1.234, "MiB", null)];
  return { scenario, ...facts, seconds: 12.3, figures, failure: null };
}

Deno.test("a scenario's results replace its own and no other's", () => {
  const before = { a: result("a", 1), b: result("b", 1) };
  const after = withResults(before, [result("b", 0)]);
  assertEquals(after.a, before.a);
  assertEquals(after.b?.figures[0]?.ok, true);
});

Deno.test("the page names figures that were missed, and scenarios that were not measured", () => {
  const page = reliabilityPage([scenario("a"), scenario("b")], { a: result("a", 3) });
  assertStringIncludes(page, "1 of 1 figures missed");
  assertStringIncludes(page, "not measured yet");
  assertStringIncludes(page, "2026-01-02, commit abc1234; 2 × Thing; source; seed 1, 12 s.");
});

Deno.test("docs/reliability.md is what the kept results make: deno task test:soak --page writes it", async () => {
  assertEquals(await Deno.readTextFile(RELIABILITY_PAGE), reliabilityPage(SCENARIOS, readResults()));
});

Deno.test("a value that is no number meets no target", () => {
  assertEquals(figure("p99", NaN, "ms", atMost(10, "ms")).ok, false);
  assertEquals(figure("p99", 9.99, "ms", atMost(10, "ms")), {
    name: "p99",
    target: "≤ 10 ms",
    reached: "9.99 ms",
    ok: true,
  });
});

Deno.test("a scenario that throws or takes too long fails, and what it started is ended", async () => {
  for (
    const [run, why] of [
      [() => Promise.reject(new Error("it broke")), "it broke"],
      [() => new Promise<void>(() => {}), "not over after 0.2 s"],
    ] as const
  ) {
    let ended = false;
    const it = scenario("a", (soak) => {
      soak.use({ [Symbol.dispose]: () => ended = true });
      soak.figure("chunks lost", 0, "", exactly(0));
      return run();
    });
    const outcome = await runScenario(it, { short: true, seed: 1, onFigure() {}, onNote() {} });
    assertStringIncludes(String(outcome.failure), why);
    assertEquals([ended, outcome.figures.length], [true, 1]);
  }
});

Deno.test("the command line names scenarios or all of them, and publishes no short form", () => {
  const all = [scenario("a"), scenario("b")];
  assertEquals(parseOptions(["b", "--short", "--seed", "7"], all), {
    scenarios: all.slice(1),
    short: true,
    seed: 7,
    publish: false,
    page: false,
  });
  for (
    const args of [[], ["c"], ["a", "--all"], ["a", "--short", "--publish"], ["a", "--seed", "x"], ["--no"]]
  ) {
    assertThrows(() => parseOptions(args, all), OptionsError);
  }
});
