import { assert, assertEquals } from "@std/assert";
import type { GatewayError } from "../../lib/errors.ts";
import { decodeErrorAnswer } from "../../lib/providers/error_answer.ts";
import { upstreamHeaders } from "./headers.ts";

const KEY = "sk-test-0123456789abcdefghij";
const WALL = Date.UTC(2026, 0, 1);

function decode(status: number, body: unknown, headers: Record<string, string> = {}): GatewayError {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return decodeErrorAnswer({
    provider: "p",
    status,
    headers: upstreamHeaders(headers),
    body: new TextEncoder().encode(text),
    secrets: [KEY],
    wall: WALL,
  });
}

const ODD_KEY = "planted/provider+key=Zq81mWx0";

for (const form of [ODD_KEY, btoa(ODD_KEY), btoa(ODD_KEY).replace(/=+$/, ""), encodeURIComponent(ODD_KEY)]) {
  Deno.test(`a key is told in no form, in no part of an error: ${form.slice(0, 12)}`, () => {
    const error = decodeErrorAnswer({
      provider: "p",
      status: 400,
      headers: upstreamHeaders({}),
      body: new TextEncoder().encode(
        JSON.stringify({
          error: { message: `Bad key ${form} was given`, type: form, param: form, code: form },
        }),
      ),
      secrets: [ODD_KEY],
      wall: WALL,
    });
    const told = JSON.stringify([
      error.message,
      error.param,
      error.upstreamCode,
      error.upstreamType,
      error.details,
    ]);
    assertEquals([told.includes(form), told.includes("Bad key ***")], [false, true], told);
  });
}

interface Case {
  readonly name: string;
  readonly status: number;
  readonly body: unknown;
  readonly expected: Partial<
    Pick<GatewayError, "code" | "status" | "message" | "param" | "upstreamCode" | "upstreamType" | "details">
  >;
}

