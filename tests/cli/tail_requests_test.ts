import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { run } from "../../lib/cli/run.ts";
import { type FakeSystem, fakeSystem } from "./fake_system.ts";
import { runTool, withServer } from "./tool_server.ts";

function line(id: string, more: Record<string, unknown> = {}): string {
  return `${
    JSON.stringify({
      time: "2026-03-01T10:00:00.000Z",
      level: "INFO",
      event: "request.end",
      request_id: id,
      status: 200,
      duration_ms: 120,
      model: "m",
      input_tokens: 5,
      output_tokens: 7,
      ...more,
    })
  }\n`;
}

const FAILED = {
  level: "ERROR",
  event: "request.error",
  status: 503,
  error_type: "overloaded",
  error: "Full.",
};

/** Runs the command until `use` is done, then ends it as Ctrl-C does. */
async function tail(
  args: readonly string[],
  use: (shown: (text: string) => Promise<void>, system: FakeSystem) => Promise<void>,
  env: Record<string, string> = {},
): Promise<FakeSystem> {
  const system = fakeSystem({}, env);
  const running = run(["tail-requests", "--statistics", "0", ...args], system);
  const shown = async (text: string) => {
    const end = performance.now() + 10_000;
    while (!system.output.concat(system.errors).join("\n").includes(text)) {
      if (performance.now() > end) throw new Error(`${text} is not shown:\n${system.output.join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  try {
    await Promise.race([
      use(shown, system),
      running.then((code) => Promise.reject(new Error(`ended: ${code}`))),
    ]);
  } finally {
    system.signal("SIGINT");
  }
  assertEquals(await running, 0);
  return system;
}

async function withLog(content: string, use: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/r.log`, content);
    await use(`${folder}/r.log`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const append = { append: true };

Deno.test("tail-requests shows the last lines and those that come", async () => {
  await withLog(line("one") + line("two") + line("three"), async (path) => {
    const { output } = await tail([path, "--lines", "2"], async (shown) => {
      await shown("three");
      await Deno.writeTextFile(path, line("four").slice(0, 20), append);
      await Deno.writeTextFile(path, line("four").slice(20) + "no JSON\n", append);
      await shown("four");
    });
    assertEquals(output.map((each) => each.split(" ").at(-1)), ["two", "three", "four"]);
    assertMatch(output[0] ?? "", /^10:00:00\.000 {2}200 +120 ms +m +5 → 7 tokens/);
  });
});

Deno.test("tail-requests follows a log that is replaced, and one that is emptied", async () => {
  await withLog(line("one"), async (path) => {
    const { output } = await tail([path], async (shown) => {
      await shown("one");
      await Deno.writeTextFile(path, line("before"), append);
      await Deno.rename(path, `${path}.1`);
      await Deno.writeTextFile(path, line("after") + line("later"));
      await shown("later");
      await Deno.truncate(path);
      await shown("truncated");
      await Deno.writeTextFile(path, line("anew"), append);
      await shown("anew");
    });
    assertEquals(output.map((each) => each.split(" ").at(-1)), ["one", "before", "after", "later", "anew"]);
  });
});

Deno.test("tail-requests shows what it is asked for alone", async () => {
  const content = line("good") + line("bad", FAILED) + line("slow", { duration_ms: 9000 }) +
    line("other", { model: "n", key: "ab12" }) +
    line("note", { event: "telemetry.failed", level: "WARNING", msg: "No room." });
  const shownBy = async (...args: string[]) => {
    const ids: string[] = [];
    await withLog(
      content + line("last", { ...FAILED, duration_ms: 9000, model: "n", key: "ab12" }),
      async (path) => {
        const { output } = await tail([path, "--json", ...args], (shown) => shown("last"));
        ids.push(...output.map((each) => JSON.parse(each).request_id));
      },
    );
    return ids;
  };
  assertEquals(
    await Promise.all([
      shownBy("--level", "ERROR"),
      shownBy("--slow"),
      shownBy("--model", "n"),
      shownBy("--status", "5xx"),
      shownBy("--key", "sk-whole-ab12"),
      shownBy("--slow-ms", "8000", "--slow", "--model", "n"),
      shownBy("--level", "warning"),
    ]),
    [
      ["bad", "last"],
      ["slow", "last"],
      ["other", "last"],
      ["bad", "last"],
      ["other", "last"],
      ["last"],
      ["bad", "note", "last"],
    ],
  );
});

Deno.test("tail-requests tells of failures what they say, and sums up at its end", async () => {
  await withLog(line("good") + line("bad", FAILED), async (path) => {
    const system = await tail([path, "--statistics", "60"], (shown) => shown("bad"));
    assertStringIncludes(system.output.join("\n"), "overloaded: Full.");
    assertMatch(system.errors.at(-1) ?? "", /50\.0 % errors, P50 120 ms.*in all 2 requests, 1 errors/);
  });
});

Deno.test("tail-requests reads a gateway's events, and connects anew where they end", async () => {
  let connections = 0;
  const authorizations: (string | null)[] = [];
  const { output, errors } = await withServer((request) => {
    authorizations.push(request.headers.get("authorization"));
    const id = `e${++connections}`;
    const events = `: requests of worker 1 of 2, which has this connection\n\n` +
      `event: dropped\ndata: {"dropped":3}\n\nevent: request.end\ndata: ${line(id)}\n`;
    return new Response(events, { headers: { "content-type": "text/event-stream" } });
  }, (url) =>
    tail(["--url", url], async (shown) => {
      await shown("e1");
      await shown("e2");
    }, { GATEWAY_MASTER_KEY: "mk" }));
  assertEquals(output.slice(0, 2).map((each) => each.split(" ").at(-1)), ["e1", "e2"]);
  assertEquals(authorizations[0], "Bearer mk");
  const notes = errors.join("\n");
  for (const note of ["requests of worker 1 of 2", "3 requests were lost", "the connection ended"]) {
    assertStringIncludes(notes, note);
  }
});

for (
  const [status, advice] of [[401, "asks for the gateway's master key"], [
    403,
    "set auth.master_key",
  ]] as const
) {
  Deno.test(`tail-requests says what to do where the events are refused with ${status}`, async () => {
    const { code, errors } = await withServer(
      () => new Response(null, { status }),
      (url) => runTool(["tail-requests", "--url", url]),
    );
    assertEquals(code, 1);
    assertStringIncludes(errors, advice);
  });
}

Deno.test("tail-requests exits 2 where the log is absent", async () => {
  assertEquals((await runTool(["tail-requests", "/nowhere.log"])).code, 2);
});
