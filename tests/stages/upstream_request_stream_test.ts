/** The rows of "Streams" that this stage answers for, on scripted providers. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import type { UpstreamError } from "../../lib/providers/provider.ts";
import type { WireFormat } from "../../lib/wire/canonical.ts";
import { CODECS, gate, StageBench, turn } from "./stage_bench.ts";
import { ScriptedProvider, SECRET, type Step } from "./scripted_provider.ts";
import { errorAnswer, goodStream, REQUESTS, STREAM_BEGINS, STREAMS, streamText } from "./scripts.ts";

const FORMATS: readonly WireFormat[] = ["openai_chat", "openai_responses", "anthropic_messages"];
const CROSSINGS = FORMATS.flatMap((client) => FORMATS.map((upstream) => ({ client, upstream })));
const NEVER: Step = { wait: new Promise(() => {}) };

/** How each family ends a stream that went well, and one that did not. */
const TERMINAL = {
  openai_chat: "[DONE]",
  openai_responses: "response.completed",
  anthropic_messages: "message_stop",
};
const ERROR_EVENT: Readonly<Record<WireFormat, string>> = {
  openai_chat: 'data: {"error":{',
  openai_responses: 'event: error\ndata: {"type":"error",',
  anthropic_messages: 'event: error\ndata: {"type":"error","error":{"type":',
};

function provider(format: WireFormat, ...scripts: Step[][]): ScriptedProvider {
  return new ScriptedProvider("up", [format], scripts);
}

function bench(
  client: WireFormat,
  providers: readonly ScriptedProvider[],
  stream: ConstructorParameters<typeof StageBench>[0]["stream"] = {},
): StageBench {
  const body = { ...REQUESTS[client], stream: true };
  return new StageBench({ providers, codec: CODECS[client], body, stream, random: () => 0 });
}

/** What a request must have left behind, however it ended. */
function assertOver(bench: StageBench): void {
  assertEquals(bench.finished.length, 1, "exactly one Exchange");
  assertEquals(bench.deadlines.size, 0, "no time-out is left");
  assertEquals(bench.openAnswers.size, 0, "the answer counts as open no more");
}

async function readOne(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  const { value } = await reader.read();
  return new TextDecoder().decode(value);
}

for (const { client, upstream } of CROSSINGS) {
  const pieces = STREAMS[upstream];

  Deno.test(`a stream of ${upstream} for ${client}: content, one terminal event, usage and a success`, async () => {
    const stage = bench(client, [provider(upstream, goodStream(upstream))]);
    const text = await stage.text();
    assertStringIncludes(text, "Hello");
    assertEquals(text.split(TERMINAL[client]).length - 1, client === "openai_chat" ? 1 : 2, text);
    await stage.pass(0);
    const { exchange } = stage;
    assertEquals([exchange.outcome, exchange.status, exchange.sentStatus], ["success", 200, 200]);
    const { call } = exchange;
    assertEquals([call?.inputTokens, call?.outputTokens, call?.usageEstimated], [7, 3, false]);
    assertEquals([call?.finishReason, call?.responseModel, call?.status], ["stop", "up-model", "success"]);
    assertEquals(exchange.responseBytes, new TextEncoder().encode(text).length);
    assertOver(stage);
  });

  Deno.test(`${upstream} for ${client}: the client leaves in the middle`, async () => {
    const up = provider(upstream, [STREAM_BEGINS, { data: pieces.prelude + pieces.content("Hel") }, NEVER]);
    const stage = bench(client, [up]);
    const { body } = await stage.streamed();
    const reader = body.getReader();
    await reader.read();
    await reader.cancel();
    await turn();
    assertEquals(up.aborted, [0]);
    const { exchange } = stage;
    assertEquals([exchange.outcome, exchange.status, exchange.sentStatus], ["cancelled", 499, 200]);
    assertEquals([exchange.cancelStage, exchange.errorType], ["streaming", ""]);
    assertEquals([exchange.call?.status, exchange.call?.attempts[0]?.status], ["cancelled", "cancelled"]);
    assertEquals([exchange.call?.usageEstimated, exchange.call?.outputTokens], [true, 1]);
    assert((exchange.call?.inputTokens ?? 0) > 0);
    assertOver(stage);
  });

  Deno.test(`${upstream} for ${client}: a reset in the middle is one error event in the client's dialect`, async () => {
    const script: Step[] = [STREAM_BEGINS, { data: pieces.prelude + pieces.content("Hel") }, {
      error: "connection_reset",
    }];
    const stage = bench(client, [provider(upstream, script)]);
    const text = await stage.text();
    const at = text.indexOf(ERROR_EVENT[client]);
    assert(at > 0, text);
    assertEquals(text.indexOf(ERROR_EVENT[client], at + 1), -1, "one error event");
    assert(!text.includes(TERMINAL[client]), "no terminal event");
    await stage.pass(0);
    assertEquals([stage.exchange.outcome, stage.exchange.status], ["error", 502]);
    assertEquals(stage.exchange.errorType, "upstream_connection_failed");
    assertEquals([stage.exchange.call?.usageEstimated, stage.exchange.call?.chunks], [true, 1]);
    assertOver(stage);
  });

  Deno.test(`${upstream} for ${client}: an end without a terminal event is a failure`, async () => {
    const script: Step[] = [STREAM_BEGINS, { data: pieces.prelude + pieces.content("Hel") + pieces.finish }, {
      end: true,
    }];
    const stage = bench(client, [provider(upstream, script)]);
    const text = await stage.text();
    assertStringIncludes(text, ERROR_EVENT[client]);
    assert(!text.includes(TERMINAL[client]), text);
    await stage.pass(0);
    assertEquals([stage.exchange.errorType, stage.exchange.outcome], ["upstream_stream_incomplete", "error"]);
    assertOver(stage);
  });
}

