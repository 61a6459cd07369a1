import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { run } from "../../lib/cli/run.ts";
import { fakeSystem } from "./fake_system.ts";

function profile(p95: number, more: Record<string, unknown> = {}): string {
  const samples = Array.from({ length: 20 }, (_, index) => ({ ok: true, latency_ms: p95 - 20 + index }));
  return JSON.stringify({
    summary: { p50_latency_ms: p95 - 10, p95_latency_ms: p95, success_rate: 1, ...more },
    samples,
  });
}

async function compare(files: Record<string, string>, ...args: string[]) {
  const system = fakeSystem(files);
  const code = await run(["regression", ...Object.keys(files), ...args], system);
  return { code, output: system.output.join("\n"), errors: system.errors.join("\n") };
}

const CASES: readonly (readonly [name: string, before: string, now: string, args: string[], code: number])[] =
  [
    ["no change", profile(100), profile(100), [], 0],
    ["as much as the threshold", profile(100), profile(115), [], 0],
    ["beyond the threshold", profile(100), profile(116), [], 1],
    ["beyond a threshold of one's own", profile(100), profile(106), ["--threshold", "5"], 1],
    ["better", profile(100), profile(50), [], 0],
    ["requests that fail", profile(100), profile(100, { success_rate: 0.8 }), [], 1],
    [
      "another figure",
      profile(100, { p50_tokens_per_second: 50 }),
      profile(200, { p50_tokens_per_second: 49 }),
      ["--metric", "p50_tokens_per_second"],
      0,
    ],
    [
      "fewer tokens a second",
      profile(100, { p50_tokens_per_second: 50 }),
      profile(100, { p50_tokens_per_second: 30 }),
      ["--metric", "p50_tokens_per_second"],
      1,
    ],
  ];

for (const [name, before, now, args, code] of CASES) {
  Deno.test(`regression exits ${code} for ${name}`, async () => {
    assertEquals((await compare({ "a.json": before, "b.json": now }, ...args)).code, code);
  });
}

Deno.test("regression says what is worse by how much, and how probable that is by chance", async () => {
  const { output } = await compare({ "a.json": profile(100), "b.json": profile(130) });
  assertMatch(output, /p95_latency_ms +100\.00 +130\.00 +\+30\.0 % +< 0\.001/);
  assertStringIncludes(output, "PERFORMANCE REGRESSION: p95_latency_ms is 30.0 % worse (threshold 15 %)");
});

Deno.test("regression compares comparisons model by model", async () => {
  const file = (a: number, b: number) =>
    JSON.stringify({ results: [{ model: "a", median_latency_ms: a }, { model: "b", median_latency_ms: b }] });
  const { code, output } = await compare({ "a.json": file(100, 100), "b.json": file(101, 150) });
  assertEquals(code, 1);
  assertStringIncludes(output, "REGRESSION: b is 50.0 % worse");
});

Deno.test("regression judges throughput by the requests a second: more of them take longer each", async () => {
  const file = (rps: number, p95: number) =>
    profile(p95, { requests_per_second: rps }).replace("{", '{"kind":"throughput",');
  assertEquals((await compare({ "a.json": file(38, 107), "b.json": file(72, 208) })).code, 0);
  const fewer = await compare({ "a.json": file(72, 107), "b.json": file(38, 107) });
  assertEquals(fewer.code, 1);
  assertStringIncludes(fewer.output, "requests_per_second is 47.2 % worse");
});

const BROKEN: readonly (readonly [name: string, files: Record<string, string>, message: string])[] = [
  ["a file that is no JSON", { "a.json": "x", "b.json": profile(1) }, "a.json is no JSON object"],
  [
    "a file without the figure",
    { "a.json": profile(1), "b.json": "{}" },
    "no number in .summary.p95_latency_ms",
  ],
  ["nothing in common", { "a.json": '{"results":[]}', "b.json": "{}" }, "no figure in common"],
  [
    "files of two tools",
    { "a.json": '{"kind":"latency"}', "b.json": '{"kind":"throughput"}' },
    "one file is of latency, the other of throughput",
  ],
  ["one file alone", { "a.json": profile(1) }, "two files are expected"],
];

for (const [name, files, message] of BROKEN) {
  Deno.test(`regression exits 2 for ${name}`, async () => {
    const { code, errors } = await compare(files);
    assertEquals(code, 2);
    assertStringIncludes(errors, message);
  });
}