const CASES: Case[] = [
  {
    name: "OpenAI's invalid request",
    status: 400,
    body: {
      error: {
        message: "Bad temperature.",
        type: "invalid_request_error",
        param: "temperature",
        code: "bad_value",
      },
    },
    expected: {
      code: "invalid_request",
      status: 400,
      message: "Bad temperature.",
      param: "temperature",
      upstreamCode: "bad_value",
      upstreamType: "invalid_request_error",
    },
  },
  {
    name: "Anthropic's invalid request",
    status: 400,
    body: { type: "error", error: { type: "invalid_request_error", message: "max_tokens: required" } },
    expected: {
      code: "invalid_request",
      status: 400,
      message: "max_tokens: required",
      param: null,
      upstreamCode: null,
      upstreamType: "invalid_request_error",
    },
  },
  ...[
    "prompt is too long: 210000 tokens > 200000 maximum",
    "input length and `max_tokens` exceed context limit: 190000 + 64000 > 200000",
    "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
    "This model's maximum prompt length is 131072 but the request contains 200000 tokens.",
  ].map((message): Case => ({
    name: `a prompt that is too long has OpenAI's code for it: ${message}`,
    status: 400,
    body: { error: { message, type: "invalid_request_error", code: "invalid_request_error" } },
    expected: { code: "invalid_request", message, upstreamCode: "context_length_exceeded" },
  })),
  {
    name: "a code of the provider's own is left as it is",
    status: 400,
    body: { error: { message: "prompt is too long", code: "string_above_max_length" } },
    expected: { code: "invalid_request", upstreamCode: "string_above_max_length" },
  },
  {
    name: "Anthropic's unknown model",
    status: 404,
    body: { type: "error", error: { type: "not_found_error", message: "model: claude-9" } },
    expected: {
      code: "model_not_found",
      status: 404,
      message: "model: claude-9",
      upstreamType: "not_found_error",
    },
  },
  {
    name: "Anthropic's conflict of threads, with what its SDKs act on and nothing else",
    status: 409,
    body: {
      type: "error",
      error: {
        type: "invalid_request_error",
        message: "Already continued.",
        details: { error_code: "thread_already_continued", unsupported: ["a", "b c"], more: "x" },
      },
    },
    expected: {
      code: "invalid_request",
      status: 409,
      message: "Already continued.",
      details: { error_code: "thread_already_continued", unsupported: ["a"] },
    },
  },
  {
    name: "OpenAI's unknown model",
    status: 404,
    body: { error: { message: "It does not exist", type: "invalid_request_error", code: "model_not_found" } },
    expected: { code: "model_not_found", status: 404, upstreamCode: "model_not_found" },
  },
  {
    name: "another 404",
    status: 404,
    body: { error: { message: "Invalid URL", type: "invalid_request_error" } },
    expected: { code: "not_found", status: 404, message: "Invalid URL" },
  },
  {
    name: "Google's invalid argument",
    status: 400,
    body: {
      error: {
        code: 400,
        message: "Temperature must be in [0, 2].",
        status: "INVALID_ARGUMENT",
        details: [{
          "@type": "type.googleapis.com/google.rpc.BadRequest",
          fieldViolations: [{ field: "generation_config.temperature", description: "too high" }],
        }],
      },
    },
    expected: {
      code: "invalid_request",
      status: 400,
      message: "Temperature must be in [0, 2].",
      param: "generation_config.temperature",
      upstreamCode: null,
    },
  },
  {
    name: "Google's 400 for the gateway's own key, which is nothing of the client's",
    status: 400,
    body: {
      error: {
        code: 400,
        message: "API key not valid. Please pass a valid API key.",
        status: "INVALID_ARGUMENT",
        details: [{
          "@type": "type.googleapis.com/google.rpc.ErrorInfo",
          reason: "API_KEY_INVALID",
          domain: "googleapis.com",
        }],
      },
    },
    expected: {
      code: "upstream_authentication_failed",
      status: 502,
      message: "The provider 'p' did not accept the gateway's credentials.",
    },
  },
  {
    name: "Google's error in an array, as a stream of JSON has it",
    status: 404,
    body: [{ error: { code: 404, message: "models/x is not found", status: "NOT_FOUND" } }],
    expected: { code: "model_not_found", status: 404, message: "models/x is not found" },
  },
  {
    name: "Ollama's shape",
    status: 400,
    body: { error: "invalid options" },
    expected: { code: "invalid_request", message: "invalid options" },
  },
  {
    name: "old vLLM's shape, its own type and a number for a code",
    status: 400,
    body: { object: "error", message: "too long", type: "BadRequestError", param: null, code: 400 },
    expected: { message: "too long", upstreamType: null, upstreamCode: null },
  },
  {
    name: "FastAPI's validation",
    status: 422,
    body: { detail: [{ msg: "field required", loc: ["body", "messages", 0, "role"], type: "missing" }] },
    expected: { code: "invalid_request", status: 422, message: "field required", param: "messages.0.role" },
  },
  {
    name: "FastAPI's other errors",
    status: 400,
    body: { detail: "no such thing" },
    expected: { message: "no such thing" },
  },
  {
    name: "a body that is too large",
    status: 413,
    body: {
      type: "error",
      error: { type: "request_too_large", message: "Request exceeds the maximum size" },
    },
    expected: { code: "request_too_large", status: 413, message: "Request exceeds the maximum size" },
  },
  {
    name: "a rate limit",
    status: 429,
    body: { error: { message: "Slow down", type: "tokens", code: "rate_limit_exceeded" } },
    expected: {
      code: "rate_limit_exceeded",
      status: 429,
      message: "Slow down",
      upstreamCode: "rate_limit_exceeded",
      upstreamType: null,
    },
  },
  {
    name: "a wrong key",
    status: 401,
    body: {
      error: {
        message: `Incorrect API key provided: ${KEY}`,
        type: "invalid_request_error",
        code: "bad_key",
      },
    },
    expected: {
      code: "upstream_authentication_failed",
      status: 502,
      message: "The provider 'p' did not accept the gateway's credentials.",
      upstreamCode: null,
      upstreamType: null,
    },
  },
  {
    name: "a forbidden model",
    status: 403,
    body: {},
    expected: { code: "upstream_authentication_failed", status: 502 },
  },
  {
    name: "an internal error",
    status: 500,
    body: { error: { message: "boom", type: "server_error", code: "x" } },
    expected: {
      code: "upstream_error",
      status: 502,
      message: "The provider 'p' failed (status 500).",
      upstreamCode: null,
      upstreamType: null,
    },
  },
  { name: "a bad gateway", status: 502, body: "", expected: { code: "upstream_error", status: 502 } },
  {
    name: "an unavailable service",
    status: 503,
    body: "",
    expected: { code: "upstream_error", status: 503 },
  },
  {
    name: "a gateway's time-out",
    status: 504,
    body: "",
    expected: { code: "upstream_timeout", status: 504 },
  },
  {
    name: "a request's time-out",
    status: 408,
    body: "",
    expected: { code: "upstream_timeout", status: 504 },
  },
  {
    name: "Anthropic's overload",
    status: 529,
    body: { type: "error", error: { type: "overloaded_error", message: "Overloaded" } },
    expected: { code: "overloaded", status: 503, message: "The provider 'p' is overloaded." },
  },
  { name: "a redirect", status: 302, body: "", expected: { code: "upstream_error", status: 502 } },
  { name: "an unpaid bill", status: 402, body: {}, expected: { code: "upstream_error", status: 502 } },
];

