import { assertEquals, assertLess } from "@std/assert";
import { Attempt, type Exchange } from "../../../lib/telemetry/exchange.ts";
import { LOG_FIELDS } from "../../../lib/telemetry/names/log_fields.ts";
import { closingEvent } from "../../../lib/telemetry/projections/closing_event.ts";
import { closingLine, startLine } from "../../../lib/telemetry/projections/log_line.ts";
import { prettyClosing } from "../../../lib/telemetry/projections/pretty_line.ts";
import { decimalMs, isoTime } from "../../../lib/telemetry/projections/text.ts";
import { answered, answeredAttempt, answeredCall, arrived, end, SPAN_IDS, TRACE_ID } from "../exchanges.ts";
import { principal } from "../../principal.ts";

type Line = Record<string, unknown>;

function lineOf(exchange: Exchange, slowMs = 0): Line {
  return JSON.parse(closingLine(exchange, closingEvent(exchange, slowMs)));
}

Deno.test("closingLine() tells all that is known of an answered request", () => {
  assertEquals(lineOf(answered()), {
    time: "2026-03-03T06:36:44.104Z",
    timestamp: "2026-03-03T06:36:44.104Z",
    level: "INFO",
    msg: "response generated",
    message: "response generated",
    event: "request.end",
    request_id: "74722802-6be1-4e14-8e73-d86823fed3e3",
    trace_id: TRACE_ID,
    span_id: SPAN_IDS.server,
    method: "POST",
    path: "/v1/responses",
    status: 200,
    duration_ms: 104,
    overhead_ms: 4,
    ttfb_ms: 43,
    provider: "openai",
    model: "gpt-4o-mini-2024-07-18",
    requested_model: "gpt-4o-mini",
    endpoint: "api.openai.com:443",
    stream: false,
    input_tokens: 23,
    output_tokens: 156,
    attempts: 1,
    finish_reason: "stop",
    upstream_request_id: "req_abc",
    client_address: "127.0.0.1",
    user_agent: "curl/8.9.1",
  });
});

Deno.test("closingLine() writes every field of the table, in its order", () => {
  const exchange = arrived();
  const call = answeredCall(exchange, "generate_stream");
  call.longestGapMs = 12.5;
  call.cachedTokens = 8;
  call.usageEstimated = true;
  const failed = answeredAttempt(exchange);
  failed.status = "error";
  failed.httpStatus = 429;
  failed.errorType = "rate_limit_exceeded";
  call.attempts.unshift(failed);
  exchange.costUsd = 0.00125;
  exchange.errorType = "upstream_error";
  exchange.errorMessage = 'The provider said "no"\n';
  exchange.principal = principal({ keyTail: "ab12", name: "n" });
  exchange.user = "user-1";
  exchange.runId = "resp_1";
  exchange.metadata = { project: "debug" };
  exchange.cache = "miss";
  exchange.category = "math";
  exchange.securityAction = "allowed";
  end(exchange, "error", 502);
  const said = { query: "q", request_body: "{}", response_body: "{}" };
  const line = JSON.parse(closingLine(exchange, closingEvent(exchange, 0), said));
  assertEquals(Object.keys(line), Object.keys(LOG_FIELDS));
  assertEquals(line["error"], 'The provider said "no"\n');
  assertEquals(line["attempts"], 2);
  assertEquals(line["metadata"], { project: "debug" });
  assertEquals(line["attempt_errors"], [{
    provider: "openai",
    model: "gpt-4o-mini-2024-07-18",
    status: 429,
    error_type: "rate_limit_exceeded",
  }]);
});

Deno.test("closingLine() leaves out what has no value", () => {
  const exchange = arrived();
  exchange.traced = false;
  exchange.userAgent = "";
  exchange.requestedModel = "";
  exchange.finish("rejected", 404, exchange.startedAt + 1);
  assertEquals(Object.keys(lineOf(exchange)), [
    "time",
    "timestamp",
    "level",
    "msg",
    "message",
    "event",
    "request_id",
    "method",
    "path",
    "status",
    "duration_ms",
    "overhead_ms",
    "client_address",
  ]);
});

const EVENTS: readonly [
  outcome: Exclude<Exchange["outcome"], "">,
  status: number,
  event: string,
  level: string,
][] = [
  ["success", 200, "request.end", "INFO"],
  ["cancelled", 499, "request.cancelled", "INFO"],
  ["blocked", 403, "request.blocked", "WARNING"],
  ["rejected", 404, "request.rejected", "WARNING"],
  ["error", 502, "request.error", "ERROR"],
];

for (const [outcome, status, event, level] of EVENTS) {
  Deno.test(`closingEvent() of ${outcome} is ${event} at ${level}`, () => {
    const line = lineOf(end(arrived(), outcome, status));
    assertEquals([line["event"], line["level"], line["status"]], [event, level, status]);
  });
}

