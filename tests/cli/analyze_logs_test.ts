import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { runTool } from "./tool_server.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

/** Lines of the gateway's: a good request each second, each fifth of them a failure. */
function lines(count: number, more: Record<string, unknown> = {}): string {
  return Array.from({ length: count }, (_, index) => {
    const failed = index % 5 === 4;
    return JSON.stringify({
      time: new Date(Date.parse("2026-03-01T10:00:00Z") + index * 1000).toISOString(),
      level: failed ? "ERROR" : "INFO",
      event: failed ? "request.error" : "request.end",
      request_id: `request-${index}`,
      trace_id: index === 3 ? TRACE : undefined,
      status: failed ? 503 : 200,
      duration_ms: 100 + index,
      model: index % 2 === 0 ? "even" : "odd",
      key: "ab12",
      input_tokens: 10,
      output_tokens: 2,
      cost_usd: 0.5,
      ...(failed ? { error_type: "upstream_unavailable", error: `No answer in ${index} ms` } : {}),
      ...more,
    });
  }).join("\n") + "\n";
}

async function withFiles<T>(
  files: Record<string, BlobPart>,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await Deno.makeTempDir();
  try {
    for (const [name, content] of Object.entries(files)) {
      await Deno.writeFile(`${folder}/${name}`, new Uint8Array(await new Blob([content]).arrayBuffer()));
    }
    return await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function gzipped(text: string): Promise<ArrayBuffer> {
  return await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream("gzip")))
    .arrayBuffer();
}

Deno.test("analyze-logs counts requests, errors, tokens and cost, and what is broken", async () => {
  const broken = 'not JSON\n{"event":"request.end","status":2\n[1]\n';
  const { code, json } = await withFiles(
    { "a.log": lines(50) + broken },
    (folder) => runTool(["analyze-logs", `${folder}/a.log`, "--json"]),
  );
  assertEquals(code, 0);
  assertEquals(
    [json.lines, json.broken_lines, json.requests, json.errors, json.input_tokens, json.cost_usd],
    [53, 3, 50, 10, 500, 25],
  );
  assertEquals(json.error_patterns.length, 1);
  assertEquals([json.error_patterns[0].pattern, json.error_patterns[0].count], ["No answer in N ms", 10]);
  assertEquals(json.models.map((row: { model: string }) => row.model), ["even", "odd"]);
  assertEquals(json.keys[0], { ...json.keys[0], key: "ab12", requests: 50, cost_usd: 25 });
  assert(Math.abs(json.latency_ms.p50 / 124.5 - 1) < 0.015, String(json.latency_ms.p50));
  assertEquals(json.slowest[0].request_id, "request-49");
});

Deno.test("analyze-logs reads gzip, rotated files, several files and standard input alike", async () => {
  const { json } = await withFiles({
    "r.log": lines(10),
    "r.log.1": lines(5),
    "r.log.2.gz": await gzipped(lines(3)),
    "r.log.20260303T063644Z.gz": await gzipped(lines(2)),
    "r.log.bak": lines(100),
    "r.logger": lines(100),
    "other.log": lines(7),
  }, async (folder) => {
    const rotated = await runTool(["analyze-logs", `${folder}/r.log`, "--rotated", "--json"]);
    assertEquals([rotated.json.requests, rotated.json.files.length], [20, 4]);
    return await runTool(
      ["analyze-logs", `${folder}/r.log`, "-", `${folder}/other.log`, "--json"],
      {},
      lines(4),
    );
  });
  assertEquals(json.requests, 21);
  const zipped = await runTool(["analyze-logs", "-", "--json"], {}, await gzipped(lines(6)));
  assertEquals(zipped.json.requests, 6);
});

Deno.test("analyze-logs looks at what it is asked for alone", async () => {
  const requests = async (...args: string[]) =>
    (await runTool(["analyze-logs", "-", "--json", ...args], {}, lines(50))).json.requests;
  assertEquals(
    await Promise.all([
      requests("--key", "ab12", "--model", "odd"),
      requests("--status", "5xx"),
      requests("--level", "error"),
      requests("--since", "2026-03-01T10:00:40Z"),
      requests("--until", "2026-03-01T10:00:10Z", "--since", "2026-03-01T10:00:05Z"),
    ]),
    [25, 10, 10, 10, 5],
  );
});

Deno.test("analyze-logs for people: all, errors alone, performance alone", async () => {
  const output = async (...args: string[]) =>
    (await runTool(["analyze-logs", "-", ...args], {}, lines(50))).output;
  const [all, errors, performance] = await Promise.all([
    output(),
    output("--errors"),
    output("--performance"),
  ]);
  for (const title of ["ERRORS", "LATENCY", "SLOWEST", "MODELS", "KEYS"]) {
    assertStringIncludes(all, `\n${title}`);
  }
  assertMatch(all, /requests +50, 1\.0 a second/);
  assertMatch(errors, /^ERRORS\n +10 +100 % +upstream_unavailable +No answer in N ms/);
  assertEquals([errors.includes("LATENCY"), performance.includes("ERRORS")], [false, false]);
  assertMatch(performance, /whole request +12[45] ms/);
});