for (const { name, status, body, expected } of CASES) {
  Deno.test(`decodeErrorAnswer() reads ${name}`, () => {
    const error = decode(status, body);
    const actual = Object.fromEntries(
      Object.keys(expected).map((field) => [field, error[field as keyof GatewayError]]),
    );
    assertEquals(actual, expected);
  });
}

const PAGE = "<html><body><h1>502 Bad Gateway</h1>nginx</body></html>";
const GARBAGE: unknown[] = [
  "",
  PAGE,
  "\u0000\u0001",
  "null",
  "[]",
  "42",
  '"text"',
  "{",
  { error: 1 },
  { error: {} },
  {
    error: { message: PAGE },
  },
  { error: { message: { nested: true }, code: { a: 1 }, param: ["x"], type: 3 } },
  { detail: [null] },
  { detail: 7 },
];

for (const body of GARBAGE) {
  Deno.test(`decodeErrorAnswer() echoes nothing of ${JSON.stringify(body)}`, () => {
    const error = decode(400, body);
    assertEquals(error.message, "The provider 'p' refused the request as invalid.");
    assertEquals([error.param, error.upstreamCode, error.upstreamType], [null, null, null]);
  });
}

for (const status of [400, 401, 403, 404, 422, 429, 500, 529]) {
  Deno.test(`decodeErrorAnswer() tells no key when the provider quotes it with ${status}`, () => {
    const message = `Key ${KEY} (Bearer abcdef123456, sk-other-key-000111222) of org-AbCdEf123456 is bad`;
    const error = decode(status, { error: { message, type: KEY, code: KEY, param: KEY } });
    const told = [error.message, error.cause instanceof Error ? error.cause.message : ""].join(" ");
    for (const secret of [KEY, "abcdef123456", "sk-other-key-000111222", "org-AbCdEf123456"]) {
      assert(!told.includes(secret), told);
    }
  });
}

Deno.test("decodeErrorAnswer() gives the log what it does not tell the client", () => {
  const error = decode(500, { error: { message: "CUDA out of memory" } });
  assertEquals(error.cause instanceof Error ? error.cause.message : null, "CUDA out of memory");
  assertEquals(decode(400, { error: { message: "x" } }).cause, undefined);
});

Deno.test("decodeErrorAnswer() cuts a long message and makes one line of several", () => {
  assertEquals(decode(400, { error: { message: "a\nb\tc\u0000d" } }).message, "a b c d");
  assertEquals(decode(400, { error: { message: "x".repeat(5_000) } }).message, `${"x".repeat(1_000)}…`);
});

const WAITS: [headers: Record<string, string>, seconds: number | null][] = [
  [{}, null],
  [{ "retry-after": "30" }, 30],
  [{ "retry-after": "1.5" }, 1.5],
  [{ "retry-after": "0" }, 0],
  [{ "retry-after-ms": "250" }, 0.25],
  [{ "retry-after-ms": "250", "retry-after": "30" }, 0.25],
  [{ "retry-after": "Thu, 01 Jan 2026 00:01:00 GMT" }, 60],
  [{ "retry-after": "Wed, 31 Dec 2025 23:59:00 GMT" }, -1],
  [{ "retry-after": "-5" }, -1],
  [{ "retry-after": "soon" }, -1],
  [{ "retry-after": "" }, -1],
  [{ "retry-after": "Infinity" }, -1],
];

for (const [headers, seconds] of WAITS) {
  Deno.test(`decodeErrorAnswer() reads ${JSON.stringify(headers)} as ${seconds} seconds`, () => {
    assertEquals(decode(429, {}, headers).retryAfter, seconds);
  });
}

Deno.test("decodeErrorAnswer() waits as long as Google's details ask", () => {
  const details = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "7.5s" }];
  const error = { code: 429, message: "Quota", status: "RESOURCE_EXHAUSTED", details };
  assertEquals(decode(429, { error }).retryAfter, 7.5);
  assertEquals(decode(429, { error }, { "retry-after": "2" }).retryAfter, 2);
});