Deno.test("the client leaves before headers: the provider is let go, nothing is sent", async () => {
  for (const script of [[NEVER], [STREAM_BEGINS, NEVER], [STREAM_BEGINS, { data: ": hi\n\n" }, NEVER]]) {
    const up = provider("openai_chat", script);
    const stage = bench("openai_chat", [up]);
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
  const stage = bench("anthropic_messages", [
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
  const stage = bench("openai_chat", [up]);
  const answer = stage.streamed();
  await stage.pass(5001);
  await (await answer).body.cancel();
  await turn();
  assertEquals(up.aborted, [0]);
  assertEquals([stage.exchange.cancelStage, stage.exchange.status], ["before_first_token", 499]);
  assertOver(stage);
});

Deno.test("the client leaves at the last chunk: the provider's own count is no estimate", async () => {
  for (const format of FORMATS.filter((it) => it !== "openai_responses")) {
    const { prelude, content, finish } = STREAMS[format];
    const up = provider(format, [STREAM_BEGINS, { data: prelude + content("Hel") + finish }, NEVER]);
    const stage = bench(format, [up]);
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
  const stage = bench("openai_chat", [up]);
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
  const stage = bench("openai_responses", [provider("openai_responses", goodStream("openai_responses"))]);
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
  const stage = bench("openai_chat", [up], { highWaterMark: 1000 });
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
  const stage = bench("openai_chat", [up], { highWaterMark: 1000, writeStall: 60_000 });
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
  const stage = bench("openai_chat", [provider("openai_chat", goodStream("openai_chat"))], {
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
    const stage = bench("openai_chat", [up]);
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
  const stage = bench("openai_chat", [up]);
  const text = stage.text();
  await stage.pass(1);
  assert(!(await text).includes("Lost"));
  assertEquals([stage.exchange.outcome, stage.exchange.call?.chunks], ["success", 3]);
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
  const stage = bench("openai_chat", [up], { pingInterval: 1000 });
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
    const stage = bench("openai_chat", [first, second]);
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
    const stage = bench(client, [provider(client, [{ wait: refused.opened }, ...errorAnswer(400)])]);
    const answer = stage.text();
    await stage.pass(5010);
    refused.open();
    const text = await answer;
    assert(text.startsWith(`: ping\n\n${ERROR_EVENT[client]}`), text);
    await stage.pass(0);
    // What was refused is counted like a refusal before the commit.
    const { exchange } = stage;
    assertEquals([exchange.sentStatus, exchange.status, exchange.outcome], [200, 400, "rejected"]);
    assertEquals(exchange.call?.status, "error");
    assertOver(stage);
  });

  for (const kind of ["timeout_between_chunks", "timeout_total"] as UpstreamError["kind"][]) {
    Deno.test(`the provider goes silent, ${kind}, ${client}: one error event and the end`, async () => {
      const { prelude, content } = STREAMS[client];
      const up = provider(client, [STREAM_BEGINS, { data: prelude + content("Hel") }, { error: kind }]);
      const stage = bench(client, [up]);
      const text = await stage.text();
      assertEquals(text.split(ERROR_EVENT[client]).length, 2, text);
      await stage.pass(0);
      assertEquals([stage.exchange.errorType, stage.exchange.status], ["upstream_timeout", 504]);
      assertEquals(up.requests.length, 1, "no retry once content went out");
      assertOver(stage);
    });
  }

  Deno.test(`an error event of the provider after content, ${client}: in dialect, and nothing secret`, async () => {
    const { prelude, content } = STREAMS[client];
    const said = `Incorrect key ${SECRET}, sk-live-0123456789abcdef`;
    const events: Readonly<Record<WireFormat, string>> = {
      openai_chat: `data: {"error":{"message":"${said}","type":"rate_limit_error"}}\n\n`,
      openai_responses:
        `event: error\ndata: {"type":"error","sequence_number":4,"code":"rate_limit_exceeded","message":"${said}","param":null}\n\n`,
      anthropic_messages:
        `event: error\ndata: {"type":"error","error":{"type":"rate_limit_error","message":"${said}"}}\n\n`,
    };
    const script: Step[] = [
      STREAM_BEGINS,
      { data: prelude + content("Hel") },
      { data: events[client] },
      NEVER,
    ];
    const up = provider(client, script);
    const stage = bench(client, [up]);
    const text = await stage.text();
    assertEquals(text.split(ERROR_EVENT[client]).length, 2, text);
    assertStringIncludes(text, "rate_limit");
    for (const secret of [SECRET, "0123456789abcdef"]) {
      assert(!text.includes(secret), text);
      assert(!stage.exchange.errorMessage.includes(secret), stage.exchange.errorMessage);
    }
    await stage.pass(0);
    assertEquals([stage.exchange.outcome, stage.exchange.errorType], ["error", "rate_limit_exceeded"]);
    assertEquals(up.aborted, [0]);
    assertOver(stage);
  });

  Deno.test(`data after the terminal event is dropped, ${client}`, async () => {
    const late = STREAMS[client].content("Late");
    const stage = bench(client, [provider(client, [
      STREAM_BEGINS,
      { data: streamText(client) + late },
      { data: late },
      { data: "\n\ndata: {broken\n\n" },
      { end: true },
    ])]);
    const text = await stage.text();
    assert(!text.includes("Late"), text);
    await stage.pass(0);
    assertEquals(stage.exchange.outcome, "success");
    assertOver(stage);
  });

  Deno.test(`the store fails at the end, ${client}: an error event in the terminal event's place`, async () => {
    const stage = bench(client, [provider(client, goodStream(client))]);
    // Only the responses API has something to store; for the others nothing is waited for.
    stage.request.beforeEnd = () =>
      Promise.reject(new GatewayError("conversation_store_unavailable", "The store is down."));
    const text = await stage.text();
    await stage.pass(0);
    if (client !== "openai_responses") return assertEquals(stage.exchange.outcome, "success");
    assertStringIncludes(text, ERROR_EVENT[client]);
    assertStringIncludes(text, "conversation_store_unavailable");
    assert(!text.includes(TERMINAL[client]), text);
    assertEquals([stage.exchange.outcome, stage.exchange.status], ["error", 503]);
    assertEquals(stage.exchange.errorType, "conversation_store_unavailable");
    assertEquals([stage.exchange.call?.status, stage.exchange.call?.outputTokens], ["success", 3]);
    assertOver(stage);
  });
}

for (const upstream of FORMATS) {
  Deno.test(`what is acknowledged is stored first: responses on ${upstream}`, async () => {
    const stored = gate();
    const stage = bench("openai_responses", [provider(upstream, goodStream(upstream))]);
    stage.request.previousResponseId = "resp_before";
    let final: unknown = null;
    stage.request.beforeEnd = (response) => {
      final = response;
      return stored.opened;
    };
    const reader = (await stage.streamed()).body.getReader();
    let text = await readOne(reader);
    await turn();
    assert(final !== null, "the whole answer is there to be stored");
    assert(!text.includes("response.completed"), "and not acknowledged yet");
    stored.open();
    for (let piece = await readOne(reader); piece !== ""; piece = await readOne(reader)) text += piece;
    const terminal = text.slice(text.indexOf("event: response.completed"));
    const shown = JSON.parse(/data: (.*)\n/.exec(terminal)?.[1] ?? "{}");
    assertEquals(shown.response, final, "the very answer that was stored");
    assertEquals(shown.response.previous_response_id, "resp_before");
  });
}

Deno.test("an error event after 200, with nothing sent: another target is asked", async () => {
  for (const format of FORMATS) {
    const events = {
      openai_chat: 'data: {"error":{"message":"x","type":"server_error"}}\n\n',
      openai_responses:
        'event: error\ndata: {"type":"error","code":"server_error","message":"x","param":null}\n\n',
      anthropic_messages:
        'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"x"}}\n\n',
    };
    const first = provider(format, [STREAM_BEGINS, { data: STREAMS[format].prelude + events[format] }]);
    const second = new ScriptedProvider("second", [format], [goodStream(format)]);
    const stage = bench(format, [first, second]);
    assertStringIncludes(await stage.text(), TERMINAL[format]);
    assertEquals(stage.exchange.call?.attempts.map((it) => it.status), ["error", "success"]);
  }
});

Deno.test("an announced error has the status and the advice that its answer would have had", async () => {
  const cases: [string, number, string, number][] = [
    ["overloaded_error", 503, "overloaded", 3],
    ["rate_limit_error", 429, "rate_limit_exceeded", 3],
    ["invalid_request_error", 400, "invalid_request", 1],
    ["authentication_error", 502, "upstream_authentication_failed", 1],
    ["api_error", 502, "upstream_error", 3],
  ];
  for (const [type, status, code, requests] of cases) {
    const up = provider("anthropic_messages", [STREAM_BEGINS, {
      data: `event: error\ndata: {"type":"error","error":{"type":"${type}","message":"x"}}\n\n`,
    }]);
    const stage = bench("anthropic_messages", [up]);
    const error = await assertRejects(() => stage.run(), GatewayError);
    assertEquals([error.status, error.code, up.requests.length], [status, code, requests], type);
  }
});

Deno.test("a provider that does not end its answer after the terminal event is let go", async () => {
  const up = provider("openai_chat", [STREAM_BEGINS, { data: streamText("openai_chat") }, NEVER]);
  const stage = bench("openai_chat", [up]);
  await stage.text();
  await stage.pass(900);
  assertEquals(up.aborted, []);
  await stage.pass(200);
  assertEquals(up.aborted, [0]);
  assertEquals(stage.exchange.call?.attempts[0]?.status, "success");
  assertOver(stage);
});

Deno.test("a provider that was paused is resumed after the terminal event, so that its connection serves again", async () => {
  const up = provider("openai_chat", [STREAM_BEGINS, { data: streamText("openai_chat") }, { end: true }]);
  const stage = bench("openai_chat", [up], { highWaterMark: 100 });
  await stage.streamed();
  await turn();
  assertEquals(up.paused.at(-1), false);
  assertEquals(stage.exchange.outcome, "success");
});

Deno.test("a line without end is an error, and what came before it stays", async () => {
  const { prelude, content } = STREAMS.openai_chat;
  const line = Array.from({ length: 30 }, () => ({ data: "x".repeat(100) }));
  for (const began of [true, false]) {
    const up = provider("openai_chat", [
      STREAM_BEGINS,
      { data: prelude + (began ? content("Hel") : "") },
      { data: (began ? content("lo") : "") + "data: " },
      ...line,
      NEVER,
    ]);
    const stage = bench("openai_chat", [up], { maxEventBytes: 1000 });
    if (!began) {
      const error = await assertRejects(() => stage.run(), GatewayError);
      assertEquals([error.code, error.status], ["upstream_invalid_response", 502]);
      assertEquals(up.aborted, [0, 1, 2], "each attempt's connection is closed");
      continue;
    }
    const text = await stage.text();
    assert(text.startsWith(prelude + content("Hel") + content("lo") + ERROR_EVENT.openai_chat), text);
    assertEquals(up.aborted, [0]);
    await stage.pass(0);
    assertEquals(stage.exchange.errorType, "upstream_invalid_response");
    assertOver(stage);
  }
});

Deno.test("preludes without end are not held without bound", async () => {
  const ping = 'event: ping\ndata: {"type":"ping"}\n\n';
  const up = provider("anthropic_messages", [
    STREAM_BEGINS,
    { data: STREAMS.anthropic_messages.prelude },
    ...Array.from({ length: 50 }, () => ({ data: ping })),
    NEVER,
  ]);
  const stage = bench("anthropic_messages", [up], { maxEventBytes: 1000 });
  const reader = (await stage.streamed()).body.getReader();
  assertStringIncludes(await readOne(reader), "message_start");
  await reader.cancel();
});

Deno.test("the process ends: streams that began hear of it, others get an HTTP error", async () => {
  const { prelude, content } = STREAMS.openai_chat;
  const error = new GatewayError("shutting_down", "The gateway is shutting down.");

  const begun = bench("openai_chat", [
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

Deno.test("usage is asked for in the client's place, and the chunk that brings it is not the client's", async () => {
  const cases: [options: unknown, sent: unknown, withheld: boolean][] = [
    [undefined, { include_usage: true }, true],
    [null, { include_usage: true }, true],
    [{}, { include_usage: true }, true],
    [{ include_usage: false }, { include_usage: true }, true],
    [{ include_obfuscation: false }, { include_obfuscation: false, include_usage: true }, true],
    [{ include_usage: true }, { include_usage: true }, false],
  ];
  for (const [options, sent, withheld] of cases) {
    const up = provider("openai_chat", goodStream("openai_chat"));
    const body = {
      ...REQUESTS.openai_chat,
      stream: true,
      ...(options === undefined ? {} : { stream_options: options }),
    };
    const stage = new StageBench({ providers: [up], body: body as never });
    const text = await stage.text();
    const upstream = JSON.parse(new TextDecoder().decode(up.requests[0]?.body));
    assertEquals(upstream.stream_options, sent);
    assertEquals(text.includes('"usage"'), !withheld, JSON.stringify(options));
    assertEquals(stage.exchange.call?.inputTokens, 7);
  }
});
