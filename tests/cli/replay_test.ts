import { assertEquals, assertStringIncludes } from "@std/assert";
import { runTool, withMock, withServer } from "./tool_server.ts";

const BODY = { model: "m", messages: [{ role: "user", content: "Hi" }] };

function line(id: string, body: unknown, more: Record<string, unknown> = {}): string {
  return `${
    JSON.stringify({
      time: "2026-03-01T10:00:00Z",
      event: "request.end",
      request_id: id,
      method: "POST",
      path: "/v1/chat/completions",
      status: 200,
      duration_ms: 50,
      request_body: typeof body === "string" ? body : JSON.stringify(body),
      ...more,
    })
  }\n`;
}

Deno.test("replay sends whole requests again and refuses others by name", async () => {
  const bodies: unknown[] = [];
  const input = line("later", { ...BODY, user: "2" }, { time: "2026-03-01T10:00:05Z" }) +
    line("first", BODY) +
    line("cut", `${JSON.stringify(BODY).slice(0, 20)}… [5000 characters]`) +
    line("masked", { ...BODY, api_key: "***" }) +
    line("unread", "[2000000 bytes]") +
    line("form", "--x\r\n") +
    line("none", BODY, { request_body: undefined }) +
    line("start", BODY, { event: "request.start" });
  const ran = await withServer(async (request) => {
    bodies.push(await request.json());
    return Response.json({ ok: true });
  }, (url) => runTool(["replay", "-", "--url", url, "--json"], {}, input));
  assertEquals(ran.code, 0);
  assertEquals(bodies, [BODY, { ...BODY, user: "2" }]);
  const { results, refused } = ran.json;
  assertEquals(results.map((row: { request_id: string; status: number }) => [row.request_id, row.status]), [
    ["first", 200],
    ["later", 200],
  ]);
  assertEquals(refused.map((row: { request_id: string }) => row.request_id), [
    "cut",
    "masked",
    "unread",
    "form",
    "none",
  ]);
  assertStringIncludes(JSON.stringify(refused), "logging.max_body_length");
});

Deno.test("replay exits 1 where a request that was answered well fails now", async () => {
  const input = line("good", BODY) + line("was-bad", { ...BODY, model: "m@status=503" }, { status: 503 });
  const [fine, worse] = await withMock("", (url) =>
    Promise.all([
      runTool(["replay", "-", "--url", url], {}, input),
      runTool(["replay", "-", "--url", url, "--as-model", "m@status=500"], {}, input),
    ]));
  assertEquals([fine?.code, worse?.code], [0, 1]);
  assertStringIncludes(fine?.output ?? "", "2 sent, 1 answered well");
  assertStringIncludes(worse?.output ?? "", "1 that were answered well fail now");
});

Deno.test("replay reads what LiteLLM gives its callbacks", async () => {
  const payload = JSON.stringify({
    id: "c1",
    call_type: "acompletion",
    status: "success",
    startTime: 1,
    endTime: 2,
    model: "gpt-4o",
    model_group: "fast",
    messages: BODY.messages,
    model_parameters: { temperature: 0.5 },
  });
  const { json } = await runTool(["replay", "-", "--dry-run", "--json"], {}, payload);
  const [request] = json.requests;
  assertEquals([request.path, JSON.parse(request.body)], [
    "/v1/chat/completions",
    { temperature: 0.5, model: "fast", messages: BODY.messages },
  ]);
});

Deno.test("replay picks one request, and exits 1 where none is left", async () => {
  const input = line("a", BODY) + line("b", BODY);
  const one = await runTool(["replay", "-", "--dry-run", "--json", "--request", "b"], {}, input);
  assertEquals(one.json.requests.map((row: { request_id: string }) => row.request_id), ["b"]);
  const id = "43e27195-3d37-454c-98f2-cd9e9be602d0";
  const short = await runTool(
    ["replay", "-", "--dry-run", "--json", "--request", "43e27195"],
    {},
    input + line(id, BODY),
  );
  assertEquals(short.json.requests.map((row: { request_id: string }) => row.request_id), [id]);
  const unknown = await runTool(["replay", "-", "--dry-run", "--request", "c"], {}, input);
  assertEquals([unknown.code, unknown.errors.includes("no such request is in the log")], [1, true]);
  const none = await runTool(
    ["replay", "-", "--url", "http://127.0.0.1:1"],
    {},
    line("x", BODY, { request_body: undefined }),
  );
  assertEquals([none.code, none.errors.includes("its body was not captured (logging.log_requests)")], [
    1,
    true,
  ]);
});

Deno.test("replay exits 2 without a log", async () => {
  assertEquals((await runTool(["replay"])).code, 2);
});
