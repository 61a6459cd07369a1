import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { run } from "../../lib/cli/run.ts";
import { createMockHandler } from "../../lib/providers/mock.ts";
import { testCertificates } from "../providers/test_certificates.ts";
import { fakeSystem } from "./fake_system.ts";
import { runTool, withMock, withServer } from "./tool_server.ts";

const SHORT = ["loadtest", "--users", "4", "--run-time", "600ms", "--wait", "0"];

Deno.test("loadtest measures what a server takes, whole and streamed", async () => {
  await withMock("latency=40ms", async (url) => {
    const ran = await runTool([
      ...SHORT,
      "--url",
      url,
      "--stream-share",
      "0.5",
      "--models",
      "mock",
      "--json",
    ]);
    assertEquals([ran.code, ran.errors], [0, ""]);
    const { summary, total, kinds, loop, failures } = ran.json;
    assertEquals([loop, summary.failures, failures], ["closed", 0, []]);
    assert(summary.requests >= 20, `${summary.requests} requests`);
    assert(summary.p50_latency_ms >= 39 && summary.p50_latency_ms < 200, `${summary.p50_latency_ms} ms`);
    assertEquals(kinds.map((kind: { name: string }) => kind.name), ["mock", "mock, streamed"]);
    assert(total.ttft.count > 0 && total.inter_token.count > 0);
  });
});

for (const api of ["responses", "messages", "embeddings"]) {
  Deno.test(`loadtest speaks ${api}`, async () => {
    await withMock("", async (url) => {
      const args = [...SHORT, "--url", url, "--api", api, "--stream", "--models", "mock", "--json"];
      const ran = await runTool(args);
      assertEquals([ran.code, ran.json.failures], [0, []]);
      assertEquals(ran.json.total.ttft === null, api === "embeddings");
    });
  });
}

Deno.test("loadtest --rps keeps its rate, and counts from when a request was due", async () => {
  await withMock("latency=100ms", async (url) => {
    const args = ["loadtest", "--rps", "50", "--users", "2", "--run-time", "1s", "--models", "mock"];
    const ran = await runTool([...args, "--url", url, "--json"]);
    // Two connections answer twenty a second of the fifty: those that were sent waited.
    const { summary, loop } = ran.json;
    assertEquals(loop, "open");
    assert(summary.unsent > 10, `${summary.unsent} not sent`);
    assert(summary.max_latency_ms > 300, `${summary.max_latency_ms} ms`);
    assertEquals(summary.requests + summary.unsent + summary.abandoned, 50);
  });
});

Deno.test("loadtest: what is answered after the end makes no rate", async () => {
  await withMock("latency=400ms", async (url) => {
    const ran = await runTool([...SHORT, "--url", url, "--models", "mock", "--json"]);
    // Each of the four is answered once in the 600 ms, and a second time while the run ends.
    const { summary, duration_s } = ran.json;
    assertEquals(summary.failures, 0);
    assert(summary.requests / duration_s > 1.5 * summary.rps, `${summary.rps} of ${summary.requests}`);
  });
});

Deno.test("loadtest exits 99 where a threshold is missed, and shows which", async () => {
  await withMock("latency=20ms", async (url) => {
    const args = [...SHORT, "--url", url, "--models", "mock", "--threshold", "p95<1,errors<1%"];
    const ran = await runTool(args);
    assertEquals(ran.code, 99);
    assert(/✗ +p95<1 .*missed/.test(ran.output), ran.output);
    assert(/✓ +errors<1%/.test(ran.output), ran.output);
  });
});

Deno.test("loadtest groups failures by what the server said", async () => {
  const limited = () =>
    Response.json({ error: { message: "slow down", code: "rate_limit_exceeded" } }, { status: 429 });
  await withServer(limited, async (url) => {
    const ran = await runTool([...SHORT, "--url", url, "--models", "m"]);
    assertEquals(ran.code, 1);
    assert(/HTTP 429 rate_limit_exceeded +m +slow down/.test(ran.output), ran.output);
  });
});

for (const [status, reason] of [[200, "a page in place of an answer"], [302, "HTTP 302"]] as const) {
  Deno.test(`loadtest takes a page with status ${status} for no answer`, async () => {
    const page = () => new Response("<html>Sorry</html>", { status, headers: { location: "/" } });
    await withServer(page, async (url) => {
      const ran = await runTool([...SHORT, "--url", url, "--models", "m", "--json"]);
      assertEquals([ran.code, ran.json.failures[0].reason], [1, reason]);
    });
  });
}

