/** Streams: what is free before the commit point and what is not after it. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import type { WireFormat } from "../../lib/wire/canonical.ts";
import { ScriptedProvider, type Step } from "./scripted_provider.ts";
import { errorAnswer, goodStream, STREAM_BEGINS, STREAMS, streamText } from "./scripts.ts";
import { gate } from "./stage_bench.ts";
import { assertOver, ERROR_EVENT, FORMATS, provider, readOne, streamBench } from "./stream_bench.ts";

/** What keeps a stream alive in place of a comment. */
const PINGS: Readonly<Partial<Record<WireFormat, string>>> = {
  ollama_chat: "",
  google_generate_content: "\n",
};

Deno.test("the commit point: errors before content are HTTP errors", async () => {
  const { prelude } = STREAMS.openai_chat;
  const scripts: [Step[], number, string][] = [
    [errorAnswer(429), 429, "rate_limit_exceeded"],
    [errorAnswer(400), 400, "invalid_request"],
    [errorAnswer(500), 502, "upstream_error"],
    [[{ error: "connection_refused", sent: false }], 502, "upstream_connection_failed"],
    [[{ error: "queue_full", sent: false }], 503, "overloaded"],
    [[{ error: "timeout_connect", sent: false }], 504, "upstream_timeout"],
    [[{ error: "timeout_first_chunk" }], 504, "upstream_timeout"],
    [[STREAM_BEGINS, { data: prelude }, { error: "timeout_between_chunks" }], 504, "upstream_timeout"],
    [[STREAM_BEGINS, { data: prelude }, { end: true }], 502, "upstream_stream_incomplete"],
    [[STREAM_BEGINS, { end: true }], 502, "upstream_stream_incomplete"],
    [
      [{ response: 200, headers: { "content-type": "text/html" } }, { data: "<html>" }],
      502,
      "upstream_invalid_response",
    ],
    [
      [{ response: 200, headers: { "content-type": "application/json" } }, { data: "{}" }],
      502,
      "upstream_invalid_response",
    ],
    [[STREAM_BEGINS, { data: prelude + "data: not json\n\n" }], 502, "upstream_invalid_response"],
    [
      [STREAM_BEGINS, { data: prelude + 'data: {"error":{"message":"x","type":"server_error"}}\n\n' }],
      502,
      "upstream_error",
    ],
  ];
  for (const [script, status, code] of scripts) {
    const up = provider("openai_chat", script);
    const stage = streamBench("openai_chat", [up]);
    const error = await assertRejects(() => stage.run(), GatewayError);
    assertEquals([error.status, error.code], [status, code], JSON.stringify(script));
    assertEquals(stage.exchange.deferred, false, "the answer is an ordinary one");
    assertEquals(stage.exchange.call?.status, "error");
    assertEquals([stage.deadlines.size, stage.openAnswers.size], [0, 0]);
  }
});

Deno.test("the commit point: content and an error in one piece are still free to retry", async () => {
  const { prelude, content } = STREAMS.openai_chat;
  const error = 'data: {"error":{"message":"x","type":"server_error"}}\n\n';
  const up = provider(
    "openai_chat",
    [STREAM_BEGINS, { data: prelude + content("Lost") + error }],
    goodStream("openai_chat"),
  );
  const stage = streamBench("openai_chat", [up]);
  const text = stage.text();
  await stage.pass(1);
  assert(!(await text).includes("Lost"));
  assertEquals([stage.exchange.outcome, stage.exchange.call?.chunks], ["success", 3]);
});

