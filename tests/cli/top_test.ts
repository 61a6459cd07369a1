import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { painter } from "../../lib/cli/colour.ts";
import { run } from "../../lib/cli/run.ts";
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
  answer: () => Response,
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