Deno.test("loadtest tells of answers that break off, that are no HTTP, and that never come", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const texts = [
    "HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nshort",
    "no HTTP at all, in any line\r\n\r\n",
    "",
  ];
  const open: Deno.Conn[] = [];
  const serving = (async () => {
    for await (const conn of listener) {
      const text = texts[open.push(conn) % texts.length] ?? "";
      await conn.read(new Uint8Array(4096)).catch(() => null);
      await conn.write(new TextEncoder().encode(text)).catch(() => 0);
      // One that says nothing keeps the connection.
      if (text !== "") conn.close();
    }
  })();
  const url = `http://127.0.0.1:${listener.addr.port}`;
  const ran = await runTool([...SHORT, "--url", url, "--models", "m", "--timeout", "0.2", "--json"]);
  listener.close();
  for (const conn of open) {
    try {
      conn.close();
    } catch {
      // It is closed already.
    }
  }
  await serving.catch(() => {});
  const reasons = ran.json.failures.map(({ reason }: { reason: string }) => reason).sort();
  assertEquals(reasons, ["closed within the answer", "no answer within 0.2 s", "the answer is not HTTP/1.1"]);
});

Deno.test("loadtest sends again on a new connection what a closed one swallowed", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const answer = new TextEncoder().encode("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
  let answers = 0;
  const serving = (async () => {
    for await (const conn of listener) {
      // Says that it keeps the connection, and does not.
      if (await conn.read(new Uint8Array(4096)).catch(() => null) !== null) {
        await conn.write(answer);
        answers++;
      }
      conn.close();
    }
  })();
  const url = `http://127.0.0.1:${listener.addr.port}`;
  const ran = await runTool([...SHORT, "--users", "1", "--url", url, "--models", "m", "--json"]);
  listener.close();
  await serving.catch(() => {});
  assert(answers > 5);
  assertEquals([ran.code, ran.json.failures], [0, []]);
});

Deno.test("loadtest writes a report that is one file, and its results", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await withMock("", async (url) => {
      const paths = ["--html", `${directory}/r.html`, "--export", `${directory}/r.json`];
      await runTool([...SHORT, "--url", url, "--models", "mock", ...paths]);
    });
    const page = await Deno.readTextFile(`${directory}/r.html`);
    const results = JSON.parse(await Deno.readTextFile(`${directory}/r.json`));
    assertStringIncludes(page, "Load test: custom");
    assertStringIncludes(page, '<polyline class="series');
    assert(!/\b(src|href)=/.test(page));
    assert(results.summary.requests > 0 && results.timeline.length > 0);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("loadtest reads a gateway's memory, of all its processes, beside the load", async () => {
  const metrics =
    'process_resident_memory_bytes{pid="1"} 5e+07\nprocess_resident_memory_bytes{pid="2"} 7000000\n';
  const handler = ({ url }: Request) =>
    url.endsWith("/metrics") ? new Response(metrics) : Response.json({ choices: [] });
  await withServer(handler, async (url) => {
    const ran = await runTool([...SHORT, "--run-time", "1500ms", "--url", url, "--models", "m", "--json"]);
    const memory = ran.json.timeline.map((moment: { memory: number | null }) => moment.memory);
    assert(memory.includes(57_000_000), JSON.stringify(memory));
  });
});

Deno.test("loadtest ends with its report at SIGINT", async () => {
  await withMock("", async (url) => {
    const system = fakeSystem();
    const ended = run(["loadtest", "--url", url, "--models", "mock", "--run-time", "1h", "--json"], system);
    await new Promise((resolve) => setTimeout(resolve, 300));
    system.signal("SIGINT");
    assertEquals(await ended, 0);
    const results = JSON.parse(system.output.join("\n"));
    assertEquals([results.stopped_early, results.scenario], [true, "smoke"]);
    assert(results.summary.requests > 0 && results.duration_s < 10);
  });
});

const certificates = await testCertificates();

Deno.test({
  name: "loadtest speaks TLS, and trusts whom it is told to",
  ignore: certificates === null,
  fn: async () => {
    if (certificates === null) return;
    const { cert, key, ca } = certificates;
    const handler = createMockHandler({ behaviour: "" });
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, cert, key, onListen() {} }, handler);
    const url = `https://localhost:${server.addr.port}`;
    const system = fakeSystem({ "ca.pem": ca });
    const args = [...SHORT, "--url", url, "--models", "mock", "--json"];
    assertEquals(await run([...args, "--ca", "ca.pem"], system), 0);
    assertEquals(JSON.parse(system.output.join("\n")).failures, []);
    const strict = await runTool(args);
    assertEquals(strict.code, 1);
    assertEquals(strict.json.failures[0].reason, "the provider's certificate is not trusted");
  },
});

for (
  const [args, message] of [
    [["--scenario", "smok"], 'there is no scenario "smok"'],
    [["--users", "0"], "--users: expected a whole number of at least 1"],
    [["--run-time", "soon"], '--run-time: expected a time such as 30s or 5m, got "soon"'],
    [["--wait", "3s-1s"], '--wait: "3s-1s" ends before it begins'],
    [["--mix", "a"], '--mix: expected such as gpt-4o=70,other=30, got "a"'],
    [["--threshold", "p95"], '"p95" is no threshold'],
    [["--api", "soap"], "--api: expected chat, responses, messages, embeddings"],
  ] as const
) {
  Deno.test(`loadtest refuses ${args.join(" ")}`, async () => {
    const ran = await runTool(["loadtest", "--url", "http://127.0.0.1:1", "--models", "m", ...args]);
    assertEquals(ran.code, 2);
    assertStringIncludes(ran.errors, message);
  });
}
