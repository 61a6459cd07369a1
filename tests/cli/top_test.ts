import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { painter } from "../../lib/cli/colour.ts";
import { run } from "../../lib/cli/run.ts";
import { shownLength } from "../../lib/cli/table.ts";
import { topLines } from "../../lib/cli/top_screen.ts";
import type { Figures, Overview } from "../../lib/tools/console_api.ts";
import { fakeSystem } from "./fake_system.ts";

const FIGURES: Figures = {
  requests: 1234,
  rate: 12.34,
  error_rate: 0.25,
  p50_ms: 420,
  p95_ms: 1800,
  p99_ms: null,
  ttft_p50_ms: 180,
  overhead_p50_ms: 0.31,
  input_tokens: 9000,
  output_tokens: 2100,
  cost_usd: 1.5,
  in_flight: 7,
};
const OVERVIEW: Overview = {
  now: FIGURES,
  totals: { ...FIGURES, error_rate: 0.01 },
  series: { step: 1000, requests: [1, 2, 4], p50_ms: [null, 100, 200], p95_ms: [null, 300, 400] },
  models: [{ ...FIGURES, name: "evil\x1b[2Jmodel" }],
  providers: [{ ...FIGURES, name: "" }],
};

/** A server that answers every request alike, and keeps what was asked. */
async function withConsole(
  answer: () => Response | Promise<Response>,
  use: (url: string, asked: [path: string, key: string | null][]) => Promise<void>,
) {
  const asked: [string, string | null][] = [];
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { pathname, search } = new URL(request.url);
    asked.push([pathname + search, request.headers.get("authorization")]);
    return answer();
  });
  await use(`http://127.0.0.1:${server.addr.port}`, asked);
}

Deno.test("top's lines: figures, what is unknown, and names that a terminal would obey", () => {
  const text = topLines(OVERVIEW, "host:1, last 15m", painter(fakeSystem())).join("\n");
  assertStringIncludes(text, "llm-gateway  host:1, last 15m");
  assertStringIncludes(text, "1,234  ▃▅█");
  assertStringIncludes(text, "P99");
  assertStringIncludes(text, "evil?[2Jmodel");
  assertStringIncludes(text, "none");
  assert(!text.includes("\x1b"));
});

const CROWD: Overview = {
  ...OVERVIEW,
  series: {
    step: 1000,
    requests: Array(240).fill(9),
    p50_ms: Array(240).fill(1),
    p95_ms: Array(240).fill(2),
  },
  models: Array.from({ length: 30 }, (_, i) => ({ ...FIGURES, name: `model-${i}-${"x".repeat(30)}` })),
  providers: Array.from({ length: 5 }, (_, i) => ({ ...FIGURES, name: `provider-${i}` })),
};
const SCREENS = [[80, 24], [120, 40], [40, 15], [20, 5], [200, 60]] as const;

for (const [columns, rows] of SCREENS) {
  Deno.test(`top's lines fit a screen of ${columns} by ${rows}, in colour too`, () => {
    for (const terminal of [false, true]) {
      const paint = painter(fakeSystem({}, {}, terminal));
      const lines = topLines(CROWD, "host:1, last 15m", paint, { columns, rows });
      assert(lines.length <= rows, `${lines.length} lines`);
      for (const line of lines) assert(shownLength(line) <= columns, line);
      assertStringIncludes(lines[0] ?? "", "llm-gateway");
    }
  });
}

Deno.test("top's lines have of each kind of groups as many as there is room for, and of a narrow screen what matters", () => {
  const at = (columns: number, rows: number) =>
    topLines(CROWD, "", painter(fakeSystem()), { columns, rows }).join("\n");
  const shown = (text: string, word: string) => text.split("\n").filter((it) => it.startsWith(word)).length;
  assertEquals([shown(at(80, 24), "model-"), shown(at(80, 24), "provider-")], [3, 3]);
  assertEquals([shown(at(120, 40), "model-"), shown(at(120, 40), "provider-")], [8, 5]);
  assertEquals([shown(at(40, 15), "model-"), shown(at(40, 15), "provider-")], [0, 0]);
  assertStringIncludes(at(120, 40), "FIRST TOKEN");
  assertStringIncludes(at(60, 24), "REQUESTS  ERRORS");
});

