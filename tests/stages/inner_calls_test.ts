/** Calls of models that stages make for their own work. */
import { assertEquals, assertRejects } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import { InnerCalls } from "../../lib/stages/inner_calls.ts";
import { SpanProjection } from "../../lib/telemetry/projections/spans.ts";
import { servicesAt } from "./services.ts";
import { type BenchOptions, StageBench } from "./stage_bench.ts";
import { ScriptedProvider, type Step } from "./scripted_provider.ts";
import { errorAnswer, goodAnswer } from "./scripts.ts";

const STAGE = { spanId: "5".repeat(16) };

function answer(json: unknown): Step[] {
  const headers = { "content-type": "application/json" };
  return [{ response: 200, headers }, { data: JSON.stringify(json) }, { end: true }];
}

function scene(...providers: ScriptedProvider[]): { bench: StageBench; calls: InnerCalls } {
  const options: BenchOptions = { providers };
  const bench = new StageBench(options);
  bench.exchange.traced = true;
  const models = new Map([
    ["inner", { name: "inner", targets: bench.request.targets, missing: [], created: 0 }],
  ]);
  return {
    bench,
    calls: new InnerCalls({ models, upstream: bench.options, embeddings: {}, services: servicesAt() }),
  };
}

Deno.test("InnerCalls.embed() gives a vector for each text, and records a call below the stage's span", async () => {
  const vectors = {
    data: [{ index: 0, embedding: [1, 0] }, { index: 1, embedding: [0, 1] }],
    usage: { prompt_tokens: 4 },
  };
  const up = new ScriptedProvider("up", [], [answer(vectors)], { embeddings: { path: "/embeddings" } });
  const { bench, calls } = scene(up);
  assertEquals(await calls.embed(bench.exchange, STAGE, "inner", ["a", "b"]), [
    Float32Array.of(1, 0),
    Float32Array.of(0, 1),
  ]);
  const { call, innerCalls: [inner], droppedParams } = bench.exchange;
  assertEquals([call, droppedParams], [null, ""]);
  assertEquals([inner?.operation, inner?.status, inner?.inputTokens], ["embed", "success", 4]);
  assertEquals(inner?.parentSpanId, STAGE.spanId);
  assertEquals(bench.exchange.phases.ttft, NaN);
  // What the client sends along is for its own call.
  assertEquals(up.requests[0]?.headers.filter((name) => name !== "traceparent").length, 0);
});

Deno.test("InnerCalls.complete() speaks OpenAI's format whatever the provider speaks", async () => {
  for (const format of ["openai_chat", "anthropic_messages"] as const) {
    const { bench, calls } = scene(new ScriptedProvider("up", [format], [goodAnswer(format)]));
    const completion = await calls.complete(bench.exchange, STAGE, "inner", {
      messages: [{ role: "user", content: "Hi" }],
      max_tokens: 5,
    });
    assertEquals(completion["object"], "chat.completion");
    assertEquals(bench.exchange.innerCalls.map(({ operation, status }) => [operation, status]), [[
      "generate",
      "success",
    ]]);
    assertEquals(bench.exchange.call, null);
  }
});

Deno.test("InnerCalls tells of a failure, and the record keeps it apart from the request's own", async () => {
  const { bench, calls } = scene(new ScriptedProvider("up", ["openai_chat"], [errorAnswer(400)]));
  await assertRejects(() => calls.complete(bench.exchange, STAGE, "inner", { messages: [] }), GatewayError);
  assertEquals(bench.exchange.innerCalls[0]?.status, "error");
  assertEquals([bench.exchange.errorType, bench.exchange.cancelStage], ["", ""]);
  await assertRejects(() => calls.embed(bench.exchange, STAGE, "absent", ["x"]), GatewayError, "'absent'");
});

Deno.test("InnerCalls refuses an answer that has not a vector for each text", async () => {
  const data = [{ index: 0, embedding: [1] }, { index: 1, embedding: [1] }];
  const up = new ScriptedProvider("up", [], [answer({ data })], { embeddings: { path: "/embeddings" } });
  const { bench, calls } = scene(up);
  const error = await assertRejects(() => calls.embed(bench.exchange, STAGE, "inner", ["a"]), GatewayError);
  assertEquals(error.code, "upstream_invalid_response");
});

Deno.test("a stage's call is a span below the stage's, and its attempts below that", async () => {
  const { bench, calls } = scene(new ScriptedProvider("up", ["openai_chat"], [goodAnswer("openai_chat")]));
  const { exchange } = bench;
  exchange.sampled = true;
  exchange.spanId = "1".repeat(16);
  await calls.complete(exchange, STAGE, "inner", { messages: [{ role: "user", content: "Hi" }] });
  exchange.finish("success", 200, bench.clock.now());
  const spans: string[][] = [];
  const consumer = {
    add: (span: { name: string; spanId: string; parentSpanId: string }) => {
      spans.push([span.name, span.spanId, span.parentSpanId]);
    },
  };
  new SpanProjection({ profiles: ["gateway"], maxAttributes: 128, maxLength: Infinity }, [consumer]).project(
    exchange,
  );
  const [inner] = exchange.innerCalls;
  assertEquals(spans.slice(1), [
    ["provider.generate", inner?.spanId ?? "", STAGE.spanId],
    ["POST", inner?.attempts[0]?.spanId ?? "", inner?.spanId ?? ""],
  ]);
});
