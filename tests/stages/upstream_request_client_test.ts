/** Streams: the client that leaves, reads slowly or not at all, and the end of the process. */
import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import { goodStream, REQUESTS, STREAM_BEGINS, STREAMS, streamText } from "./scripts.ts";
import { gate, StageBench, turn } from "./stage_bench.ts";
import { assertOver, NEVER, provider, readOne, streamBench } from "./stream_bench.ts";

Deno.test("the client leaves before headers: the provider is let go, nothing is sent", async () => {
  for (const script of [[NEVER], [STREAM_BEGINS, NEVER], [STREAM_BEGINS, { data: ": hi\n\n" }, NEVER]]) {
    const up = provider("openai_chat", script);
    const stage = streamBench("openai_chat", [up]);
    const answer = stage.run();
    await turn();
    stage.client.leave();
    const error = await assertRejects(() => answer, GatewayError);
    assertEquals([error.code, stage.exchange.cancelStage], ["client_closed_request", "before_headers"]);
    assertEquals(up.aborted, [0]);
    assertEquals([stage.exchange.call?.status, stage.exchange.call?.usageEstimated], ["cancelled", false]);
    assertEquals([stage.deadlines.size, stage.openAnswers.size], [0, 0]);
  }
});

Deno.test("the client leaves before headers: what the provider said of its use is kept, flagged", async () => {
  const { prelude } = STREAMS.anthropic_messages;
  const stage = streamBench("anthropic_messages", [
    provider("anthropic_messages", [STREAM_BEGINS, { data: prelude }, NEVER]),
  ]);
  const answer = stage.run();
  await turn();
  stage.client.leave();
  await assertRejects(() => answer, GatewayError);
  const { call } = stage.exchange;
  assertEquals([call?.inputTokens, call?.outputTokens, call?.usageEstimated], [7, 1, true]);
});

Deno.test("the client leaves before the first token: upstream closed, stage told", async () => {
  const up = provider("openai_chat", [STREAM_BEGINS, { data: STREAMS.openai_chat.prelude }, NEVER]);
  const stage = streamBench("openai_chat", [up]);
  const answer = stage.streamed();
  await stage.pass(5001);
  await (await answer).body.cancel();
  await turn();
  assertEquals(up.aborted, [0]);
  assertEquals([stage.exchange.cancelStage, stage.exchange.status], ["before_first_token", 499]);
  assertOver(stage);
});

Deno.test("the client leaves at the last chunk: the provider's own count is no estimate", async () => {
  // Formats that tell it before their terminal event.
  for (const format of ["openai_chat", "anthropic_messages"] as const) {
    const { prelude, content, finish } = STREAMS[format];
    const up = provider(format, [STREAM_BEGINS, { data: prelude + content("Hel") + finish }, NEVER]);
    const stage = streamBench(format, [up]);
    const reader = (await stage.streamed()).body.getReader();
    await reader.read();
    await reader.cancel();
    await turn();
    const { call, status } = stage.exchange;
    assertEquals([status, call?.inputTokens, call?.outputTokens, call?.usageEstimated], [499, 7, 3, false]);
    assertEquals(up.aborted, [0]);
    assertOver(stage);
  }
});

Deno.test("the client leaves between the commit and the hand-over of the answer", async () => {
  const up = provider("openai_chat", [
    STREAM_BEGINS,
    { data: streamText("openai_chat").slice(0, -20) },
    NEVER,
  ]);
  const stage = streamBench("openai_chat", [up]);
  await stage.streamed();
  // The server has not taken the body yet: nobody could cancel it.
  stage.client.leave();
  await turn();
  assertEquals(up.aborted, [0]);
  assertEquals([stage.exchange.outcome, stage.exchange.status], ["cancelled", 499]);
  assertOver(stage);
});