Deno.test("top ends on q, draws anew for another screen, and goes on while the gateway is away", async () => {
  let away = false;
  const answer = () => away ? new Response("", { status: 503 }) : Response.json(CROWD);
  await withConsole(answer, async (url, asked) => {
    const system = fakeSystem({}, { GATEWAY_URL: url, NO_COLOR: "1" }, true);
    const running = run(["top", "--every", "0.1"], system);
    const until = async (holds: () => boolean) => {
      const end = performance.now() + 10_000;
      while (!holds() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
      assert(holds());
    };
    // deno-lint-ignore no-control-regex -- what a terminal is told
    const plain = (drawn = "") => drawn.replaceAll(/\x1b\[[?0-9;]*[A-Za-z]|\r\n/g, "");
    await until(() => asked.length > 1);
    const before = system.output.length;
    system.resize({ columns: 30, rows: 10 });
    assertEquals((system.output[before] ?? "").split("\r\n").length, 10);
    away = true;
    await until(() => plain(system.output.at(-1)).includes("answered 503"));
    assertStringIncludes(system.output.at(-1) ?? "", "llm-gateway");
    assertEquals((system.output.at(-1) ?? "").split("\r\n").length, 10);
    away = false;
    await until(() => !plain(system.output.at(-1)).includes("answered 503"));
    system.press("x");
    system.press("q");
    assertEquals(await running, 0);
    assert(system.output.at(-1)?.endsWith("\x1b[?1049l"));
  });
});

Deno.test("top ends on q while the gateway lets it wait", async () => {
  const later = Promise.withResolvers<Response>();
  let answered = 0;
  await withConsole(() => answered++ === 0 ? Response.json(CROWD) : later.promise, async (url, asked) => {
    const system = fakeSystem({}, { GATEWAY_URL: url }, true);
    const running = run(["top", "--every", "0.1"], system);
    while (asked.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    const pressed = performance.now();
    system.press("q");
    assertEquals(await running, 0);
    assert(performance.now() - pressed < 5_000);
    later.resolve(Response.json(CROWD));
  });
});

Deno.test("top says whether a key is missing or wrong", async () => {
  await withConsole(() => new Response("{}", { status: 401 }), async (url) => {
    const tell = async (env: Record<string, string>) => {
      const system = fakeSystem({}, { GATEWAY_URL: url, ...env });
      assertEquals(await run(["top"], system), 1);
      return system.errors.join("\n");
    };
    assertStringIncludes(await tell({}), "give it with --master-key");
    assertStringIncludes(await tell({ GATEWAY_MASTER_KEY: "wrong" }), "does not take this key");
  });
});

Deno.test("top prints once where nobody looks, with the master key of the environment", async () => {
  await withConsole(() => Response.json(OVERVIEW), async (url, asked) => {
    const system = fakeSystem({}, { GATEWAY_URL: url, GATEWAY_MASTER_KEY: "master" });
    assertEquals(await run(["top", "--last", "1h"], system), 0);
    assertStringIncludes(system.output.join("\n"), "420 ms");
    assertEquals(asked, [["/console/api/overview?last=3600000", "Bearer master"]]);
  });
});

Deno.test("top draws over itself until it is stopped, and gives the screen back", async () => {
  await withConsole(() => Response.json(OVERVIEW), async (url, asked) => {
    const system = fakeSystem({}, { GATEWAY_URL: url }, true);
    const running = run(["top", "--every", "0.1"], system);
    const end = performance.now() + 10_000;
    while (asked.length < 3 && performance.now() < end) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    system.signal("SIGINT");
    assertEquals(await running, 0);
    const text = system.output.join("");
    assert(
      text.startsWith("\x1b[?1049h") && text.trimEnd().endsWith("\x1b[?1049l"),
      JSON.stringify(text.slice(-40)),
    );
  });
});

Deno.test("top says what is missing", async () => {
  const cases: [() => Response, string][] = [
    [() => new Response(null, { status: 401 }), "GATEWAY_MASTER_KEY"],
    [() => new Response(null, { status: 404 }), "has no console"],
    [() => Response.json({}), "is no console of this gateway"],
  ];
  for (const [answer, words] of cases) {
    await withConsole(answer, async (url) => {
      const system = fakeSystem({}, { GATEWAY_URL: url });
      assertEquals(await run(["top"], system), 1);
      assertStringIncludes(system.errors.join("\n"), words);
    });
  }
  const system = fakeSystem();
  assertEquals(await run(["top", "--last", "2y"], system), 2);
  assertStringIncludes(system.errors.join("\n"), "is none of 15m, 1h");
});
