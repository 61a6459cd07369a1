import { assertEquals } from "@std/assert";
import { type ErrorCode, ERRORS, GatewayError } from "../../lib/errors.ts";
import { errorBody } from "../../lib/wire/error_body.ts";
import { googleStatus, statusOfGoogle } from "../../lib/wire/google_error.ts";

const error = new GatewayError("rate_limit_exceeded", "Slow down.", { param: "model", retryAfter: 3 });

Deno.test("errorBody() speaks each family's dialect", () => {
  assertEquals<unknown>(errorBody(error, "openai", "r"), {
    error: { message: "Slow down.", type: "rate_limit_error", param: "model", code: "rate_limit_exceeded" },
  });
  assertEquals<unknown>(errorBody(error, "anthropic", "r"), {
    type: "error",
    error: { type: "rate_limit_error", message: "Slow down." },
    request_id: "r",
  });
  assertEquals<unknown>(errorBody(error, "google", "r"), {
    error: {
      code: 429,
      message: "Slow down.",
      status: "RESOURCE_EXHAUSTED",
      details: [
        {
          "@type": "type.googleapis.com/google.rpc.ErrorInfo",
          reason: "RATE_LIMIT_EXCEEDED",
          domain: "llm-gateway",
        },
        {
          "@type": "type.googleapis.com/google.rpc.BadRequest",
          fieldViolations: [{ field: "model", description: "Slow down." }],
        },
        { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "3s" },
      ],
    },
  });
});

Deno.test("errorBody() tells Anthropic's clients alone what is for programs", () => {
  const details = { error_code: "thread_unsupported_request", unsupported: ["thread"] };
  const refused = new GatewayError("unsupported_parameter", "No.", { details });
  assertEquals<unknown>(errorBody(refused, "anthropic", "r").error, {
    type: "invalid_request_error",
    message: "No.",
    details,
  });
  assertEquals(JSON.stringify(errorBody(refused, "openai", "r")).includes("details"), false);
});

Deno.test("every error has a name of google.rpc.Code", () => {
  const expected: Partial<Record<ErrorCode, string>> = {
    invalid_request: "INVALID_ARGUMENT",
    invalid_api_key: "UNAUTHENTICATED",
    permission_denied: "PERMISSION_DENIED",
    model_not_found: "NOT_FOUND",
    method_not_allowed: "INVALID_ARGUMENT",
    request_too_large: "INVALID_ARGUMENT",
    client_closed_request: "CANCELLED",
    internal_error: "INTERNAL",
    overloaded: "UNAVAILABLE",
    upstream_timeout: "DEADLINE_EXCEEDED",
  };
  for (const [code, name] of Object.entries(expected)) {
    assertEquals(googleStatus(ERRORS[code as ErrorCode].status), name, code);
  }
});

Deno.test("statusOfGoogle() tells the HTTP status of a name", () => {
  assertEquals(statusOfGoogle("RESOURCE_EXHAUSTED"), 429);
  assertEquals(statusOfGoogle("FAILED_PRECONDITION"), 400);
  assertEquals(statusOfGoogle("rate_limit_error"), undefined);
});