Deno.test("the client leaves while the answer is being stored", async () => {
  const stored = gate();
  const stage = streamBench("openai_responses", [
    provider("openai_responses", goodStream("openai_responses")),
  ]);
  stage.request.beforeEnd = () => stored.opened;
  const reader = (await stage.streamed()).body.getReader();
  await reader.read();
  await turn();
  await reader.cancel();
  stored.open();
  await turn();
  assertEquals([stage.exchange.outcome, stage.exchange.call?.status], ["cancelled", "success"]);
  assertEquals(stage.exchange.call?.usageEstimated, false);
  assertOver(stage);
});

Deno.test("the client reads slowly: the provider is paused at the mark and resumed by reading", async () => {
  const { prelude, content } = STREAMS.openai_chat;
  const more = gate();
  const up = provider("openai_chat", [
    STREAM_BEGINS,
    { data: prelude + content("a".repeat(2000)) },
    { wait: more.opened },
    { data: content("b") },
    NEVER,
  ]);
  const stage = streamBench("openai_chat", [up], { highWaterMark: 1000 });
  const { body } = await stage.streamed();
  await turn();
  assertEquals(up.paused, [true]);
  const reader = body.getReader();
  await readOne(reader);
  await turn();
  assertEquals(up.paused, [true, false]);
  more.open();
  assertStringIncludes(await readOne(reader), '"content":"b"');
  await reader.cancel();
});

Deno.test("the client stops reading: closed after the write-stall time-out", async () => {
  const { prelude, content } = STREAMS.openai_chat;
  const up = provider("openai_chat", [STREAM_BEGINS, { data: prelude + content("a".repeat(2000)) }, NEVER]);
  const stage = streamBench("openai_chat", [up], { highWaterMark: 1000, writeStall: 60_000 });
  await stage.streamed();
  await stage.pass(59_000);
  assertEquals([stage.finished.length, stage.client.aborted], [0, 0]);
  await stage.pass(2000);
  assertEquals(stage.client.aborted, 1, "the connection is closed, or its server would wait on");
  assertEquals(up.aborted, [0]);
  assertEquals([stage.exchange.outcome, stage.exchange.status], ["cancelled", 499]);
  assertOver(stage);
});

Deno.test("the client stops reading what is left at the end: closed as well", async () => {
  const stage = streamBench("openai_chat", [provider("openai_chat", goodStream("openai_chat"))], {
    writeStall: 60_000,
  });
  const { body } = await stage.streamed();
  await turn();
  assertEquals(stage.exchange.outcome, "success");
  await stage.pass(61_000);
  assertEquals(stage.client.aborted, 1);
  await assertRejects(() => new Response(body).text());
  assertOver(stage);
});

Deno.test("the process ends: streams that began hear of it, others get an HTTP error", async () => {
  const { prelude, content } = STREAMS.openai_chat;
  const error = new GatewayError("shutting_down", "The gateway is shutting down.");

  const begun = streamBench("openai_chat", [
    provider("openai_chat", [STREAM_BEGINS, { data: prelude + content("Hel") }, NEVER]),
  ]);
  const answer = begun.text();
  await turn();
  begun.openAnswers.failAll(error);
  assertStringIncludes(await answer, '"code":"shutting_down"');
  await turn();
  assertEquals([begun.exchange.outcome, begun.exchange.status, begun.exchange.errorType], [
    "error",
    503,
    "shutting_down",
  ]);
  assertEquals([begun.exchange.call?.status, begun.exchange.call?.usageEstimated], ["error", true]);
  assertEquals(begun.exchange.cancelStage, "");
  assertOver(begun);

  for (const stream of [true, false]) {
    const up = provider("openai_chat", [NEVER]);
    const waiting = new StageBench({ providers: [up], body: { ...REQUESTS.openai_chat, stream } });
    const refused = waiting.run();
    await turn();
    waiting.openAnswers.failAll(error);
    assertEquals((await assertRejects(() => refused, GatewayError)).code, "shutting_down");
    assertEquals(up.aborted, [0]);
    assertEquals([waiting.exchange.call?.status, waiting.exchange.call?.errorType], [
      "error",
      "shutting_down",
    ]);
    assertEquals([waiting.deadlines.size, waiting.openAnswers.size], [0, 0]);
  }
});
