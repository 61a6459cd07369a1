import { assertEquals } from "@std/assert";
import { GatewayError } from "../../../lib/errors.ts";
import { fallbackReason } from "../../../lib/stages/backends/fallback_reason.ts";

const ROWS:
  readonly (readonly [status: number, code: string | undefined, message: string, reason: string | null])[] = [
    [400, "context_length_exceeded", "x", "context_window"],
    [400, undefined, "This model's maximum context length is 8192 tokens.", "context_window"],
    [400, undefined, "prompt is too long: 250000 tokens > 200000 maximum", "context_window"],
    [400, undefined, "The input token count exceeds the maximum number of tokens allowed.", "context_window"],
    [413, undefined, "Input is too long for requested model.", "context_window"],
    [400, "content_filter", "x", "content_policy"],
    [
      400,
      undefined,
      "The response was filtered due to Azure OpenAI's content management policy.",
      "content_policy",
    ],
    [400, "invalid_request_error", "Unknown parameter: 'foo'.", null],
    [401, undefined, "prompt is too long", null],
    [500, "context_length_exceeded", "x", null],
  ];

for (const [status, upstreamCode, message, reason] of ROWS) {
  Deno.test(`fallbackReason() of ${status} ${upstreamCode ?? ""} "${message}" is ${reason}`, () => {
    assertEquals(
      fallbackReason(new GatewayError("invalid_request", message, { status, upstreamCode })),
      reason,
    );
  });
}
