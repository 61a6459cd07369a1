/** Streams: how they end, well and badly, on scripted providers. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { GatewayError } from "../../lib/errors.ts";
import type { UpstreamError } from "../../lib/providers/provider.ts";
import type { WireFormat } from "../../lib/wire/canonical.ts";
import { ScriptedProvider, SECRET, type Step } from "./scripted_provider.ts";
import { goodStream, modelToldBy, REQUESTS, STREAM_BEGINS, STREAMS, streamText } from "./scripts.ts";
import { UPSTREAM_FORMATS } from "../wire/codecs.ts";
import { gate, StageBench, turn } from "./stage_bench.ts";
import {
  assertOver,
  ERROR_EVENT,
  FORMATS,
  NEVER,
  provider,
  readOne,
  streamBench,
  TERMINAL,
} from "./stream_bench.ts";

const CROSSINGS = FORMATS.flatMap((client) => UPSTREAM_FORMATS.map((upstream) => ({ client, upstream })));

for (const { client, upstream } of CROSSINGS) {
  const pieces = STREAMS[upstream];

  Deno.test(`a stream of ${upstream} for ${client}: content, one terminal event, usage and a success`, async () => {
    const stage = streamBench(client, [provider(upstream, goodStream(upstream))]);
    const text = await stage.text();
    assertStringIncludes(text, "Hello");
    // Named events say it twice.
    const named = client !== "openai_chat" && client !== "ollama_chat" &&
      client !== "google_generate_content";
    assertEquals(text.split(TERMINAL[client]).length - 1, named ? 2 : 1, text);
    await stage.pass(0);
    const { exchange } = stage;
    assertEquals([exchange.outcome, exchange.status, exchange.sentStatus], ["success", 200, 200]);
    const { call } = exchange;
    assertEquals([call?.inputTokens, call?.outputTokens, call?.usageEstimated], [7, 3, false]);
    assertEquals([call?.finishReason, call?.responseModel, call?.status], [
      "stop",
      modelToldBy(upstream),
      "success",
    ]);
    assertEquals(exchange.responseBytes, new TextEncoder().encode(text).length);
    assertOver(stage);
  });

  Deno.test(`${upstream} for ${client}: the client leaves in the middle`, async () => {
    const up = provider(upstream, [STREAM_BEGINS, { data: pieces.prelude + pieces.content("Hel") }, NEVER]);
    const stage = streamBench(client, [up]);
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
    const stage = streamBench(client, [provider(upstream, script)]);
    const text = await stage.text();
    const at = text.indexOf(ERROR_EVENT[client]);
    assert(at > 0, text);
    assertEquals(text.indexOf(ERROR_EVENT[client], at + 1), -1, "one error event");
    assert(!text.includes(TERMINAL[client]), "no terminal event");
    // Who follows a response asks for what comes after a number.
    const numbers = [...text.matchAll(/"sequence_number":(\d+)/g)].map(([, number]) => Number(number));
    assertEquals(numbers, numbers.map((_, index) => index));
    await stage.pass(0);
    assertEquals([stage.exchange.outcome, stage.exchange.status], ["error", 502]);
    assertEquals(stage.exchange.errorType, "upstream_connection_failed");
    assertEquals([stage.exchange.call?.usageEstimated, stage.exchange.call?.chunks], [true, 1]);
    assertOver(stage);
  });

  Deno.test(`${upstream} for ${client}: an end without a terminal event is a failure`, async () => {
    // Bedrock's answers are whole with their stop reason, though their usage comes after it.
    const finish = upstream === "bedrock_converse" ? "" : pieces.finish;
    const script: Step[] = [STREAM_BEGINS, { data: pieces.prelude + pieces.content("Hel") + finish }, {
      end: true,
    }];
    const stage = streamBench(client, [provider(upstream, script)]);
    const text = await stage.text();
    assertStringIncludes(text, ERROR_EVENT[client]);
    assert(!text.includes(TERMINAL[client]), text);
    await stage.pass(0);
    assertEquals([stage.exchange.errorType, stage.exchange.outcome], ["upstream_stream_incomplete", "error"]);
    assertOver(stage);
  });
}

for (const client of FORMATS) {
  for (const kind of ["timeout_between_chunks", "timeout_total"] as UpstreamError["kind"][]) {
    Deno.test(`the provider goes silent, ${kind}, ${client}: one error event and the end`, async () => {
      const { prelude, content } = STREAMS[client];
      const up = provider(client, [STREAM_BEGINS, { data: prelude + content("Hel") }, { error: kind }]);
      const stage = streamBench(client, [up]);
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
    const events: Readonly<Partial<Record<WireFormat, string>>> = {
      ollama_chat: `{"error":"rate_limit ${said}"}\n`,
      openai_chat: `data: {"error":{"message":"${said}","type":"rate_limit_error"}}\n\n`,
      openai_responses:
        `event: error\ndata: {"type":"error","sequence_number":4,"code":"rate_limit_exceeded","message":"${said}","param":null}\n\n`,
      anthropic_messages:
        `event: error\ndata: {"type":"error","error":{"type":"rate_limit_error","message":"${said}"}}\n\n`,
      google_interactions:
        `event: error\ndata: {"error":{"code":"resource_exhausted","message":"${said}"},"event_type":"error"}\n\n`,
      google_generate_content:
        `data: {"error":{"code":429,"message":"${said}","status":"RESOURCE_EXHAUSTED"}}\n\n`,
    };
    const script: Step[] = [
      STREAM_BEGINS,
      { data: prelude + content("Hel") },
      { data: events[client] ?? "" },
      NEVER,
    ];
    const up = provider(client, script);
    const stage = streamBench(client, [up]);
    const text = await stage.text();
    assertEquals(text.split(ERROR_EVENT[client]).length, 2, text);
    // Ollama's errors have no code: what they are about is not known.
    assertStringIncludes(text.toLowerCase(), client === "ollama_chat" ? "told of an error" : "rate_limit");
    for (const secret of [SECRET, "0123456789abcdef"]) {
      assert(!text.includes(secret), text);
      assert(!stage.exchange.errorMessage.includes(secret), stage.exchange.errorMessage);
    }
    await stage.pass(0);
    const code = client === "ollama_chat" ? "upstream_error" : "rate_limit_exceeded";
    assertEquals([stage.exchange.outcome, stage.exchange.errorType], ["error", code]);
    assertEquals(up.aborted, [0]);
    assertOver(stage);
  });

  Deno.test(`data after the terminal event is dropped, ${client}`, async () => {
    // Google's streams end with their body: nothing can come after that.
    if (client === "google_generate_content") return;
    const late = STREAMS[client].content("Late");
    const stage = streamBench(client, [provider(client, [
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
    const stage = streamBench(client, [provider(client, goodStream(client))]);
    // Only two APIs have something to store; for the others nothing is waited for.
    stage.request.beforeEnd = () =>
      Promise.reject(new GatewayError("conversation_store_unavailable", "The store is down."));
    const text = await stage.text();
    await stage.pass(0);
    if (client !== "openai_responses" && client !== "google_interactions") {
      return assertEquals(stage.exchange.outcome, "success");
    }
    assertStringIncludes(text, ERROR_EVENT[client]);
    assertStringIncludes(text, "conversation_store_unavailable");
    assert(!text.includes(TERMINAL[client]), text);
    assertEquals([stage.exchange.outcome, stage.exchange.status], ["error", 503]);
    assertEquals(stage.exchange.errorType, "conversation_store_unavailable");
    assertEquals([stage.exchange.call?.status, stage.exchange.call?.outputTokens], ["success", 3]);
    assertOver(stage);
  });
}

for (const upstream of UPSTREAM_FORMATS) {
  Deno.test(`what is acknowledged is stored first: responses on ${upstream}`, async () => {
    const stored = gate();
    const stage = streamBench("openai_responses", [provider(upstream, goodStream(upstream))]);
    stage.request.echo = { previous_response_id: "resp_before" };
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
    const events: Readonly<Partial<Record<WireFormat, string>>> = {
      ollama_chat: '{"error":"x"}\n',
      openai_chat: 'data: {"error":{"message":"x","type":"server_error"}}\n\n',
      openai_responses:
        'event: error\ndata: {"type":"error","code":"server_error","message":"x","param":null}\n\n',
      anthropic_messages:
        'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"x"}}\n\n',
      google_generate_content: 'data: {"error":{"code":503,"message":"x","status":"UNAVAILABLE"}}\n\n',
      google_interactions:
        'event: error\ndata: {"error":{"code":"unavailable","message":"x"},"event_type":"error"}\n\n',
    };
    const first = provider(format, [STREAM_BEGINS, { data: STREAMS[format].prelude + events[format] }]);
    const second = new ScriptedProvider("second", [format], [goodStream(format)]);
    const stage = streamBench(format, [first, second]);
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
    const stage = streamBench("anthropic_messages", [up]);
    const error = await assertRejects(() => stage.run(), GatewayError);
    assertEquals([error.status, error.code, up.requests.length], [status, code, requests], type);
  }
});

Deno.test("a provider that does not end its answer after the terminal event is let go", async () => {
  const up = provider("openai_chat", [STREAM_BEGINS, { data: streamText("openai_chat") }, NEVER]);
  const stage = streamBench("openai_chat", [up]);
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
  const stage = streamBench("openai_chat", [up], { highWaterMark: 100 });
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
    const stage = streamBench("openai_chat", [up], { maxEventBytes: 1000 });
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
  const stage = streamBench("anthropic_messages", [up], { maxEventBytes: 1000 });
  const reader = (await stage.streamed()).body.getReader();
  assertStringIncludes(await readOne(reader), "message_start");
  await reader.cancel();
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
    const upstream = JSON.parse(new TextDecoder().decode(up.requests[0]?.body as Uint8Array));
    assertEquals(upstream.stream_options, sent);
    assertEquals(text.includes('"usage"'), !withheld, JSON.stringify(options));
    assertEquals(stage.exchange.call?.inputTokens, 7);
  }
});
