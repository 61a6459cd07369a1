import { assertEquals, assertStringIncludes } from "@std/assert";
import { PassThrough, type StreamTranslator, Translation } from "../../../lib/stages/upstream/translator.ts";
import type { WireFormat } from "../../../lib/wire/canonical.ts";
import { CHAT_FORMATS, UPSTREAM_FORMATS } from "../../wire/codecs.ts";
import { type EncodeContext, EventKind } from "../../../lib/wire/codec.ts";
import type { Framing, WireEvent } from "../../../lib/wire/framing.ts";
import { sse } from "../../../lib/wire/sse.ts";
import { CODECS } from "../stage_bench.ts";
import { modelToldBy, REQUESTS, STREAMS, streamText } from "../scripts.ts";

const FORMATS = CHAT_FORMATS;

const text = (bytes: Uint8Array | null) => bytes === null ? null : new TextDecoder().decode(bytes);

function feed(translator: StreamTranslator, stream: string, framing: Framing = sse): EventKind[] {
  const kinds: EventKind[] = [];
  // What comes behind the end is passed over.
  const heard = (event: WireEvent) => {
    if (kinds.at(-1) !== EventKind.Terminal) kinds.push(translator.push(event));
  };
  framing.parser(heard, {}).push(framing.bytes(stream));
  if (kinds.at(-1) !== EventKind.Terminal && stream.includes("finishReason")) {
    kinds.push(translator.bodyEnded());
  }
  return kinds;
}

function tailOf(format: WireFormat): Uint8Array | null {
  const { streamTail, framing } = CODECS[format];
  return streamTail === undefined ? null : framing.bytes(streamTail);
}

function context(client: WireFormat): EncodeContext {
  return { id: "id-1", model: "asked", created: 1, request: REQUESTS[client], includeUsage: false };
}

for (const format of UPSTREAM_FORMATS) {
  const { prelude, content, finish, terminal } = STREAMS[format];
  const { framing } = CODECS[format];

  Deno.test(`PassThrough hands on the bytes of ${format}, the terminal event's last`, () => {
    const translator = new PassThrough(CODECS[format].streamObserver(), false, null, tailOf(format));
    assertEquals(translator.take(), null);
    feed(translator, prelude, framing);
    assertEquals(
      translator.take() ?? framing.bytes(""),
      framing.bytes(prelude),
      "held by who takes it, not here",
    );
    assertEquals(translator.take(), null);
    const kinds = feed(translator, content("a") + content("b") + finish + terminal, framing);
    assertEquals([kinds[0], kinds.at(-1)], [EventKind.Content, EventKind.Terminal]);
    // Google's last piece is content; what ends the stream is the end of its body.
    const last = format === "google_generate_content" ? terminal : "";
    assertEquals(translator.take(), framing.bytes(content("a") + content("b") + finish + last));
    assertEquals(translator.end(), framing.bytes(last === "" ? terminal : ""));
    assertEquals([translator.observed.usage?.input, translator.observed.usage?.output], [7, 3]);
    assertEquals(translator.observed.finishReason, "stop");
  });

  for (const client of FORMATS.filter((it) => it !== format)) {
    Deno.test(`Translation of ${format} for ${client} holds the terminal event back`, () => {
      const translator = new Translation(
        CODECS[format],
        CODECS[client],
        CODECS[client].framing,
        context(client),
      );
      const kinds = feed(translator, streamText(format), framing);
      assertEquals([kinds[0], kinds.at(-1)], [
        prelude === "" ? EventKind.Content : EventKind.Prelude,
        EventKind.Terminal,
      ]);
      const before = text(translator.take()) ?? "";
      assertStringIncludes(before, "Hello");
      const last = text(translator.end()) ?? "";
      const end: Readonly<Partial<Record<WireFormat, string>>> = {
        openai_chat: "[DONE]",
        openai_responses: "response.completed",
        anthropic_messages: "message_stop",
        ollama_chat: '"done":true',
        google_generate_content: '"finishReason"',
        google_interactions: "[DONE]",
      };
      assertStringIncludes(last, end[client] ?? "");
      assertEquals(before.includes(end[client] ?? ""), false);
      assertEquals([translator.observed.usage?.input, translator.observed.usage?.output], [7, 3]);
      assertEquals([translator.observed.finishReason, translator.observed.model], [
        "stop",
        modelToldBy(format),
      ]);
      assertEquals(
        translator.final() !== null,
        client === "openai_responses" || client === "google_interactions",
      );
    });
  }
}

Deno.test("PassThrough withholds the usage chunk that the client did not ask for, and still reads it", () => {
  const translator = new PassThrough(CODECS.openai_chat.streamObserver(), true, null);
  const kinds = feed(translator, streamText("openai_chat"));
  assertEquals(kinds.includes(EventKind.Usage), true);
  assertEquals(text(translator.take())?.includes('"usage"'), false);
  assertEquals(translator.observed.usage?.input, 7);
});

Deno.test("PassThrough shows the previous response in the events that carry a response, and in what is stored", () => {
  const translator = new PassThrough(CODECS.openai_responses.streamObserver(), false, {
    previous_response_id: "resp_before",
  });
  const { content } = STREAMS.openai_responses;
  feed(translator, streamText("openai_responses"));
  const shown = text(translator.take()) ?? "";
  assertEquals(shown.split('"previous_response_id":"resp_before"').length, 2, "response.created alone");
  assertStringIncludes(shown, content("Hello") + content(" world"));
  assertStringIncludes(text(translator.end()) ?? "", '"previous_response_id":"resp_before"');
  assertEquals(translator.final()?.["previous_response_id"], "resp_before");
});

Deno.test("an error event is shown to nobody: who fails the stream writes one of its own", () => {
  const error = 'data: {"error":{"message":"x","code":"server_error"}}\n\n';
  for (const client of FORMATS) {
    const translator: StreamTranslator = client === "openai_chat"
      ? new PassThrough(CODECS.openai_chat.streamObserver(), false, null)
      : new Translation(CODECS.openai_chat, CODECS[client], CODECS[client].framing, context(client));
    assertEquals(feed(translator, error), [EventKind.Error]);
    assertEquals(translator.take(), null);
    assertEquals(translator.observed.error, { code: "server_error", message: "x" });
  }
});

for (const upstream of UPSTREAM_FORMATS) {
  Deno.test(`Translation begins an answer though the stream of ${upstream} has lost its beginning`, () => {
    const { content, finish, terminal } = STREAMS[upstream];
    for (const client of FORMATS.filter((format) => format !== upstream && CODECS[format].framing === sse)) {
      const translator = new Translation(CODECS[upstream], CODECS[client], sse, context(client));
      feed(translator, content("a") + finish + terminal, CODECS[upstream].framing);
      const told = text(translator.take()) ?? "";
      for (const [, data = ""] of told.matchAll(/^data: (.*)$/gm)) JSON.parse(data);
      assertStringIncludes(told, "data: {");
    }
  });
}

Deno.test("Translation takes a choice's index that is none for the first", () => {
  const { prelude, content, finish, terminal } = STREAMS.openai_chat;
  const stream = (prelude + content("a") + finish + terminal).replaceAll('"index":0', '"index":1e400');
  const translator = new Translation(
    CODECS.openai_chat,
    CODECS.google_generate_content,
    sse,
    context("google_generate_content"),
  );
  feed(translator, stream);
  const told = text(translator.take()) ?? "";
  for (const [, data = ""] of told.matchAll(/^data: (.*)$/gm)) JSON.parse(data);
  assertStringIncludes(told, '"text":"a"');
});
