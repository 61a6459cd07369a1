import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { GatewayProcess } from "./gateway_process.ts";
import { OtlpSink } from "./otlp_sink.ts";
import { samples } from "../telemetry/metrics/scrape.ts";

const KEY = "planted-master-key";
const CONFIG = `
logging: { format: json }
server: { drain_delay: 0s, drain_grace: 2s }
providers: { mock: { type: mock } }
models: { mock: mock/mock }
auth: { master_key: ${KEY}, keys: [{ name: app, key: planted-app-key }] }
`;
const ADMIN = { headers: { authorization: `Bearer ${KEY}` } };

function ask(gateway: GatewayProcess): Promise<Response> {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer planted-app-key" },
    body: JSON.stringify({ model: "mock", messages: [{ role: "user", content: "hi" }] }),
  });
}

Deno.test("everything under /admin/ asks for the master key, in whichever header, and says what is wrong", async () => {
  await using gateway = await GatewayProcess.start({ config: CONFIG });
  for (const path of ["telemetry", "requests", "events", "nothing/of/the/kind"]) {
    for (
      const headers of [{}, { authorization: "Bearer planted-app-key" }, { "x-api-key": "x".repeat(5000) }]
    ) {
      const response = await fetch(`${gateway.url}/admin/${path}`, { headers });
      const { error } = await response.json();
      assertEquals([response.status, error.code], [401, "invalid_api_key"], path);
      assertEquals(response.headers.get("www-authenticate"), "Bearer");
    }
  }
  for (const headers of [{ authorization: `bearer ${KEY}` }, { "x-api-key": KEY }]) {
    const response = await fetch(`${gateway.url}/admin/telemetry`, { headers });
    assertEquals([response.status, response.headers.get("cache-control")], [200, "no-store"]);
    await response.body?.cancel();
  }
  const unknown = await fetch(`${gateway.url}/admin/nothing`, ADMIN);
  assertEquals([unknown.status, (await unknown.json()).error.code], [404, "not_found"]);
  // Who knocks in vain is seen; who may enter fills no log.
  await gateway.log((line) => line.event === "request.rejected" && line.path === "/admin/events");
  assertEquals(gateway.logs.some((line) => line.event === "request.end"), false);
  assertEquals(gateway.lines.join("\n").includes("planted"), false);
});

Deno.test("without a master key the admin API is off and says how to switch it on", async () => {
  await using gateway = await GatewayProcess.start({ config: CONFIG.replace(`master_key: ${KEY}, `, "") });
  const response = await fetch(`${gateway.url}/admin/telemetry`, ADMIN);
  const { error } = await response.json();
  assertEquals([response.status, error.code], [403, "permission_denied"]);
  assertStringIncludes(error.message, "GATEWAY_MASTER_KEY");
});

Deno.test("the master key comes from the environment too", async () => {
  await using gateway = await GatewayProcess.start({ config: CONFIG, env: { GATEWAY_MASTER_KEY: "other" } });
  const response = await fetch(`${gateway.url}/admin/requests`, {
    headers: { authorization: "Bearer other" },
  });
  const { total, requests } = await response.json();
  assertEquals([response.status, total, requests[0].path], [200, 1, "/admin/requests"]);
});

Deno.test("GET /admin/events streams closing lines as they come, without those of probes, and ends with the gateway", async () => {
  const gateway = await GatewayProcess.start({ config: CONFIG });
  try {
    const response = await fetch(`${gateway.url}/admin/events`, ADMIN);
    assertEquals(response.headers.get("content-type"), "text/event-stream");
    const reader = (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    const until = async (wanted: string) => {
      while (!text.includes(wanted)) {
        const { value, done } = await reader.read();
        if (done) throw new Error(`The stream ended: ${text}`);
        text += value;
      }
    };
    await until(": ping");
    await (await fetch(`${gateway.url}/livez`)).body?.cancel();
    await (await ask(gateway)).body?.cancel();
    await until("request.end");
    const data = /^event: request\.end\ndata: (\{.*\})$/m.exec(text)?.[1] ?? "";
    const line = JSON.parse(data);
    assertEquals([line.path, line.status, line.model], ["/v1/chat/completions", 200, "mock"]);
    assertEquals(line, await gateway.log(({ request_id: id }) => id === line.request_id));
    assertEquals(text.match(/^event: /gm)?.length, 1);
    gateway.signal("SIGTERM");
    while (!(await reader.read()).done);
    assertEquals((await gateway.ended).code, 0);
  } finally {
    await gateway.stop("SIGKILL");
  }
});

Deno.test("GET /admin/requests shows what is open, and refuses what it does not know", async () => {
  await using gateway = await GatewayProcess.start({ config: CONFIG });
  const stream = await fetch(`${gateway.url}/admin/events`, ADMIN);
  const { total, requests } = await (await fetch(`${gateway.url}/admin/requests?state=open`, ADMIN)).json();
  assertEquals([total, requests.length], [2, 2]);
  assertEquals([requests[0].path, requests[0].stage], ["/admin/events", "streaming"]);
  assert(requests[0].ageMs >= 0);
  await stream.body?.cancel();
  for (const [query, param] of [["state=closed", "state"], ["limit=0", "limit"], ["limit=many", "limit"]]) {
    const response = await fetch(`${gateway.url}/admin/requests?${query}`, ADMIN);
    const { error } = await response.json();
    assertEquals([response.status, error.param], [400, param]);
    assertStringIncludes(error.message, `Invalid '${param}': expected `);
  }
});

Deno.test("exporter health and the account of telemetry are on /admin/telemetry, /readyz?verbose and /metrics", async () => {
  const sink = new OtlpSink();
  const tracing = (endpoint: string) =>
    `${CONFIG}\nobservability: { tracing: { exporter: { endpoint: "${endpoint}", protocol: http/json, timeout: 100ms }, batch: { delay: 50ms } } }\n`;
  {
    await using gateway = await GatewayProcess.start({ config: tracing(sink.endpoint) });
    await (await ask(gateway)).body?.cancel();
    const report = async () => await (await fetch(`${gateway.url}/admin/telemetry`, ADMIN)).json();
    let last = await report();
    while (last.signals.traces.exported < 3) last = await report();
    assertEquals(last.signals.traces, {
      produced: 3,
      exported: 3,
      dropped: 0,
      failed: 0,
      queued: 0,
      balanced: true,
    });
    assertEquals(
      last.exporters.map((one: Record<string, unknown>) => [one["signal"], one["healthy"]]),
      [["logs", true], ["traces", true]],
    );
    const ready = await (await fetch(`${gateway.url}/readyz?verbose`)).json();
    assertEquals(ready.exporters, [
      { signal: "logs", status: "ok" },
      { signal: "traces", status: "ok" },
    ]);
  }
  await sink[Symbol.asyncDispose]();
  await using gateway = await GatewayProcess.start({ config: tracing(sink.endpoint) });
  await (await ask(gateway)).body?.cancel();
  await gateway.log((line) => String(line.msg) === "Failed to export spans: connection refused");
  const response = await fetch(`${gateway.url}/readyz?verbose`);
  assertEquals([response.status, (await response.json()).exporters], [200, [
    { signal: "logs", status: "ok" },
    { signal: "traces", status: "failing", error: "connection refused" },
  ]]);
  const metrics = samples(await (await fetch(`${gateway.url}/metrics`)).text());
  assertEquals(metrics.get('gateway_telemetry_exporter_up{signal="traces"}'), 0);
  assertEquals(metrics.get('gateway_telemetry_dropped_total{signal="traces"}'), 3);
});