Deno.test("the longest gap is between two chunks of the answer that counts, however they come", async () => {
  const { prelude, content, finish, terminal } = STREAMS.openai_chat;
  const gates = [gate(), gate(), gate()] as const;
  const up = provider("openai_chat", [
    STREAM_BEGINS,
    { data: prelude + content("a") },
    { wait: gates[0].opened },
    { data: content("b") + content("c") },
    { wait: gates[1].opened },
    { data: content("d") },
    { wait: gates[2].opened },
    { data: finish + terminal },
    { end: true },
  ]);
  const stage = streamBench("openai_chat", [up]);
  const text = stage.text();
  for (const [i, ms] of [10, 25, 3].entries()) {
    await stage.pass(ms);
    gates[i]?.open();
    await stage.pass(0);
  }
  await text;
  assertEquals([stage.exchange.call?.chunks, stage.exchange.call?.longestGapMs], [5, 25]);
});

Deno.test("a stream that broke off after one chunk has no gap", async () => {
  const { prelude, content } = STREAMS.openai_chat;
  const script: Step[] = [STREAM_BEGINS, { data: prelude + content("a") }, { error: "connection_reset" }];
  const stage = streamBench("openai_chat", [provider("openai_chat", script)]);
  await stage.text();
  assertEquals([stage.exchange.call?.chunks, stage.exchange.call?.longestGapMs], [1, NaN]);
});

Deno.test("stream.commit_after: headers and a comment, then what comes, with comments in between", async () => {
  const first = gate();
  const up = provider("openai_chat", [
    STREAM_BEGINS,
    { data: STREAMS.openai_chat.prelude },
    { wait: first.opened },
    { data: streamText("openai_chat").slice(STREAMS.openai_chat.prelude.length) },
    { end: true },
  ]);
  const stage = streamBench("openai_chat", [up], { pingInterval: 1000 });
  const answer = stage.streamed();
  let begun = false;
  answer.then(() => begun = true);
  await stage.pass(4990);
  assertEquals(begun, false, "held back until then");
  await stage.pass(20);
  assertEquals(begun, true);
  const reader = (await answer).body.getReader();
  assertEquals(await readOne(reader), ": ping\n\n");
  await stage.pass(1010);
  assertEquals(await readOne(reader), ": ping\n\n");
  assert(Number.isNaN(stage.exchange.firstByteAt), "a comment is no content");
  first.open();
  assertStringIncludes(await readOne(reader), '"role":"assistant"');
  await reader.cancel();
});

Deno.test("a fallback after a commit by time works, and the answer is one provider's", async () => {
  for (const failure of [[{ error: "connection_reset" }], [{ end: true }]] as Step[][]) {
    const broken = gate();
    const first = provider("openai_chat", [
      STREAM_BEGINS,
      { data: STREAMS.openai_chat.prelude.replaceAll("chatcmpl-up", "chatcmpl-first") },
      { wait: broken.opened },
      ...failure,
    ]);
    const second = new ScriptedProvider("second", ["openai_chat"], [goodStream("openai_chat")]);
    const stage = streamBench("openai_chat", [first, second]);
    const answer = stage.text();
    await stage.pass(5010);
    broken.open();
    const text = await answer;
    assert(text.startsWith(": ping\n\ndata: {"), text);
    assert(text.endsWith("data: [DONE]\n\n"));
    assert(!text.includes("chatcmpl-first"));
    assertEquals([stage.exchange.call?.provider, stage.exchange.outcome], ["second", "success"]);
    await stage.pass(0);
    assertOver(stage);
  }
});

for (const client of FORMATS) {
  Deno.test(`after a commit by time errors are events, ${client}`, async () => {
    const refused = gate();
    const stage = streamBench(client, [provider(client, [{ wait: refused.opened }, ...errorAnswer(400)])]);
    const answer = stage.text();
    await stage.pass(5010);
    refused.open();
    const text = await answer;
    const ping = PINGS[client] ?? ": ping\n\n";
    assert(text.startsWith(ping + ERROR_EVENT[client]), text);
    await stage.pass(0);
    // What was refused is counted like a refusal before the commit.
    const { exchange } = stage;
    assertEquals([exchange.sentStatus, exchange.status, exchange.outcome], [200, 400, "rejected"]);
    assertEquals(exchange.call?.status, "error");
    assertOver(stage);
  });
}
