import { assertEquals } from "@std/assert";
import { entryOf, type LogEntry } from "../../../lib/tools/logs/log_entry.ts";

const GATEWAY = {
  time: "2026-03-01T10:00:00.500Z",
  level: "ERROR",
  event: "request.error",
  request_id: "r1",
  trace_id: "t1",
  method: "POST",
  path: "/v1/responses",
  status: 503,
  duration_ms: 1200.5,
  ttfb_ms: 300,
  overhead_ms: 0.4,
  provider: "openai",
  model: "gpt-5",
  input_tokens: 10,
  output_tokens: 3,
  cost_usd: 0.01,
  key: "ab12",
  error_type: "upstream_unavailable",
  error: "No provider answers.",
};

const PAYLOAD = {
  id: "chatcmpl-1",
  trace_id: "t2",
  call_type: "acompletion",
  response_cost: 0.002,
  status: "failure",
  prompt_tokens: 7,
  completion_tokens: 0,
  startTime: 1772359200.25,
  endTime: 1772359201.5,
  completionStartTime: 1772359201.5,
  model: "gpt-4o",
  model_group: "fast",
  custom_llm_provider: "openai",
  metadata: { user_api_key_alias: "team-a", user_api_key_hash: "88dc28d0f030c55ed4ab77ed8faf098196cb1c05" },
  error_information: { error_code: "429", error_class: "RateLimitError", error_message: "Slow down." },
};

const CASES:
  readonly (readonly [name: string, record: Record<string, unknown>, expected: Partial<LogEntry>])[] = [
    ["the gateway's closing line", GATEWAY, {
      time: Date.parse("2026-03-01T10:00:00.500Z"),
      closes: true,
      failed: true,
      status: 503,
      durationMs: 1200.5,
      model: "gpt-5",
      key: "ab12",
      costUsd: 0.01,
      errorType: "upstream_unavailable",
    }],
    ["the gateway's start of a request", { ...GATEWAY, event: "request.start" }, {
      closes: false,
      failed: false,
    }],
    ["a client that left", { ...GATEWAY, event: "request.cancelled", status: 499, error_type: undefined }, {
      closes: true,
      failed: false,
    }],
    ["the gateway's word about itself", {
      level: "ERROR",
      event: "telemetry.failed",
      msg: "Failed to export spans",
    }, {
      closes: false,
      error: "Failed to export spans",
      errorType: "error",
    }],
    ["LiteLLM's payload of a failure", PAYLOAD, {
      time: 1772359201500,
      closes: true,
      failed: true,
      status: 429,
      durationMs: 1250,
      ttfbMs: NaN,
      model: "fast",
      key: "team-a",
      inputTokens: 7,
      costUsd: 0.002,
      errorType: "RateLimitError",
      error: "Slow down.",
      requestId: "chatcmpl-1",
    }],
    ["LiteLLM's payload of a stream", {
      ...PAYLOAD,
      status: "success",
      completionStartTime: 1772359200.75,
      error_information: null,
      metadata: null,
    }, { failed: false, status: 200, ttfbMs: 500, errorType: "", key: "" }],
    ["LiteLLM's access line", {
      message: '127.0.0.1:41234 - "POST /v1/chat/completions?beta=true HTTP/1.1" 429',
      level: "INFO",
      timestamp: "2026-03-01T10:00:00.123456",
    }, { closes: true, failed: true, status: 429, method: "POST", path: "/v1/chat/completions" }],
    ["LiteLLM's exception", {
      message: "litellm.proxy.proxy_server.chat_completion(): Exception occured",
      level: "ERROR",
      timestamp: "2026-03-01T10:00:00.123456",
      stacktrace:
        "Traceback (most recent call last):\n  File x\nlitellm.exceptions.RateLimitError: too many\n",
    }, { closes: false, errorType: "RateLimitError", time: Date.parse("2026-03-01T10:00:00.123Z") }],
    ["a line of Python's", {
      time: "2026-03-01 10:00:00,123",
      severity: "warning",
      status_code: "200",
      latency_ms: 5,
    }, {
      time: Date.parse("2026-03-01T10:00:00.123Z"),
      level: "WARNING",
      closes: true,
      status: 200,
      durationMs: 5,
    }],
    ["nothing that it knows", { a: [1], level: 3 }, { closes: false, level: "", time: NaN }],
  ];

for (const [name, record, expected] of CASES) {
  Deno.test(`entryOf() reads ${name}`, () => {
    const entry = entryOf(record);
    const shown = Object.fromEntries(
      Object.keys(expected).map((field) => [field, entry[field as keyof LogEntry]]),
    );
    assertEquals(shown, expected);
  });
}