Deno.test("closingEvent() of a run in the background is no request's", () => {
  const run = (outcome: Exclude<Exchange["outcome"], "">, status: number) => {
    const exchange = arrived();
    exchange.runId = "resp_1";
    const line = lineOf(end(exchange, outcome, status), 1);
    return [line["event"], line["level"], line["response_id"]];
  };
  assertEquals(run("success", 200), ["run.end", "INFO", "resp_1"]);
  assertEquals(run("cancelled", 499), ["run.cancelled", "INFO", "resp_1"]);
  assertEquals(run("blocked", 403), ["run.failed", "WARNING", "resp_1"]);
  assertEquals(run("rejected", 404), ["run.failed", "WARNING", "resp_1"]);
  assertEquals(run("error", 502), ["run.failed", "ERROR", "resp_1"]);
});

Deno.test("closingEvent() is request.slow at WARNING when a success took longer than the threshold", () => {
  assertEquals(lineOf(answered(), 104)["event"], "request.end");
  const slow = lineOf(answered(), 103);
  assertEquals([slow["event"], slow["level"]], ["request.slow", "WARNING"]);
  assertEquals(lineOf(end(arrived(), "error", 500), 1)["event"], "request.error");
});

Deno.test("closingEvent() of health and metrics requests is at DEBUG", () => {
  const exchange = arrived();
  exchange.background = true;
  assertEquals(lineOf(end(exchange, "success", 200), 1)["level"], "DEBUG");
});

Deno.test("closingLine() takes waiting for attempts and their queue out of overhead_ms", () => {
  const exchange = arrived();
  const call = answeredCall(exchange);
  const unsent = new Attempt("openai", "m");
  unsent.queuedMs = 1.5;
  call.attempts.push(unsent);
  const open = answeredAttempt(exchange);
  open.startedAt = exchange.startedAt + 103;
  open.endedAt = NaN;
  call.attempts.push(open);
  assertEquals(lineOf(end(exchange, "error", 502))["overhead_ms"], 1.5);
});

Deno.test("closingLine() stays one line of JSON whatever a client sends", () => {
  const exchange = answered();
  exchange.userAgent = 'a"b\\\n\u2028\u0000\ud800';
  exchange.requestedModel = '","level":"CRITICAL';
  const text = closingLine(exchange, closingEvent(exchange, 0));
  assertEquals(text.includes("\n"), false);
  assertEquals(JSON.parse(text)["requested_model"], '","level":"CRITICAL');
  assertEquals(JSON.parse(text)["level"], "INFO");
});

Deno.test("startLine() says that a request came, and is no closing line", () => {
  const line = JSON.parse(startLine(arrived(), "INFO"));
  assertEquals([line["event"], line["level"], line["method"]], ["request.start", "INFO", "POST"]);
  assertEquals(line["trace_id"], TRACE_ID);
});

Deno.test("prettyClosing() tells the same for people", () => {
  const exchange = answered();
  assertEquals(
    prettyClosing(exchange, closingEvent(exchange, 0), false),
    "06:36:44.104 INFO     POST /v1/responses 200 104 ms  openai/gpt-4o-mini-2024-07-18  23 → 156 tokens",
  );
});

Deno.test("prettyClosing() tells of no output where there is none, and of no model where none was asked", () => {
  const embedding = arrived();
  answeredCall(embedding, "embed").outputTokens = NaN;
  end(embedding, "success", 200);
  const line = prettyClosing(embedding, closingEvent(embedding, 0), false);
  assertEquals(line.endsWith("openai/gpt-4o-mini-2024-07-18  23 tokens"), true, line);
  const files = arrived();
  const call = answeredCall(files, "files");
  [call.model, call.inputTokens, call.outputTokens] = ["", NaN, NaN];
  end(files, "success", 200);
  assertEquals(prettyClosing(files, closingEvent(files, 0), false).endsWith(" ms  openai"), true);
});

Deno.test("prettyClosing() lets no client move the cursor", () => {
  const exchange = arrived();
  exchange.path = "/\x1b[2J\x9b";
  end(exchange, "rejected", 404);
  const text = prettyClosing(exchange, closingEvent(exchange, 0), false);
  assertEquals(text.includes("\x1b") || text.includes("\x9b"), false);
});

Deno.test("isoTime() agrees with Date for any time", () => {
  for (const wall of [0, 999, 1000, 1772519804104, 1772519804999.9, 1772519804000]) {
    assertEquals(isoTime(wall), new Date(wall).toISOString());
  }
});

const DECIMALS: readonly [number, string][] = [
  [0, "0"],
  [0.0004, "0"],
  [0.0005, "0.001"],
  [1, "1"],
  [1.5, "1.5"],
  [12.3456, "12.346"],
  [1234.05, "1234.05"],
  [99.9996, "100"],
  [-1, "0"],
  [NaN, "0"],
  [Infinity, "0"],
];

for (const [ms, text] of DECIMALS) {
  Deno.test(`decimalMs() of ${ms} is ${text}`, () => assertEquals(decimalMs(ms), text));
}

Deno.test("closingLine() of an answered request stays under a kilobyte", () => {
  const exchange = answered();
  assertLess(closingLine(exchange, closingEvent(exchange, 0)).length, 1024);
});
