import { assertEquals } from "@std/assert";
import { GatewayError } from "../../../lib/errors.ts";
import {
  estimateUsage,
  judgeAttempt,
  recordError,
  recordObserved,
  recordUnended,
} from "../../../lib/stages/upstream/call_record.ts";
import { clientGone, incompleteStream } from "../../../lib/stages/upstream/failure.ts";
import { Attempt, Exchange, ModelCall } from "../../../lib/telemetry/exchange.ts";
import type { Observed } from "../../../lib/wire/codec.ts";

const NOTHING: Observed = {
  responseId: "",
  model: "",
  finishReason: "",
  usage: null,
  error: null,
  final: null,
};

function call(chunks = 0): ModelCall {
  const made = new ModelCall("generate_stream");
  made.chunks = chunks;
  return made;
}

function tokens({ inputTokens, outputTokens, usageEstimated }: ModelCall) {
  return [inputTokens, outputTokens, usageEstimated];
}

Deno.test("recordObserved() notes what the provider said and leaves open what it did not", () => {
  const made = call();
  recordObserved(made, { ...NOTHING, responseId: "r", model: "m", finishReason: "stop" });
  assertEquals([made.responseId, made.responseModel, made.finishReason], ["r", "m", "stop"]);
  assertEquals(tokens(made), [NaN, NaN, false]);
  recordObserved(made, {
    ...NOTHING,
    usage: { input: 7, output: 3, cached: 2, cacheCreation: 1, reasoning: 4 },
  });
  assertEquals(tokens(made), [7, 3, false]);
  assertEquals([made.cachedTokens, made.cacheCreationTokens, made.reasoningTokens], [2, 1, 4]);
});

Deno.test("estimateUsage() judges output by the events, input by the request's size, and flags both", () => {
  const made = call(5);
  estimateUsage(made, 401);
  assertEquals(tokens(made), [101, 5, true]);
});

Deno.test("recordUnended() keeps what is final, estimates what is not, and makes nothing of nothing", () => {
  const usage = { input: 7, output: 1 };
  const cases: [name: string, chunks: number, observed: Partial<Observed>, expected: unknown[]][] = [
    ["nothing was seen", 0, {}, [NaN, NaN, false]],
    ["content alone", 4, {}, [25, 4, true]],
    ["counts of the beginning", 4, { usage }, [7, 4, true]],
    ["counts of the beginning, no content", 0, { usage }, [7, 1, true]],
    ["counts that are ahead of the events", 4, { usage: { input: 7, output: 9 } }, [7, 9, true]],
    ["counts of the end", 4, { usage: { input: 7, output: 3 }, finishReason: "stop" }, [7, 3, false]],
    ["the end without counts", 4, { finishReason: "stop" }, [25, 4, true]],
  ];
  for (const [name, chunks, observed, expected] of cases) {
    const made = call(chunks);
    recordUnended(made, { ...NOTHING, ...observed }, 100);
    assertEquals(tokens(made), expected, name);
  }
});

Deno.test("judgeAttempt() puts an attempt right", () => {
  assertEquals(judgeAttempt(null, null), "success");
  const attempt = new Attempt("p", "m");
  // A stream that broke off looked like a success to the transport.
  attempt.status = "success";
  assertEquals(judgeAttempt(attempt, incompleteStream("p")), "error");
  assertEquals([attempt.status, attempt.errorType], ["error", "upstream_stream_incomplete"]);
  for (const error of [clientGone(), new GatewayError("shutting_down", "x")]) {
    assertEquals(judgeAttempt(attempt, { error, advice: "never" }), "cancelled");
    assertEquals([attempt.status, attempt.errorType], ["cancelled", ""]);
  }
});

Deno.test("recordError() tells the log the cause too", () => {
  const exchange = new Exchange(0, 0, { finished: () => {} });
  recordError(
    exchange,
    new GatewayError("upstream_timeout", "Too late.", { cause: new Error("timeout_total") }),
  );
  assertEquals([exchange.errorType, exchange.errorMessage], ["upstream_timeout", "Too late. timeout_total"]);
  recordError(exchange, new GatewayError("not_found", "Nothing."));
  assertEquals([exchange.errorType, exchange.errorMessage], ["not_found", "Nothing."]);
});
