import { assert, assertEquals } from "@std/assert";
import { APIS } from "../../../lib/tools/apis.ts";
import { FailedAnswer } from "../../../lib/tools/loadtest/failed_answer.ts";
import { Failures } from "../../../lib/tools/loadtest/failures.ts";
import { MixedRequests, parseMix, usualMix } from "../../../lib/tools/loadtest/mix.ts";
import { seededRandom } from "../../../lib/providers/mock/seeded_random.ts";
import { Timeline } from "../../../lib/tools/loadtest/timeline.ts";

const SHAPE = {
  api: APIS.chat,
  base: "/proxy",
  headers: [["host", "a"]],
  prompts: ["hé"],
  maxTokens: 5,
} as const;

Deno.test("usualMix() gives the first of three models 60 % of the requests, then 25 and 15", () => {
  assertEquals(usualMix(["a", "b", "c", "d"]), [["a", 60], ["b", 25], ["c", 15]]);
  assertEquals(usualMix(["a"]), [["a", 100]]);
});

Deno.test("parseMix() reads shares behind names that may hold anything", () => {
  assertEquals(parseMix("llama3.1:8b=70, x=y=30%"), [["llama3.1:8b", 70], ["x=y", 30]]);
  for (const text of ["", "a", "a=0", "a=1,,b=2", "=5", "a=x"]) assertEquals(parseMix(text), null, text);
});

Deno.test("MixedRequests draws kinds in their shares, and the same ones for the same seed", () => {
  const requests = new MixedRequests(usualMix(["a", "b", "c"]), 0.5, SHAPE);
  assertEquals(requests.kinds.map(({ name }) => name), [
    "a",
    "a, streamed",
    "b",
    "b, streamed",
    "c",
    "c, streamed",
  ]);
  const draw = (seed: number) => {
    const random = seededRandom(seed);
    return Array.from({ length: 10_000 }, () => requests.kind(random()));
  };
  const drawn = draw(1);
  assertEquals(draw(1), drawn);
  const share = (kind: number) => drawn.filter((it) => it === kind).length / drawn.length;
  for (const [kind, expected] of [0.3, 0.3, 0.125, 0.125, 0.075, 0.075].entries()) {
    assert(Math.abs(share(kind) - expected) < 0.02, `${kind}: ${share(kind)}`);
  }
});

Deno.test("requests are whole before the run: head, length in bytes, body", () => {
  const [kind] = new MixedRequests([["m", 1]], 0, SHAPE).kinds;
  const text = new TextDecoder().decode(kind?.requests[0]);
  const [head = "", body = ""] = text.split("\r\n\r\n");
  assert(head.startsWith("POST /proxy/v1/chat/completions HTTP/1.1\r\nhost: a\r\n"));
  assert(head.endsWith(`content-length: ${new TextEncoder().encode(body).length}`));
  assertEquals(JSON.parse(body), { model: "m", messages: [{ role: "user", content: "hé" }], max_tokens: 5 });
});

Deno.test("FailedAnswer names status and code, and quotes the message", () => {
  const rows = [
    [
      '{"error":{"message":"slow  down","type":"rate_limit_error","code":"rate_limit_exceeded"}}',
      "HTTP 429 rate_limit_exceeded",
      "slow down",
    ],
    [
      '{"type":"error","error":{"type":"overloaded_error","message":"busy"}}',
      "HTTP 429 overloaded_error",
      "busy",
    ],
    ["<html>Bad\nGateway", "HTTP 429", "<html>Bad Gateway"],
    ['{"error":"text"}', "HTTP 429", "text"],
    ["", "HTTP 429", ""],
  ] as const;
  for (const [body, reason, text] of rows) {
    const failed = new FailedAnswer();
    failed.push(new TextEncoder().encode(body));
    assertEquals([failed.reason(429), failed.text()], [reason, text]);
  }
});

Deno.test("Failures are grouped, and bounded whatever comes", () => {
  const failures = new Failures();
  for (let i = 0; i < 200; i++) failures.add("a", `reason ${i}`);
  for (let i = 0; i < 3; i++) failures.add("a", "reason 1", "later");
  const groups = failures.groups();
  assertEquals(groups.length, 51);
  assertEquals(groups[0], { reason: "other failures", kind: "", count: 150, example: "" });
  assertEquals(groups[1], { reason: "reason 1", kind: "a", count: 4, example: "" });
});

Deno.test("Timeline keeps every request in at most 600 moments, however long the run", () => {
  const timeline = new Timeline();
  for (let second = 1; second <= 10_000; second++) {
    timeline.record(second, null);
    timeline.record(null, null);
    timeline.memory(second * 1000);
    timeline.tick(second, 5);
  }
  timeline.tick(10_000.5, 5, true);
  const { moments } = timeline;
  assert(moments.length > 100 && moments.length <= 600, `${moments.length}`);
  assertEquals(moments.reduce((sum, it) => sum + it.requests, 0), 20_000);
  assertEquals(moments.reduce((sum, it) => sum + it.failures, 0), 10_000);
  assertEquals(moments.reduce((sum, it) => sum + it.seconds, 0), 10_000.5);
  assert(moments.every((it, index) => index === 0 || it.at > (moments[index - 1]?.at ?? 0)));
  assert(moments.slice(0, -1).every((it) => it.p50 !== null && Math.abs(it.p50 - it.at) < 60));
});