Deno.test("analyze-logs --trace tells a request's whole story, by trace or request id", async () => {
  const input = lines(10, {
    metadata: { project: "debug" },
    attempt_errors: [{ provider: "a", model: "m", status: 503, error_type: "upstream_error" }],
    ttfb_ms: 60,
    request_body: '{"model":"m"}',
  });
  const byTrace = await runTool(["analyze-logs", "-", "--trace", TRACE.slice(0, 12)], {}, input);
  assertEquals(byTrace.code, 0);
  for (
    const text of [
      "request-3",
      TRACE,
      "metadata project",
      "ATTEMPTS THAT FAILED",
      '"model": "m"',
      "to first byte",
    ]
  ) {
    assertStringIncludes(byTrace.output, text);
  }
  const byRequest = await runTool(["analyze-logs", "-", "--trace", "request-4", "--json"], {}, input);
  assertEquals(byRequest.json.lines.map((line: { request_id: string }) => line.request_id), ["request-4"]);
  const unknown = await runTool(["analyze-logs", "-", "--trace", "ffffffff"], {}, input);
  assertEquals([unknown.code, unknown.output], [1, "nothing in 10 lines is about ffffffff"]);
});

Deno.test("analyze-logs reads LiteLLM's JSON log, whatever is among it", async () => {
  const message = (text: string, more = {}) =>
    JSON.stringify({ message: text, level: "INFO", timestamp: "2026-03-01T10:00:00.123456", ...more });
  const payload = (more = {}) =>
    JSON.stringify({
      id: "chatcmpl-1",
      call_type: "acompletion",
      status: "success",
      startTime: 1772359200,
      endTime: 1772359202,
      prompt_tokens: 7,
      completion_tokens: 3,
      response_cost: 0.25,
      model_group: "fast",
      metadata: { user_api_key_alias: "team-a" },
      ...more,
    });
  const input = [
    message("LiteLLM: Proxy initialized with Config, Set models:"),
    payload(),
    payload({
      status: "failure",
      error_information: { error_code: "429", error_class: "RateLimitError", error_message: "Slow down." },
    }),
    message('10.0.0.1:41234 - "POST /v1/chat/completions HTTP/1.1" 200'),
    message("Exception occured", {
      level: "ERROR",
      stacktrace: "Traceback\nlitellm.exceptions.Timeout: 30 s",
    }),
    "INFO:     Started server process [1]",
    "",
  ].join("\n");
  const { json } = await runTool(["analyze-logs", "-", "--json"], {}, input);
  assertEquals([json.lines, json.broken_lines, json.requests, json.errors], [6, 1, 3, 1]);
  assertEquals([json.input_tokens, json.cost_usd, json.keys[0].key, json.models[0].model], [
    14,
    0.5,
    "team-a",
    "fast",
  ]);
  assertEquals(json.error_patterns.map((row: { type: string }) => row.type).sort(), [
    "RateLimitError",
    "Timeout",
  ]);
});

Deno.test("analyze-logs of an empty log says that there is nothing", async () => {
  const { code, output } = await runTool(["analyze-logs", "-"], {}, "");
  assertEquals(code, 0);
  assertMatch(output, /requests +0/);
});

Deno.test("analyze-logs exits 2 where a file is absent, or a time is none", async () => {
  const absent = await runTool(["analyze-logs", "/nowhere.log"]);
  assertEquals([absent.code, absent.errors], [
    2,
    "gateway: /nowhere.log cannot be read: there is no such file",
  ]);
  const when = await runTool(["analyze-logs", "-", "--since", "yesterday"]);
  assertEquals(when.code, 2);
  assertStringIncludes(when.errors, "--since: expected a time such as 2026-03-01T14:30:00Z");
});

Deno.test("analyze-logs called bare reads the configured log", async () => {
  const { json } = await withFiles({ "g.log": lines(5) }, async (folder) => {
    await Deno.writeTextFile(`${folder}/c.yaml`, "");
    const { run } = await import("../../lib/cli/run.ts");
    const { fakeSystem } = await import("./fake_system.ts");
    const system = fakeSystem({ "c.yaml": `logging: { log_file: ${folder}/g.log }` }, {
      CONFIG_PATH: "c.yaml",
    });
    assertEquals(await run(["analyze-logs", "--json"], system), 0);
    return { json: JSON.parse(system.output.join("\n")) };
  });
  assertEquals(json.requests, 5);
});
