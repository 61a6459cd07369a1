import { assert, assertAlmostEquals, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { run } from "../../lib/cli/run.ts";
import { createMockHandler } from "../../lib/providers/mock.ts";
import { testCertificates } from "../providers/test_certificates.ts";
import { fakeSystem } from "./fake_system.ts";
import { runTool, withMock, withServer } from "./tool_server.ts";

Deno.test("test-request shows the answer, where the time went, and the trace with a link", async () => {
  const { code, output } = await withMock("latency=60ms", (url) => runTool(["test-request", "--url", url]));
  assertEquals(code, 0, output);
  for (const label of ["DNS", "connect", "TLS", "first byte", "total", "tokens"]) {
    assertStringIncludes(output, label);
  }
  assertMatch(
    output,
    /trace +[0-9a-f]{32} \(as sent: the answer tells of none\)\n +http:\/\/localhost:16686\/trace\/[0-9a-f]{32}/,
  );
  assertStringIncludes(output, "You said");
});

Deno.test("test-request --json measures a server's latency apart from connecting", async () => {
  const { json } = await withMock("latency=80ms", (url) => runTool(["test-request", "--url", url, "--json"]));
  assertAlmostEquals(json.timing_ms.ttfb, 80, 25);
  assert(json.timing_ms.total >= json.timing_ms.ttfb);
  assert(json.timing_ms.connect > 0 && json.timing_ms.connect < 40, String(json.timing_ms.connect));
  assertEquals([json.ok, json.status, json.timing_ms.tls, json.model], [true, 200, null, "mock"]);
});

for (const api of ["chat", "responses", "messages"]) {
  Deno.test(`test-request --api ${api} --stream prints tokens as they come`, async () => {
    const { code, output } = await withMock(
      "ttft=20ms",
      (url) => runTool(["test-request", "--url", url, "--api", api, "--stream"]),
    );
    assertEquals(code, 0, output);
    assertStringIncludes(output.replaceAll("\n", ""), "You said");
    assertStringIncludes(output, "first token");
  });
}

Deno.test("test-request --api embeddings counts the input's tokens", async () => {
  const { code, json } = await withMock(
    "",
    (url) => runTool(["test-request", "--url", url, "--api", "embeddings", "--json"]),
  );
  assertEquals([code, json.path], [0, "/v1/embeddings"]);
  assert(json.input_tokens > 0);
});

Deno.test("test-request sends key, metadata and a trace, and -v shows them but for the key", async () => {
  let headers = new Headers();
  let body: Record<string, unknown> = {};
  const { output } = await withServer(async (request) => {
    if (request.method === "GET") return new Response("{}", { status: 404 });
    headers = request.headers;
    body = await request.json();
    return Response.json({ error: { message: "Busy.", type: "rate_limit_error" } }, { status: 429 });
  }, (url) => {
    const metadata = '{"project":"debug","env":"dev"}';
    return runTool(["test-request", "--url", url, "--model", "m", "--metadata", metadata, "-v"], {
      GATEWAY_API_KEY: "planted",
    });
  });
  assertEquals(headers.get("authorization"), "Bearer planted");
  assertMatch(headers.get("traceparent") ?? "", /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  assertEquals(body.metadata, { project: "debug", env: "dev" });
  assertStringIncludes(output, "> authorization: Bearer ***");
  assertStringIncludes(output, "< 429");
  assertStringIncludes(output, "429  rate_limit_error: Busy.");
  assertEquals(output.includes("planted"), false);
});

Deno.test("test-request --test-routing asks every model and exits 1 where one fails", async () => {
  const models = ["good", "bad@status=503"];
  const routed = await withMock(
    "",
    (url) => runTool(["test-request", "--url", url, "--test-routing"]),
    models,
  );
  assertEquals(routed.code, 1);
  assertMatch(routed.output, /ok +good +200/);
  assertMatch(routed.output, /failed +bad@status=503 +503/);
  assertStringIncludes(routed.output, "1 of 2 do not answer");
});

Deno.test("test-request --list-models lists them", async () => {
  const { code, json } = await withMock(
    "",
    (url) => runTool(["test-request", "--list-models", "--json"], { GATEWAY_URL: url }),
    ["a", "b"],
  );
  assertEquals(code, 0);
  assertEquals(json.models.map(({ id }: { id: string }) => id), ["a", "b"]);
});

const BROKEN: readonly (readonly [behaviour: string, stream: boolean, type: string])[] = [
  ["html", false, "invalid_answer"],
  ["malformed", false, "invalid_answer"],
  ["no_done", true, "stream_broke_off"],
  ["error_event_after=2", true, "server_error"],
  ["disconnect_after=2", true, "connection_reset"],
];

for (const [behaviour, stream, type] of BROKEN) {
  Deno.test(`test-request tells of a server that is broken: ${behaviour}`, async () => {
    const args = ["test-request", "--json", ...(stream ? ["--stream"] : [])];
    const { code, json } = await withMock(behaviour, (url) => runTool([...args, "--url", url]));
    assertEquals([code, json.error?.type], [1, type]);
  });
}

Deno.test("test-request exits 1 where nothing listens, and says so", async () => {
  const { code, errors } = await runTool(["test-request", "--url", "http://127.0.0.1:1"]);
  assertEquals([code, errors], [1, "gateway: http://127.0.0.1:1/v1/models: connection refused"]);
});

Deno.test("test-request exits 2 where its metadata or its API is none", async () => {
  const ran = await Promise.all(
    [["--metadata", "[1]"], ["--api", "chats"], ["--max-tokens", "x"]].map((args) =>
      runTool(["test-request", ...args])
    ),
  );
  assertEquals(ran.map(({ code }) => code), [2, 2, 2]);
  assertStringIncludes(ran[1]?.errors ?? "", 'expected chat, responses, messages, embeddings, got "chats"');
});

const certificates = await testCertificates();

Deno.test({
  name: "test-request speaks TLS with a server whose authority SSL_CERT_FILE names, and tells what it took",
  ignore: certificates === null,
  async fn() {
    const { ca, cert, key } = certificates ?? { ca: "", cert: "", key: "" };
    await using server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {}, cert, key },
      createMockHandler(),
    );
    const args = ["test-request", "--url", `https://localhost:${server.addr.port}`, "--json"];
    const trusting = fakeSystem({ "/ca.pem": ca }, { SSL_CERT_FILE: "/ca.pem" });
    assertEquals(await run(args, trusting), 0, trusting.errors.join("\n"));
    const { timing_ms: timing } = JSON.parse(trusting.output.join("\n"));
    assert(timing.tls > 0 && timing.connect > 0, JSON.stringify(timing));
    const other = await runTool(args);
    assertEquals(other.code, 1);
    assertStringIncludes(other.errors, "certificate is not trusted");
  },
});
